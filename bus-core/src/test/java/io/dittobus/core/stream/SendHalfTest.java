// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.core.flow.Charge;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.EndCause.Kind;
import io.dittobus.core.frame.FrameException;
import io.dittobus.core.frame.FrameType;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.frame.Varint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SendHalfTest {

  private static final long ID = 6;

  private static ByteBuf message(int bytes) {
    return Unpooled.wrappedBuffer(new byte[bytes]);
  }

  private static ByteBuf room() {
    return Unpooled.buffer(32 * 1024, 32 * 1024);
  }

  private static int write(SendHalf half) {
    return half.write(room(), ID);
  }

  private static SendHalf half(long maxMessages, long maxOffset) {
    SendHalf half = new SendHalf(ReliabilityMode.RELIABLE);
    half.credit().grant(maxMessages, maxOffset);
    return half;
  }

  // States

  @Test
  @DisplayName("OPEN, FINISHING, FIN_SENT, ENDED: FIN is due when everything is written")
  void finish() {
    SendHalf half = half(1, 10_000);
    half.enqueue(message(2_000), false);
    assertThat(half.isFinDue()).isFalse();
    half.finish(EndCause.local(Kind.CLOSED, ""));
    half.finish(EndCause.completed());
    assertThat(half.state()).isEqualTo(SendHalf.State.FINISHING);
    assertThat(half.isFinDue()).isFalse();
    assertThat(half.hasUseForCredit()).isTrue();
    assertThat(write(half)).isPositive();
    assertThat(half.isFinDue()).isTrue();
    half.finWritten();
    assertThat(half.state()).isEqualTo(SendHalf.State.FIN_SENT);
    assertThat(half.hasUseForCredit()).isFalse();
    assertThat(half.cause().kind()).as("the first one stands").isEqualTo(Kind.CLOSED);
    half.end(EndCause.completed());
    assertThat(half.state()).isEqualTo(SendHalf.State.ENDED);
    assertThat(half.cause().kind()).isEqualTo(Kind.COMPLETED);
  }

  @Test
  @DisplayName("RESETTING from any state before; without effect from then on")
  void reset() {
    for (int steps = 0; steps < 3; steps++) {
      SendHalf half = half(9, 10_000);
      if (steps > 0) {
        half.finish(EndCause.completed());
      }
      if (steps > 1) {
        half.finWritten();
      }
      assertThat(half.reset(EndCause.local(Kind.CANCELLED, ""))).isTrue();
      assertThat(half.state()).isEqualTo(SendHalf.State.RESETTING);
      assertThat(half.reset(EndCause.local(Kind.CLOSED, ""))).isFalse();
      half.resetWritten();
      assertThat(half.reset(EndCause.local(Kind.CLOSED, ""))).isFalse();
      assertThat(half.cause().kind()).isEqualTo(Kind.CANCELLED);
      half.end(EndCause.local(Kind.CANCELLED, ""));
      assertThat(half.reset(EndCause.local(Kind.CLOSED, ""))).isFalse();
    }
  }

  @Test
  @DisplayName("what is not taken over, or dropped, is released")
  void releases() {
    SendHalf half = half(9, Charge.of(SendHalf.MIN_FRAGMENT));
    ByteBuf partly = message(5_000);
    ByteBuf waiting = message(10);
    ByteBuf late = message(10);
    half.enqueue(partly, false);
    half.enqueue(waiting, false);
    write(half);
    assertThat(partly.refCnt()).isEqualTo(1);
    half.reset(EndCause.local(Kind.CLOSED, ""));
    half.enqueue(late, false);
    assertThat(partly.refCnt() + waiting.refCnt() + late.refCnt()).isZero();
    assertThat(half.emitted()).isEqualTo(3);
    assertThat(half.canWrite()).isFalse();
  }

  // Acknowledgement

  @Test
  @DisplayName("FC-4: acknowledged is what was written whole; nothing beyond, and news only once")
  void acknowledged() {
    SendHalf half = half(9, Charge.of(10) + Charge.of(SendHalf.MIN_FRAGMENT));
    half.enqueue(message(10), false);
    half.enqueue(message(5_000), false);
    assertThatIllegalArgumentException().isThrownBy(() -> half.acknowledged(1, 1));
    write(half);
    write(half);
    assertThat(half.written()).isEqualTo(2);
    assertThat(half.writtenWhole()).isEqualTo(1);
    assertThat(half.acknowledged(0, 0)).isFalse();
    assertThat(half.acknowledged(1, 1)).isTrue();
    assertThat(half.acknowledged(1, 1)).isFalse();
    assertThat(half.acknowledged(0, 0)).isFalse();
    assertThat(half.acked()).isEqualTo(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> half.acknowledged(2, 2))
        .withMessage("message 2 was acknowledged, but only 1 were sent");
    half.end(EndCause.completed());
  }

  // Writing

  @Test
  void withoutRoomNothingHappens() {
    SendHalf half = half(9, 10_000);
    half.enqueue(message(100), true);
    int needed = 100 + FrameWriter.MAX_DATA_HEAD_BYTES;
    ByteBuf small = Unpooled.buffer(needed - 1, needed - 1);
    assertThat(half.write(small, ID)).isZero();
    assertThat(small.writerIndex()).isZero();
    assertThat(half.credit().messages()).isZero();
    assertThat(half.takeFreedBytes()).isZero();
    assertThat(half.write(Unpooled.buffer(needed, needed), ID)).isPositive();
    assertThat(half.takeFreedBytes()).isEqualTo(Charge.of(100));
    assertThat(half.takeFreedBytes()).isZero();
  }

  @Test
  @DisplayName("FR-1 FR-3 FR-6 FC-3: any messages and grants give the same messages, within credit")
  void anyMessagesAndGrants() throws FrameException {
    for (long seed = 0; seed < 2_000; seed++) {
      new Run(seed).run();
    }
  }

  /** Random messages, grants and room; what is written is read again by hand. */
  private static final class Run {

    private final String name;
    private final Random random;
    private final SendHalf half = new SendHalf(ReliabilityMode.RELIABLE);
    private final List<byte[]> sent = new ArrayList<>();
    private final List<Boolean> wishes = new ArrayList<>();
    private final List<ByteBuf> buffers = new ArrayList<>();
    private long maxMessages;
    private long maxOffset;
    private long messages;
    private long offset;
    private long freed;
    private int whole;
    private ByteBuf partial = Unpooled.buffer();
    private long total;

    Run(long seed) {
      name = "send seed " + seed;
      random = new Random(seed);
    }

    void run() throws FrameException {
      for (int step = 0; step < 60; step++) {
        switch (random.nextInt(4)) {
          case 0 -> enqueue();
          case 1 -> grant(random.nextInt(3), random.nextInt(8_000));
          default -> write();
        }
      }
      half.finish(EndCause.completed());
      for (int i = 0; i < 10_000 && !half.isFinDue(); i++) {
        grant(1, 20_000);
        write();
      }
      assertThat(half.isFinDue()).as(name).isTrue();
      assertThat(whole).as(name).isEqualTo(sent.size());
      assertThat(half.writtenWhole()).as(name).isEqualTo(sent.size());
      assertThat(freed).as(name).isEqualTo(offset);
      assertThat(buffers).as(name).allMatch(buffer -> buffer.refCnt() == 0);
    }

    private void enqueue() {
      byte[] bytes = new byte[random.nextInt(random.nextInt(4) == 0 ? 50_000 : 2_000)];
      random.nextBytes(bytes);
      boolean ackNow = random.nextBoolean();
      ByteBuf buffer = Unpooled.buffer(Math.max(1, bytes.length)).writeBytes(bytes);
      sent.add(bytes);
      wishes.add(ackNow);
      buffers.add(buffer);
      half.enqueue(buffer, ackNow);
    }

    private void grant(int moreMessages, int moreBytes) {
      maxMessages += moreMessages;
      maxOffset += moreBytes;
      half.credit().grant(maxMessages, maxOffset);
    }

    private void write() throws FrameException {
      if (!half.canWrite()) {
        return;
      }
      ByteBuf out = Unpooled.buffer(20_000, 20_000).writeZero(random.nextInt(20_000));
      int start = out.writerIndex();
      int bytes = half.write(out, ID);
      assertThat(out.writerIndex() - start).as(name).isEqualTo(bytes);
      freed += half.takeFreedBytes();
      if (bytes > 0) {
        read(out.readerIndex(start));
      }
      assertThat(half.credit().messages()).as(name).isEqualTo(messages);
      assertThat(half.credit().offset()).as(name).isEqualTo(offset);
    }

    private void read(ByteBuf in) throws FrameException {
      assertThat(in.readMedium() + 1).as(name).isEqualTo(in.readableBytes());
      assertThat(in.readByte()).as(name).isEqualTo((byte) 0x20);
      int flags = in.readByte();
      boolean first = (flags & 1) != 0;
      boolean last = (flags & 2) != 0;
      assertThat(Varint.read(in)).as(name).isEqualTo(ID);
      assertThat((flags & 8) != 0).as(name).isEqualTo(first && messages == 0);
      if ((flags & 8) != 0) {
        assertThat(Varint.read(in)).as(name).isEqualTo(1);
      }
      assertThat(first).as(name).isEqualTo(whole == messages);
      int size = sent.get(whole).length;
      if (first) {
        total = last ? in.readableBytes() : Varint.read(in);
        assertThat(total).as(name).isEqualTo(size);
        messages++;
        offset += Charge.PER_MESSAGE;
      }
      int payload = in.readableBytes();
      offset += payload;
      assertThat(payload).as(name).isBetween(0, FrameType.MAX_PAYLOAD);
      assertThat(messages).as(name).isLessThanOrEqualTo(maxMessages);
      assertThat(offset).as(name).isLessThanOrEqualTo(maxOffset);
      assertThat(last || payload >= SendHalf.MIN_FRAGMENT).as("%s: a crumb", name).isTrue();
      partial.writeBytes(in);
      assertThat(last).as(name).isEqualTo(partial.readableBytes() == size);
      assertThat((flags & 4) != 0).as(name).isEqualTo(last && wishes.get(whole));
      if (last) {
        byte[] received = new byte[partial.readableBytes()];
        partial.readBytes(received);
        assertThat(received).as(name).isEqualTo(sent.get(whole));
        partial.clear();
        whole++;
      }
    }
  }
}
