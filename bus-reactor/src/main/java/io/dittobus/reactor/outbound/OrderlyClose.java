// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.outbound;

import io.dittobus.api.DittoBusStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Schedulers;

/**
 * Closes a stream in order: what waits for room goes first, and then what the stream has, all of it
 * before one deadline. Any thread.
 */
final class OrderlyClose {

  private final DittoBusStream stream;
  private final EmitWaiters waiters;
  private final Disposable.Swap timer = Disposables.swap();

  // Guarded by this.
  private boolean begun;
  private long deadlineNanos;

  OrderlyClose(DittoBusStream stream, EmitWaiters waiters) {
    this.stream = stream;
    this.waiters = waiters;
  }

  /** Closes within this time; of several calls, the one that ends soonest counts. */
  void within(Duration deadline) {
    if (waiters.isEmpty()) {
      stream.close(deadline);
    } else if (begin(TimeUnit.NANOSECONDS.convert(deadline))) {
      waiters.onceEmpty(this::closeStream);
    }
  }

  /** Sets the timer, unless it is set to end sooner. Returns whether it never was set before. */
  private synchronized boolean begin(long nanos) {
    long at = now() + nanos;
    if (begun && at - deadlineNanos >= 0) {
      return false;
    }
    boolean first = !begun;
    begun = true;
    deadlineNanos = at;
    timer.update(Schedulers.parallel().schedule(this::cut, nanos, TimeUnit.NANOSECONDS));
    return first;
  }

  private void closeStream() {
    timer.dispose();
    stream.close(Duration.ofNanos(remainingNanos()));
  }

  private synchronized long remainingNanos() {
    return Math.max(0, deadlineNanos - now());
  }

  /** The stream tells those who wait. */
  private void cut() {
    stream.close(Duration.ZERO);
  }

  private static long now() {
    return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
  }
}
