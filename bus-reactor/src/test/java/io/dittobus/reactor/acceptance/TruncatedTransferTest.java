// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.codec.Codec;
import io.dittobus.reactor.codec.Codecs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * Whatever stops a {@code sendAndComplete}: the other side neither waits nor takes it for whole.
 */
class TruncatedTransferTest {

  /** Takes everything but {@code "bad"}. */
  private static final class Picky implements Codec<String> {
    @Override
    public ByteBuf encode(String value, ByteBufAllocator allocator) {
      if (value.equals("bad")) {
        throw new IllegalStateException("cannot encode this");
      }
      if (value.equals("deep")) {
        throw new StackOverflowError("too deep");
      }
      return Codecs.string().encode(value, allocator);
    }

    @Override
    public String decode(ByteBuf message) {
      return Codecs.string().decode(message);
    }
  }

  private static void truncated(Publisher<String> messages, String line) {
    try (Pair pair = new Pair(BusOptions.defaults().toBuilder().maxMessageSize(1000).build())) {
      Pair.Ends ends = pair.open();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      ends.alices().receive().asString().subscribe(message -> {}, failure::set, () -> {});
      assertThatThrownBy(
              () -> ends.bobs().sendAndComplete(messages, new Picky()).block(Pair.PATIENCE))
          .hasMessageContaining(line);
      Pair.await(() -> failure.get() != null);
      assertThat(failure.get())
          .isInstanceOfSatisfying(
              StreamException.class,
              error -> {
                assertThat(error.reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
                assertThat(error).hasMessageContaining(line);
              });
      // The other direction lives on.
      assertThat(
              Pair.block(
                  ends.alices().sink().emitAcked(new byte[] {1}).doOnSubscribe(s -> take(ends))))
          .isEqualTo(1);
    }
  }

  private static void take(Pair.Ends ends) {
    ends.bobs().receive().subscribe(message -> {}, error -> {});
  }

  @Test
  void aCodecThatThrows() {
    truncated(Flux.just("good", "bad", "good"), "cannot encode this");
  }

  @Test
  void aCodecWhoseStackOverflows() {
    truncated(Flux.just("good", "deep", "good"), "too deep");
  }

  @Test
  void aMessageTooLarge() {
    truncated(Flux.just("good", "x".repeat(1001)), "A message of 1001 bytes");
  }

  @Test
  void aPublisherThatFails() {
    truncated(Flux.just("good").concatWith(Flux.error(new Exception("no more"))), "no more");
  }

  @Test
  void aPublisherThatThrowsOnSubscribe() {
    truncated(
        subscriber -> {
          throw new IllegalStateException("not today");
        },
        "not today");
  }
}
