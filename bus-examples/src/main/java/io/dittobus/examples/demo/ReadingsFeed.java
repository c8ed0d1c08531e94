// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.examples.demo.receiver.Settings;
import io.dittobus.reactor.ReactorStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * Sends a reading of the machine ten times a second, and measures how long it takes until the
 * receiver has consumed it. Safe to read from any thread.
 */
final class ReadingsFeed {

  private static final Duration PERIOD = Duration.ofMillis(100);

  private final ReactorStream stream;
  private final Machine machine = new Machine();
  private Disposable timer = () -> {};
  private long emitted;
  private long acked;
  private long slowestAckNanos;
  private long slowestOfPhaseNanos;
  private String last = "";

  ReadingsFeed(ReactorStream stream) {
    this.stream = stream;
  }

  /** Begins, at once. */
  void start() {
    timer =
        Flux.interval(Duration.ZERO, PERIOD, Schedulers.boundedElastic())
            .onBackpressureDrop()
            .subscribe(tick -> emit());
  }

  /** Sends no more, and completes the stream. */
  void complete() {
    timer.dispose();
    synchronized (this) { // after a reading that is just being emitted
      stream.sink().tryEmitComplete();
    }
  }

  private synchronized void emit() {
    if (timer.isDisposed()) {
      return;
    }
    String reading = machine.read();
    byte[] text = reading.getBytes(StandardCharsets.UTF_8);
    byte[] message =
        ByteBuffer.allocate(Settings.INDEX_BYTES + text.length).putLong(emitted).put(text).array();
    emitted++;
    long emittedNanos = System.nanoTime();
    // One that is not taken is never acknowledged, and shows up as lost.
    stream
        .sink()
        .emitAcked(message)
        .subscribe(sequence -> acked(reading, System.nanoTime() - emittedNanos), failure -> {});
  }

  private synchronized void acked(String reading, long nanos) {
    acked++;
    last = reading;
    slowestAckNanos = Math.max(slowestAckNanos, nanos);
    slowestOfPhaseNanos = Math.max(slowestOfPhaseNanos, nanos);
  }

  /** Readings sent. */
  synchronized long emitted() {
    return emitted;
  }

  /** Readings that the receiver has consumed. */
  synchronized long acked() {
    return acked;
  }

  /** The last one that was acknowledged. */
  synchronized String last() {
    return last;
  }

  /** The longest time from the emission of a reading to its ack, in milliseconds. */
  synchronized double slowestAckMillis() {
    return slowestAckNanos / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }

  /** The longest such time since this was called last, in milliseconds. */
  synchronized double takeSlowestAckMillis() {
    long slowest = slowestOfPhaseNanos;
    slowestOfPhaseNanos = 0;
    return slowest / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }
}
