// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.core.stream.SessionStream;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Streams whose news may wait for company, but not for long (FC-6). The delay is the same for all,
 * so those that wait are in order of their deadlines. A stream stays in line when its news has gone
 * out otherwise; it is passed over.
 */
final class AckLine {

  private final long delayNanos;
  private final ArrayDeque<SessionStream> line = new ArrayDeque<>();

  AckLine(long delayNanos) {
    this.delayNanos = delayNanos;
  }

  void add(SessionStream stream, long nowNanos) {
    if (!stream.ackDelayed) {
      stream.ackDelayed = true;
      stream.ackDeadlineNanos = nowNanos + delayNanos;
      line.add(stream);
    }
  }

  /** Takes out a stream whose time has come. */
  @Nullable SessionStream pollDue(long nowNanos) {
    SessionStream first = line.peek();
    if (first == null || nowNanos - first.ackDeadlineNanos < 0) {
      return null;
    }
    line.remove();
    first.ackDelayed = false;
    return first;
  }

  /** When the first one's time comes; null if none waits. */
  @Nullable Long nextDeadlineNanos() {
    SessionStream first = line.peek();
    return first == null ? null : first.ackDeadlineNanos;
  }
}
