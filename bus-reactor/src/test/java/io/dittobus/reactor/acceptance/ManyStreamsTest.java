// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.StreamOptions;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * 10,000 streams at a time on one connection. With 1,000 messages each: {@code mvn test -pl
 * bus-reactor -am -Dtest=ManyStreamsTest#thousandMessagesEach -Dgroups=long -DexcludedGroups=
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class ManyStreamsTest {

  private static final int STREAMS = 10_000;

  /**
   * What all streams together may hold in buffers at a time, with what is kept to be sent again.
   */
  private static final long MOST_BYTES = 16 << 20;

  @Test
  @DisplayName("10,000 concurrent streams with 10 messages each complete, in order")
  void tenMessagesEach() {
    run(10);
  }

  @Test
  @Tag("long")
  void thousandMessagesEach() {
    run(1_000);
  }

  private static void run(int messages) {
    AtomicLong received = new AtomicLong();
    AtomicInteger open = new AtomicInteger();
    AtomicInteger mostOpen = new AtomicInteger();
    AtomicLong mostBytes = new AtomicLong();
    ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
    // Counts exactly, as it keeps nothing for later.
    UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    try (Pair pair = new Pair(BusOptions.defaults(), allocator)) {
      Disposable route =
          pair.alice
              .streams("many")
              .concurrency(STREAMS)
              .handle(
                  stream -> {
                    mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
                    return stream
                        .receive()
                        .asByteArray()
                        .index()
                        .doOnNext(
                            message -> {
                              int number = ByteBuffer.wrap(message.getT2()).getInt();
                              if (number != message.getT1() + 1) {
                                faults.add(number + " came as " + message.getT1());
                              }
                              if (received.incrementAndGet() % 100 == 0) {
                                mostBytes.accumulateAndGet(used(allocator), Math::max);
                              }
                            })
                        .doOnError(error -> faults.add(error.toString()))
                        .doFinally(end -> open.decrementAndGet())
                        .then();
                  })
              .subscribe();
      Mono<Void> all =
          Flux.range(0, STREAMS)
              .flatMap(
                  i -> pair.bob.openStream(pair.aliceAddress, StreamOptions.reliable("many")),
                  STREAMS)
              .collectList()
              .flatMap(
                  streams ->
                      Flux.fromIterable(streams)
                          .flatMap(
                              stream ->
                                  stream.sendAndComplete(
                                      Flux.range(1, messages)
                                          .map(n -> ByteBuffer.allocate(64).putInt(0, n).array())),
                              STREAMS)
                          .then());
      all.block(Pair.PATIENCE.multipliedBy(10));
      route.dispose();
    }
    assertThat(faults).isEmpty();
    assertThat(received.get()).isEqualTo((long) STREAMS * messages);
    assertThat(mostOpen).as("streams at a time").hasValue(STREAMS);
    assertThat(mostBytes.get()).as("bytes in buffers at a time").isBetween(1L, MOST_BYTES);
    assertThat(used(allocator)).as("bytes left").isZero();
  }

  private static long used(UnpooledByteBufAllocator allocator) {
    return allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
  }
}
