// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.api.options.BusOptions;

/**
 * Whether the other side lives, and how far away it is (LV-1 to LV-4): any frame is a sign of life;
 * a PING goes out at every interval and measures the round trip; long silence means that the link
 * is lost.
 */
final class Liveness {

  /**
   * When silence has lasted long enough, the loop reads once more before that counts: what has come
   * may wait behind the very timer that asks.
   */
  static final long SECOND_LOOK_NANOS = 10_000_000;

  private final long pingIntervalNanos;
  private final long deadAfterNanos;
  private long heardNanos;
  private long nextPingNanos;
  private long notDeadBeforeNanos;
  private boolean suspected;
  private long pingNumber;
  private long unansweredPing;
  private long unansweredSentNanos;
  private boolean pingDue;
  private long roundTripNanos;

  Liveness(BusOptions options, long nowNanos) {
    pingIntervalNanos = options.pingInterval().toNanos();
    deadAfterNanos = options.deadAfter().toNanos();
    heardNanos = nowNanos;
    nextPingNanos = nowNanos;
    notDeadBeforeNanos = nowNanos;
  }

  /** There is a new link: all begins anew but what was measured. */
  void linkUp(long nowNanos) {
    heardNanos = nowNanos;
    nextPingNanos = nowNanos;
    notDeadBeforeNanos = nowNanos;
    suspected = false;
    pingDue = false;
    unansweredPing = 0;
  }

  void heard(long nowNanos) {
    heardNanos = nowNanos;
    suspected = false;
  }

  /**
   * Time has come to this.
   *
   * @return whether the link is lost
   */
  boolean timeout(long nowNanos) {
    if (nowNanos - nextPingNanos >= 0) {
      boolean pausedOurselves = nowNanos - nextPingNanos > pingIntervalNanos / 2;
      if (pausedOurselves) {
        notDeadBeforeNanos = nowNanos + pingIntervalNanos;
      }
      pingDue = true;
      nextPingNanos = nowNanos + pingIntervalNanos;
    }
    if (nowNanos - deadNanos() < 0) {
      return false;
    }
    if (!suspected) {
      suspected = true;
      notDeadBeforeNanos = nowNanos + SECOND_LOOK_NANOS;
      return false;
    }
    return true;
  }

  private long deadNanos() {
    long dead = heardNanos + deadAfterNanos;
    return dead - notDeadBeforeNanos < 0 ? notDeadBeforeNanos : dead;
  }

  long nextTimeoutNanos() {
    return deadNanos() - nextPingNanos < 0 ? deadNanos() : nextPingNanos;
  }

  boolean isPingDue() {
    return pingDue;
  }

  /** The number of the PING that is about to be written. */
  long ping(long nowNanos) {
    pingDue = false;
    pingNumber++;
    if (unansweredPing == 0) {
      unansweredPing = pingNumber;
      unansweredSentNanos = nowNanos;
    }
    return pingNumber;
  }

  /**
   * An answer came.
   *
   * @return whether it measured a round trip
   */
  boolean pong(long number, long nowNanos) {
    if (unansweredPing == 0 || number < unansweredPing || number > pingNumber) {
      return false;
    }
    unansweredPing = 0;
    long sample = Math.max(1, nowNanos - unansweredSentNanos);
    roundTripNanos = roundTripNanos == 0 ? sample : (7 * roundTripNanos + sample) / 8;
    return true;
  }

  /** Smoothed round-trip time; 0 while unknown. */
  long roundTripNanos() {
    return roundTripNanos;
  }

  long silentNanos(long nowNanos) {
    return nowNanos - heardNanos;
  }
}
