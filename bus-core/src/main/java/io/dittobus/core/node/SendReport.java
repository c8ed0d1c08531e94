// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.result.MessageResult;
import io.dittobus.core.stream.DropLog;
import java.util.ArrayDeque;

/**
 * What is told of the messages of a direction, each once and in the order of their sequences: a
 * message that was dropped is told when those before it are. The loop.
 */
final class SendReport {

  /** Who is told. */
  interface Listener {
    /** Every message up to this one that was not spoken of before has come to this. */
    void completed(MessageResult result, long upToSequence);
  }

  private static final int MOST_RUNS = 4096;

  /** Dropped messages beyond what was told; as many runs as messages wait between them. */
  private final ArrayDeque<DropLog.Run> drops = new ArrayDeque<>(2);

  private long sent;
  private long told;

  /** Every message up to this one that was not dropped is on the wire. */
  void sent(long upToSequence) {
    sent = Math.max(sent, upToSequence);
  }

  /**
   * Messages were dropped. While nobody listens, only the last runs are kept: of the others it will
   * be said that they were sent, as of everything before a message that was.
   */
  void dropped(DropLog.Run run) {
    insert(run);
    if (drops.size() > MOST_RUNS) {
      drops.removeFirst();
    }
  }

  private void insert(DropLog.Run run) {
    if (drops.isEmpty() || drops.getLast().last() < run.first()) {
      drops.addLast(run);
      return;
    }
    // Out of order: a message that waited was dropped after one behind it.
    ArrayDeque<DropLog.Run> later = new ArrayDeque<>();
    while (!drops.isEmpty() && drops.getLast().first() > run.last()) {
      later.push(drops.removeLast());
    }
    drops.addLast(run);
    drops.addAll(later);
  }

  /** Tells what can be told. */
  void tell(Listener listener) {
    while (true) {
      DropLog.Run next = drops.peek();
      long upTo = next == null ? sent : Math.min(sent, next.first() - 1);
      if (upTo > told) {
        told = upTo;
        listener.completed(MessageResult.SENT, upTo);
      } else if (next != null && next.first() == told + 1) {
        drops.remove();
        told = next.last();
        listener.completed(MessageResult.of(next.cause()), told);
      } else {
        return;
      }
    }
  }

  /** The direction is over: tells the rest. */
  void end(long lastWritten, long emitted, Listener listener) {
    tell(listener);
    while (told < emitted) {
      DropLog.Run next = drops.poll();
      long upTo = next == null ? emitted : next.first() - 1;
      endUpTo(MessageResult.UNKNOWN, Math.min(upTo, lastWritten), listener);
      endUpTo(MessageResult.NOT_SENT, upTo, listener);
      if (next != null) {
        endUpTo(MessageResult.of(next.cause()), next.last(), listener);
      }
    }
  }

  private void endUpTo(MessageResult result, long upTo, Listener listener) {
    if (upTo > told) {
      told = upTo;
      listener.completed(result, upTo);
    }
  }
}
