// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.core.stream.Control;
import io.dittobus.core.stream.ReceiveHalf;
import io.dittobus.core.stream.SessionStream;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * When a stream's news go to its sender: at once if they are urgent, else within the delay, in
 * company (FC-6). The delay is the same for all, so those that wait are in order of their
 * deadlines. A stream stays in line when its news have gone out otherwise; it is passed over.
 */
final class Acknowledgements {

  private final Session session;
  private final long delayNanos;
  private final ArrayDeque<SessionStream> delayed = new ArrayDeque<>();

  Acknowledgements(Session session, long delayNanos) {
    this.session = session;
    this.delayNanos = delayNanos;
  }

  /** The stream may have news for its sender. */
  void consider(SessionStream stream) {
    if (!mayAck(stream) || !stream.receive().hasNews()) {
      return;
    }
    if (stream.receive().isNewsUrgent()) {
      session.writer().say(stream, Control.ACK);
    } else if (!stream.ackDelayed) {
      stream.ackDelayed = true;
      stream.ackDeadlineNanos = session.nowNanos() + delayNanos;
      delayed.add(stream);
    }
  }

  /** The stream's sender may have missed what it was told last: all of it is said again. */
  void again(SessionStream stream) {
    if (mayAck(stream)) {
      session.writer().say(stream, Control.ACK);
    }
  }

  private static boolean mayAck(SessionStream stream) {
    ReceiveHalf.State state = stream.receive().state();
    return stream.phase() == SessionStream.Phase.OPEN
        && state != ReceiveHalf.State.STOPPED
        && state != ReceiveHalf.State.ENDED;
  }

  /** Sends the news whose time has come. */
  void timeout(long nowNanos) {
    SessionStream first;
    while ((first = delayed.peek()) != null && nowNanos - first.ackDeadlineNanos >= 0) {
      delayed.remove();
      first.ackDelayed = false;
      if (mayAck(first) && first.receive().hasNews()) {
        session.writer().say(first, Control.ACK);
      }
    }
  }

  /** When the first one's time comes; null if none waits. */
  @Nullable Long nextTimeoutNanos() {
    SessionStream first = delayed.peek();
    return first == null ? null : first.ackDeadlineNanos;
  }
}
