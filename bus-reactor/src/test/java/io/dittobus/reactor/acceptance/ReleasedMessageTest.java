// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.reactor.codec.Codecs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/**
 * An application that releases a buffer once too often: it is told, or loses that stream. Others,
 * and the peer, go on.
 */
class ReleasedMessageTest {

  private final Pair pair = new Pair();
  private final Pair.Ends ends = pair.open();
  private final Pair.Ends other = pair.open();

  @AfterEach
  void theOthersGoOn() {
    other.alices().receive().subscribe();
    assertThat(Pair.block(other.bobs().sink().emitAcked(new byte[1]))).isEqualTo(1);
    ends.bobs().dispose();
    assertThat(Pair.block(ends.bobs().onClose())).isNotNull();
    assertThat(Pair.block(ends.alices().onClose())).isNotNull();
    pair.close();
  }

  /** Of a buffer of its own, or a part of a larger one. */
  private static ByteBuf message(int bytes, int of) {
    return Unpooled.directBuffer(of).writeZero(of).readSlice(bytes);
  }

  private static ByteBuf released(int bytes, int of) {
    ByteBuf message = message(bytes, of);
    message.release();
    return message;
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 5_000, 70_000})
  void aSinkThatIsGivenAReleasedMessageThrows(int bytes) {
    for (int of : new int[] {bytes, 100_000}) {
      assertThatThrownBy(() -> ends.bobs().sink().tryEmitNext(released(bytes, of)))
          .isInstanceOf(IllegalReferenceCountException.class);
      assertThatThrownBy(
              () -> ends.bobs().sink().emitAcked(released(bytes, of)).block(Pair.PATIENCE))
          .isInstanceOf(IllegalReferenceCountException.class);
    }
    ends.alices().receive().subscribe(message -> {}, error -> {});
    assertThat(Pair.block(ends.bobs().sink().emitAcked(new byte[1])))
        .as("this stream goes on too")
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 5_000, 70_000})
  void aSendOfReleasedMessagesFails(int bytes) {
    ends.alices().receive().subscribe(message -> {}, error -> {});
    Flux<ByteBuf> messages =
        Flux.range(0, 10).map(i -> i < 5 ? message(bytes, bytes) : released(bytes, 100_000));
    assertThatThrownBy(() -> ends.bobs().send(messages, Codecs.buffer()).block(Pair.PATIENCE))
        .isInstanceOf(IllegalReferenceCountException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 5_000, 70_000})
  void aMessageThatIsReleasedWhileItWaitsEndsItsStream(int bytes) {
    ByteBuf first = message(bytes, bytes);
    ByteBuf second = message(bytes, bytes);
    ends.bobs().sink().tryEmitNext(first);
    ends.bobs().sink().tryEmitNext(second);
    second.release();
    ends.alices().receive().subscribe(message -> {}, error -> {});
    assertThat(Pair.block(ends.bobs().onClose()).reason())
        .isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(Pair.block(ends.alices().onClose()).text())
        .isEqualTo("A message was released while it waited");
  }
}
