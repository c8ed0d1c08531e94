// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.FlowOptions;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** SEMANTICS: <i>End-to-end demand … exactly</i>. */
class ExactDemandTest {

  private static final int SCHEDULES = 50;

  @Test
  @DisplayName(
      "50 random schedules: never more taken than was asked for there, and all of that arrives")
  void overTcp() {
    try (Pair pair = new Pair()) {
      for (long seed = 0; seed < SCHEDULES; seed++) {
        schedule(pair, new Random(seed), seed);
      }
    }
  }

  private static void schedule(Pair pair, Random random, long seed) {
    int prefetch = random.nextInt(3) == 0 ? random.nextInt(20) : 0;
    int total = 1 + random.nextInt(400);
    AtomicLong demanded = new AtomicLong();
    AtomicLong askedOfPublisher = new AtomicLong();
    AtomicReference<String> fault = new AtomicReference<>();
    Random sizes = new Random(~seed); // of the thread that takes them
    Flux<byte[]> source =
        Flux.range(1, total)
            .map(i -> ByteBuffer.allocate(4 + sizes.nextInt(200)).putInt(0, i).array())
            .doOnRequest(
                n -> {
                  long asked = askedOfPublisher.addAndGet(n);
                  long allowed = demanded.get() + prefetch;
                  if (asked > allowed) {
                    fault.compareAndSet(
                        null, asked + " asked of the publisher, " + allowed + " allowed");
                  }
                });
    Pair.Ends ends =
        pair.open(FlowOptions.defaults(), FlowOptions.defaults().withPrefetch(prefetch));
    Receiver receiver = new Receiver(demanded);
    ends.alices().receive().subscribe(receiver);
    ends.bobs().sendAndComplete(source).subscribe();
    while (demanded.get() < total) {
      long n = 1L + random.nextInt(random.nextInt(4) == 0 ? 100 : 7);
      receiver.ask(n);
      if (random.nextBoolean()) {
        long due = Math.min(total, demanded.get());
        Pair.await(() -> receiver.received.get() >= due);
      }
    }
    Pair.await(() -> receiver.done);
    assertThat(fault.get()).as("seed %d", seed).isNull();
    assertThat(receiver.fault).as("seed %d", seed).isNull();
    assertThat(receiver.received.get()).as("seed %d", seed).isEqualTo(total);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7})
  @DisplayName(
      "a subscriber that never requests: its sender is held at exactly prefetch, others go on")
  void neverRequests(int prefetch) {
    try (Pair pair = new Pair()) {
      FlowOptions few = FlowOptions.defaults().withMaxQueuedMessages(16);
      Pair.Ends held = pair.open(few, FlowOptions.defaults().withPrefetch(prefetch));
      Receiver receiver = new Receiver(new AtomicLong());
      held.alices().receive().subscribe(receiver);
      AtomicLong taken = new AtomicLong();
      held.bobs()
          .send(Flux.range(1, 1000).map(i -> new byte[i]).doOnRequest(taken::addAndGet))
          .onErrorComplete() // it is cut in the end
          .subscribe();

      Pair.Ends other = pair.open();
      Long count =
          other
              .alices()
              .receive()
              .asByteArray()
              .count()
              .doOnSubscribe(
                  s ->
                      other
                          .bobs()
                          .sendAndComplete(Flux.range(1, 20_000).map(i -> new byte[100]))
                          .subscribe())
              .block(Pair.PATIENCE);

      assertThat(count).isEqualTo(20_000);
      Pair.await(() -> held.bobs().sentSequence() == prefetch);
      assertThat(taken.get()).isEqualTo(prefetch);
      assertThat(receiver.received.get()).isZero();
      held.bobs().dispose();
    }
  }

  @Test
  @DisplayName("the sink takes what credit and queue allow, then FAIL_OVERFLOW, and lives on")
  void sinkIsHeld() {
    try (Pair pair = new Pair()) {
      FlowOptions few = FlowOptions.defaults().withMaxQueuedMessages(16);
      Pair.Ends ends = pair.open(few, FlowOptions.defaults());
      Receiver receiver = new Receiver(new AtomicLong());
      ends.alices().receive().subscribe(receiver);
      int taken = 0;
      while (ends.bobs().sink().tryEmitNext(new byte[10]).isSuccess()) {
        taken++;
      }
      assertThat(taken).isEqualTo(16);
      assertThat(ends.bobs().sink().tryEmitNext(new byte[10]))
          .isEqualTo(reactor.core.publisher.Sinks.EmitResult.FAIL_OVERFLOW);
      receiver.ask(10);
      Pair.await(() -> receiver.received.get() == 10);
      Pair.await(() -> ends.bobs().sink().tryEmitNext(new byte[10]).isSuccess());
      ends.bobs().dispose(); // what waits in the queue would hold the closing up
    }
  }

  /** Asks only when told to. */
  private static final class Receiver extends BaseSubscriber<ByteBuf> {
    final AtomicLong received = new AtomicLong();
    private final AtomicLong demanded;
    volatile boolean done;
    volatile @org.jspecify.annotations.Nullable String fault;

    Receiver(AtomicLong demanded) {
      this.demanded = demanded;
    }

    void ask(long n) {
      demanded.addAndGet(n);
      request(n);
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {}

    @Override
    protected void hookOnNext(ByteBuf message) {
      long count = received.incrementAndGet();
      if (message.getInt(message.readerIndex()) != count) {
        fault = "message " + message.getInt(message.readerIndex()) + " came as number " + count;
      }
      if (count > demanded.get()) {
        fault = "message " + count + " came without demand";
      }
    }

    @Override
    protected void hookOnComplete() {
      done = true;
    }

    @Override
    protected void hookOnError(Throwable error) {
      fault = error.toString();
      done = true;
    }
  }
}
