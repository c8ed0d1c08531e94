// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.core.stream.ReceiveHalf;
import io.dittobus.core.stream.SessionStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets messages that are larger than their stream's window in, one after the other as far as the
 * session's reassembly budget goes, oldest first (FC-7). The budget holds at least one message of
 * the largest size, so each that was requested gets its turn.
 */
final class Admission {

  private final ArrayDeque<SessionStream> waiting = new ArrayDeque<>();
  private final List<SessionStream> admitted = new ArrayList<>();
  private long freeBytes;

  Admission(long budgetBytes) {
    freeBytes = budgetBytes;
  }

  /** The message under way on this stream may have come to need admission. */
  void consider(SessionStream stream) {
    if (!stream.awaitsAdmission && needsAdmission(stream)) {
      stream.awaitsAdmission = true;
      waiting.add(stream);
    }
  }

  private static boolean needsAdmission(SessionStream stream) {
    ReceiveHalf receive = stream.receive();
    return receive.state() == ReceiveHalf.State.OPEN
        && stream.isStarted()
        && receive.isInMessage()
        && receive.admittedBytes() == 0
        && receive.credit().isRequested()
        && receive.partialEndOffset() > receive.credit().maxOffset();
  }

  /**
   * Admits the next message if there is room for it: the caller announces its new limit, and asks
   * again.
   */
  @Nullable SessionStream admitNext(long nowNanos) {
    SessionStream first;
    while ((first = waiting.peek()) != null) {
      boolean stillNeeded = needsAdmission(first);
      long bytes = first.receive().partialTotal();
      if (stillNeeded && bytes > freeBytes) {
        return null;
      }
      waiting.remove();
      first.awaitsAdmission = false;
      if (stillNeeded) {
        freeBytes -= bytes;
        first.receive().admit(bytes, nowNanos);
        admitted.add(first);
        return first;
      }
    }
    return null;
  }

  /**
   * The message has been handed over, or its direction has ended.
   *
   * @return whether that made room for others
   */
  boolean release(SessionStream stream) {
    long bytes = stream.receive().takeAdmittedBytes();
    if (bytes > 0) {
      freeBytes += bytes;
      admitted.remove(stream);
    }
    return bytes > 0 || stream.awaitsAdmission;
  }

  /** A stream whose admitted message has not moved since this moment, if there is one. */
  @Nullable SessionStream stalledSince(long nanos) {
    for (SessionStream stream : admitted) {
      if (stream.receive().progressNanos() - nanos < 0) {
        return stream;
      }
    }
    return null;
  }

  long freeBytes() {
    return freeBytes;
  }
}
