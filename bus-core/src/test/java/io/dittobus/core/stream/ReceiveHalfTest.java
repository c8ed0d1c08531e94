// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.core.flow.Charge;
import io.dittobus.core.flow.ReceiveCredit;
import io.dittobus.core.flow.Window;
import io.dittobus.core.flow.WindowBudget;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.EndCause.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ReceiveHalfTest {

  private static final int WINDOW = 4 * 1024;
  private static final int INITIAL = 8 * 1024;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
  private final WindowBudget budget = new WindowBudget(INITIAL - WINDOW);
  private final ReceiveHalf half =
      new ReceiveHalf(
          new ReceiveCredit(3, new Window(WINDOW, INITIAL, INITIAL, budget, 0)),
          ReliabilityMode.RELIABLE);

  @AfterEach
  void nothingIsLeft() {
    half.end(EndCause.completed());
    assertThat(allocator.metric().usedHeapMemory()).isZero();
    assertThat(budget.free()).isEqualTo(INITIAL - WINDOW);
  }

  private ByteBuf message(int bytes) {
    return allocator.buffer(Math.max(1, bytes)).writeZero(bytes);
  }

  private void receive(int bytes) {
    half.credit().begin(bytes);
    half.credit().received(bytes);
    half.enqueue(message(bytes));
  }

  private void deliver() {
    half.pollWaiting().release();
    half.credit().deliver();
  }

  // States

  @Test
  @DisplayName("OPEN, FINISHED, DELIVERED, ENDED: delivered and consumed are two steps")
  void finished() {
    receive(10);
    assertThat(half.isDelivering()).isTrue();
    half.finished(EndCause.local(Kind.CLOSED, ""));
    assertThat(half.state()).isEqualTo(ReceiveHalf.State.FINISHED);
    assertThat(half.isDelivering()).isTrue();
    assertThat(half.isDeliveryComplete()).isFalse();
    deliver();
    assertThat(half.isDeliveryComplete()).isTrue();
    half.deliveryCompleted();
    assertThat(half.isDelivering()).isFalse();
    assertThat(half.isConsumptionComplete()).isFalse();
    half.credit().consume(1, 0, 0);
    assertThat(half.isConsumptionComplete()).isTrue();
    half.consumptionCompleted();
    assertThat(half.state()).isEqualTo(ReceiveHalf.State.ENDED);
    assertThat(half.cause().kind()).isEqualTo(Kind.CLOSED);
  }

  @Test
  @DisplayName("STOPPED: what waits and what is half there is thrown away")
  void stopped() {
    receive(10);
    receive(2_000);
    half.beginPartial(9_000, 1_000, 0);
    half.append(Unpooled.wrappedBuffer(new byte[1_000]), allocator, 0);
    assertThat(half.heldBytes()).isEqualTo(Charge.of(10) + Charge.of(2_000) + 4_096);
    half.stop(EndCause.local(Kind.CANCELLED, ""));
    assertThat(half.isDelivering()).isFalse();
    assertThat(half.hasWaiting()).isFalse();
    assertThat(half.heldBytes()).isZero();
    assertThat(allocator.metric().usedHeapMemory()).isZero();
    assertThat(half.takePartial()).isNull();
  }

  @Test
  @DisplayName("an application that did not take a message gets no more")
  void declined() {
    receive(10);
    receive(10);
    half.decline();
    assertThat(half.isDelivering()).isFalse();
    assertThat(half.hasWaiting()).isFalse();
    half.finished(EndCause.completed());
    assertThat(half.isDeliveryComplete()).as("nor the end").isFalse();
  }

  @Test
  void nothingWaits() {
    assertThatIllegalStateException().isThrownBy(half::pollWaiting);
    assertThat(half.takePartial()).isNull();
  }

  // Fragments

  @Test
  @DisplayName("FR-1: fragments of any sizes are put together in a buffer of the message's size")
  void fragments() {
    for (long seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      byte[] bytes = new byte[2 + random.nextInt(60_000)];
      random.nextBytes(bytes);
      ByteBuf source = Unpooled.wrappedBuffer(bytes);
      int first = random.nextInt(Math.min(bytes.length, 16_384));
      half.credit().begin(first);
      half.beginPartial(bytes.length, first, seed);
      half.append(source.readSlice(first), allocator, seed);
      while (source.isReadable()) {
        int next = 1 + random.nextInt(Math.min(source.readableBytes(), 16_384));
        assertThat(half.missingBytes()).as("seed %d", seed).isEqualTo(source.readableBytes());
        half.credit().proceed(next);
        ByteBuf payload = source.readSlice(next);
        half.append(payload, allocator, seed);
        assertThat(payload.readableBytes()).as("seed %d: borrowed", seed).isEqualTo(next);
        assertThat(half.heldBytes()).as("seed %d", seed).isLessThanOrEqualTo(bytes.length);
      }
      assertThat(half.isInMessage()).isTrue();
      assertThat(half.missingBytes()).as("seed %d", seed).isZero();
      assertThat(half.partialEndOffset()).as("seed %d", seed).isEqualTo(half.credit().offset());
      ByteBuf whole = half.takePartial();
      assertThat(half.isInMessage()).isFalse();
      assertThat(whole).as("seed %d", seed).isEqualTo(Unpooled.wrappedBuffer(bytes));
      whole.release();
      assertThat(half.takePartial()).isNull();
    }
  }

  @Test
  @DisplayName("FC-7: what was let in raises the limit to the message's end, and is given up once")
  void admitted() {
    half.credit().announced();
    half.credit().begin(1_000);
    half.beginPartial(50_000, 1_000, 5);
    assertThat(half.partialTotal()).isEqualTo(50_000);
    assertThat(half.progressNanos()).isEqualTo(5);
    half.admit(50_000, 9);
    assertThat(half.progressNanos()).isEqualTo(9);
    assertThat(half.credit().maxOffset()).isEqualTo(Charge.of(50_000));
    assertThat(half.admittedBytes()).isEqualTo(50_000);
    assertThat(half.takeAdmittedBytes()).isEqualTo(50_000);
    assertThat(half.takeAdmittedBytes()).isZero();
  }

  // Acknowledgement

  @Test
  @DisplayName("FC-6: several wishes for an ACK are met one after the other")
  void ackNow() {
    half.credit().request(100);
    half.announced();
    for (int i = 1; i <= 6; i++) {
      receive(0);
      deliver();
    }
    half.wantAckNow(2);
    half.wantAckNow(5);
    consume(1, true, false);
    consume(2, true, true);
    half.announced();
    assertThat(half.hasNews()).isFalse();
    assertThat(half.isNewsUrgent()).isFalse();
    consume(5, false, false);
    consume(4, false, false);
    consume(3, true, true);
    half.announced();
    consume(6, true, false);
  }

  private void consume(long sequence, boolean news, boolean urgent) {
    half.credit().consume(sequence, 0, 0);
    assertThat(half.hasNews()).as("%d is news", sequence).isEqualTo(news);
    assertThat(half.isNewsUrgent()).as("%d is urgent", sequence).isEqualTo(urgent);
  }
}
