// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.ReactorStream;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Emits readings of the machine, each of which waits for its own acknowledgement. */
final class ReadingsSource {

  private static final Duration EVERY = Duration.ofMillis(20);
  private static final int MAX_UNACKED = 64;

  private final Machine machine = new Machine();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong acked = new AtomicLong();
  private final AtomicLong slowestAckNanos = new AtomicLong();

  /** Sends until told to stop, and completes when the other side has everything. */
  Mono<Void> sendTo(ReactorStream stream, Publisher<?> stop) {
    return Flux.interval(EVERY, Schedulers.boundedElastic())
        .onBackpressureDrop()
        .takeUntilOther(stop)
        .map(tick -> machine.read())
        .flatMap(reading -> send(stream, reading), MAX_UNACKED)
        .then(Mono.fromRunnable(() -> stream.sink().tryEmitComplete()))
        .then(stream.onClose())
        .flatMap(end -> end.isFailure() ? Mono.error(new StreamException(end)) : Mono.empty());
  }

  private Mono<Long> send(ReactorStream stream, Reading reading) {
    return Mono.defer(
        () -> {
          long begunNanos = System.nanoTime();
          sent.incrementAndGet();
          return stream
              .sink()
              .emitAcked(Reading.CODEC.encode(reading, UnpooledByteBufAllocator.DEFAULT))
              .doOnSuccess(sequence -> acknowledged(System.nanoTime() - begunNanos));
        });
  }

  private void acknowledged(long nanos) {
    acked.incrementAndGet();
    slowestAckNanos.accumulateAndGet(nanos, Math::max);
  }

  long sent() {
    return sent.get();
  }

  long acked() {
    return acked.get();
  }

  /** The longest time from emitting to the acknowledgement, since this was last asked. */
  long takeSlowestAckNanos() {
    return slowestAckNanos.getAndSet(0);
  }
}
