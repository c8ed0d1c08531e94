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

  /**
   * A large message that was let in must go on within this time, so that it blocks no other (FR-5).
   */
  private static final long STALL_NANOS = 30_000_000_000L;

  private final ArrayDeque<SessionStream> waiting = new ArrayDeque<>();
  private final List<SessionStream> admitted = new ArrayList<>();
  private long freeBytes;
  private @Nullable SessionStream suspected;
  private long suspectedProgressNanos;
  private long suspectedSinceNanos;

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

  /**
   * A stream whose admitted message has stalled, if there is one. It is looked at twice, as in
   * {@link Liveness}: what has come may wait behind the timer that asks.
   */
  @Nullable SessionStream stalled(long nowNanos) {
    for (SessionStream stream : admitted) {
      long progress = stream.receive().progressNanos();
      if (nowNanos - progress > STALL_NANOS) {
        if (stream != suspected || progress != suspectedProgressNanos) {
          suspected = stream;
          suspectedProgressNanos = progress;
          suspectedSinceNanos = nowNanos;
        }
        return nowNanos - suspectedSinceNanos >= Liveness.SECOND_LOOK_NANOS ? stream : null;
      }
    }
    suspected = null;
    return null;
  }

  /** When {@link #stalled} is to be asked next: a look at what is suspected; else no hurry. */
  long nextLookNanos(long otherwise) {
    long look = suspectedSinceNanos + Liveness.SECOND_LOOK_NANOS;
    return suspected != null && look - otherwise < 0 ? look : otherwise;
  }

  long freeBytes() {
    return freeBytes;
  }
}
