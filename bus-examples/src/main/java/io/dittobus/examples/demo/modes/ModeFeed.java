// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.modes;

import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.reactor.ReactorStream;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;

/** Emits on one stream, and notes what becomes of each message. Any thread. */
final class ModeFeed {

  private final ReactorStream stream;
  private final Map<ErrorCode, Long> failures = new EnumMap<>(ErrorCode.class);
  private long emitted;
  private long acked;
  private long slowestNanos;

  ModeFeed(ReactorStream stream) {
    this.stream = stream;
  }

  ReactorStream stream() {
    return stream;
  }

  ReliabilityMode mode() {
    return stream.reliability();
  }

  void emit() {
    long now = System.nanoTime();
    synchronized (this) {
      emitted++;
    }
    byte[] message = ByteBuffer.allocate(Long.BYTES).putLong(now).array();
    stream.sink().emitAcked(message).subscribe(sequence -> acked(now), this::failed);
  }

  private synchronized void acked(long emittedNanos) {
    acked++;
    slowestNanos = Math.max(slowestNanos, System.nanoTime() - emittedNanos);
  }

  private synchronized void failed(Throwable error) {
    ErrorCode code = error instanceof DittoBusException known ? known.code() : ErrorCode.UNKNOWN;
    failures.merge(code, 1L, Long::sum);
  }

  synchronized long emitted() {
    return emitted;
  }

  /** Messages of which the receiver has said that it took them. */
  synchronized long acked() {
    return acked;
  }

  /** Messages that ended like this. */
  synchronized long ended(ErrorCode code) {
    return failures.getOrDefault(code, 0L);
  }

  /** Messages whose end is still to come. */
  synchronized long waiting() {
    return emitted - acked - failures.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The longest time from emission to ack. */
  synchronized double slowestMillis() {
    return slowestNanos / 1e6;
  }
}
