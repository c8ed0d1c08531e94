// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import org.jspecify.annotations.Nullable;

/**
 * Counts the kept frames that have arrived, and knows when the other side is to be told, so that it
 * need not keep them any longer (RS-3).
 */
final class Arrivals {

  /** Bytes after which the other side is told at once. */
  static final int BYTES_PER_RECEIPT = 64 * 1024;

  /** Bytes after which it is told when something is written anyway. */
  static final int BYTES_BESIDE = 4 * 1024;

  /** After this time it is told in any case. */
  static final long DELAY_NANOS = 50_000_000;

  private long frames;
  private long told;
  private long repeated;
  private long bytesSinceTold;
  private boolean waiting;
  private boolean due;
  private long dueNanos;

  /** Kept frames that have arrived, in all. */
  long frames() {
    return frames;
  }

  /**
   * A kept frame has come in.
   *
   * @return whether for the first time
   */
  boolean isNew() {
    if (repeated > 0) {
      repeated--;
      return false;
    }
    frames++;
    return true;
  }

  /** The other side begins anew, behind this frame, though more have arrived here. */
  void repeatAfter(long number) {
    repeated = frames - number;
  }

  /** So many bytes have come in. */
  void read(int bytes, long nowNanos) {
    if (frames > told) {
      bytesSinceTold += bytes;
      if (!waiting && !due) {
        waiting = true;
        dueNanos = nowNanos + DELAY_NANOS;
      }
    }
  }

  /** Time has come to this. */
  void timeout(long nowNanos) {
    if (waiting && nowNanos - dueNanos >= 0) {
      waiting = false;
      due = true;
    }
  }

  /** Whether the other side is to be told now. */
  boolean isDue() {
    return due || bytesSinceTold >= BYTES_PER_RECEIPT;
  }

  /** Whether it may be told if something is written anyway. */
  boolean isWorthTelling() {
    return bytesSinceTold >= BYTES_BESIDE;
  }

  /** When it is due; null if there is nothing to tell, or it is due already. */
  @Nullable Long nextTimeoutNanos() {
    return waiting ? dueNanos : null;
  }

  /** What the other side is told now. */
  long tell() {
    told = frames;
    bytesSinceTold = 0;
    waiting = false;
    due = false;
    return frames;
  }
}
