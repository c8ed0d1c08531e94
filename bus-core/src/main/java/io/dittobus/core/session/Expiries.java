// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.core.stream.SendHalf;
import io.dittobus.core.stream.SessionStream;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Drops messages that wait when their time is over. A stream is in line once, for the first of its
 * messages whose time comes; one that was written meanwhile is noticed when its time has come.
 */
final class Expiries {

  private final Session session;
  private final PriorityQueue<SessionStream> line =
      new PriorityQueue<>((one, other) -> Long.signum(one.expiryNanos - other.expiryNanos));

  Expiries(Session session) {
    this.session = session;
  }

  /** A message was added to those that wait. */
  void consider(SessionStream stream) {
    long deadline = stream.send().earliestDeadlineNanos();
    if (deadline == SendHalf.NO_DEADLINE) {
      return;
    }
    if (stream.inExpiryLine) {
      if (deadline - stream.expiryNanos >= 0) {
        return;
      }
      line.remove(stream);
    }
    stream.inExpiryLine = true;
    stream.expiryNanos = deadline;
    line.add(stream);
  }

  /** Drops what is due. */
  void timeout(long nowNanos) {
    SessionStream first;
    while ((first = line.peek()) != null && nowNanos - first.expiryNanos >= 0) {
      line.remove();
      first.inExpiryLine = false;
      first.send().expire(nowNanos);
      session.tellDrops(first);
      session.writer().considerData(first);
      consider(first);
    }
  }

  /** The stream is over. */
  void forget(SessionStream stream) {
    if (stream.inExpiryLine) {
      line.remove(stream);
      stream.inExpiryLine = false;
    }
  }

  /** When the next one is due; null if none waits. */
  @Nullable Long nextTimeoutNanos() {
    SessionStream first = line.peek();
    return first == null ? null : first.expiryNanos;
  }
}
