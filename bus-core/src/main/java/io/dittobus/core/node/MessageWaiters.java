// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.MessageCallback;
import io.dittobus.api.result.MessageResult;
import io.dittobus.core.stream.DropLog;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Those who want to hear how single messages ended, in the order of the messages. The loop. */
final class MessageWaiters {

  private record Waiter(long sequence, MessageCallback callback) {
    void tell(MessageResult result) {
      UserCode.run("messageEnded", () -> callback.messageEnded(sequence, result));
    }
  }

  private @Nullable ArrayDeque<Waiter> waiters;

  void add(long sequence, MessageCallback callback) {
    if (waiters == null) {
      waiters = new ArrayDeque<>();
    }
    waiters.add(new Waiter(sequence, callback));
  }

  /** Every message up to this one was acknowledged. */
  void acked(long upTo) {
    tell(upTo, MessageResult.ACKED);
  }

  /** Messages were dropped. */
  void dropped(DropLog.Run run) {
    ArrayDeque<Waiter> queue = waiters;
    if (queue == null) {
      return;
    }
    for (var each = queue.iterator(); each.hasNext(); ) {
      Waiter waiter = each.next();
      if (waiter.sequence > run.last()) {
        return;
      }
      if (waiter.sequence >= run.first()) {
        each.remove();
        waiter.tell(MessageResult.of(run.cause()));
      }
    }
  }

  /** The direction is over, having come so far. */
  void ended(long lastAcked, long lastWritten) {
    tell(lastAcked, MessageResult.ACKED);
    tell(lastWritten, MessageResult.UNKNOWN);
    tell(Long.MAX_VALUE, MessageResult.NOT_SENT);
  }

  private void tell(long upTo, MessageResult result) {
    ArrayDeque<Waiter> queue = waiters;
    while (queue != null && !queue.isEmpty() && queue.element().sequence <= upTo) {
      queue.remove().tell(result);
    }
  }
}
