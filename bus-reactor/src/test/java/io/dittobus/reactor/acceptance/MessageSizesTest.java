// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.BusOptions;
import io.netty.buffer.ByteBufUtil;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Messages of all sizes go through the smallest windows, whole, and small ones pass between them.
 */
class MessageSizesTest {

  private static final List<Integer> SIZES =
      List.of(0, 1, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 1 << 20, 16 << 20, 0);

  @Test
  @DisplayName("0 to 16 MiB with windows of 4 KiB, beside small messages of another stream")
  void allSizes() {
    BusOptions smallest =
        BusOptions.defaults().toBuilder()
            .windows(BusOptions.MIN_WINDOW, BusOptions.MIN_WINDOW)
            .windowBudgets(0, 0)
            .reassemblyBudget(16 << 20)
            .build();
    try (Pair pair = new Pair(smallest)) {
      Pair.Ends small = pair.open();
      AtomicLong smallReceived = new AtomicLong();
      small
          .alices()
          .receive()
          .onErrorComplete()
          .subscribe(message -> smallReceived.incrementAndGet());
      small
          .bobs()
          .send(Flux.<byte[]>generate(sink -> sink.next(new byte[20])))
          .onErrorComplete()
          .subscribe();
      Pair.Ends large = pair.open();
      AtomicLong smallDuringLarge = new AtomicLong();
      Mono<List<Integer>> sizes =
          large
              .alices()
              .receive()
              .limitRate(1)
              .map(
                  message -> {
                    smallDuringLarge.set(smallReceived.get());
                    byte[] bytes = ByteBufUtil.getBytes(message);
                    if (!Arrays.equals(bytes, message(bytes.length))) {
                      throw new AssertionError("a message of " + bytes.length + " is spoilt");
                    }
                    return bytes.length;
                  })
              .collectList();
      Mono<Void> sending =
          large.bobs().sendAndComplete(Flux.fromIterable(SIZES).map(MessageSizesTest::message));
      List<Integer> received = Pair.block(Mono.zip(sizes, sending.thenReturn(true))).getT1();
      assertThat(received).isEqualTo(SIZES);
      assertThat(smallDuringLarge.get()).isPositive();
      long before = smallReceived.get();
      Pair.await(() -> smallReceived.get() > before);
      small.bobs().dispose();
    }
  }

  private static byte[] message(int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (size + i);
    }
    return bytes;
  }

  @Test
  @DisplayName("a message beyond maxMessageSize is an error to its sender, and the stream lives on")
  void tooLarge() {
    BusOptions options = BusOptions.defaults().toBuilder().maxMessageSize(1000).build();
    try (Pair pair = new Pair(options)) {
      Pair.Ends ends = pair.open();
      AtomicLong received = new AtomicLong();
      ends.alices()
          .receive()
          .onErrorComplete()
          .subscribe(message -> received.addAndGet(message.readableBytes()));
      Throwable error =
          ends.bobs()
              .send(Flux.just(new byte[10], new byte[1001], new byte[10]))
              .then(Mono.<Throwable>empty())
              .onErrorResume(Mono::just)
              .block(Pair.PATIENCE);
      assertThat(error).hasMessageContaining("DITTO-201").hasMessageContaining("1000");
      byte[] largest = new byte[1000];
      Arrays.fill(largest, (byte) 1);
      Pair.block(ends.bobs().sink().emitAcked(largest));
      assertThat(received.get()).isEqualTo(1010);
    }
  }
}
