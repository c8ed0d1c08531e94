// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.flow;

/**
 * The byte window of one direction, at its receiver: it starts small and doubles whenever half of
 * it was consumed within two round trips, as far as its maximum and the budgets allow (FC-8). Idle
 * directions therefore stop growing. What has been given is never taken back while the stream
 * lives.
 */
public final class Window {

  private final int minimum;
  private final int maximum;
  private final WindowBudget budget;
  private int bytes;
  private long epochStartNanos;
  private long epochOffset;

  /**
   * A window.
   *
   * @param minimum bytes that are there whatever the budget says
   * @param initial bytes to start with if the budget allows
   */
  public Window(int minimum, int initial, int maximum, WindowBudget budget, long nowNanos) {
    this.minimum = minimum;
    this.maximum = maximum;
    this.budget = budget;
    this.bytes = minimum;
    this.epochStartNanos = nowNanos;
    if (initial > minimum && budget.reserve(initial - minimum)) {
      bytes = initial;
    }
  }

  /** Bytes that may be under way or unconsumed. */
  public int bytes() {
    return bytes;
  }

  /**
   * Consumption has reached this offset.
   *
   * @param roundTripNanos 0 if not known yet: then nothing grows
   */
  public void consumed(long consumedOffset, long nowNanos, long roundTripNanos) {
    if (consumedOffset - epochOffset < bytes / 2) {
      return;
    }
    if (roundTripNanos > 0 && nowNanos - epochStartNanos <= 2 * roundTripNanos) {
      grow();
    }
    epochStartNanos = nowNanos;
    epochOffset = consumedOffset;
  }

  private void grow() {
    int larger = (int) Math.min(2L * bytes, maximum);
    if (larger > bytes && budget.reserve(larger - bytes)) {
      bytes = larger;
    }
  }

  /**
   * Makes the window at least this large, if it may be.
   *
   * @return whether it is
   */
  boolean reserve(long least) {
    if (least > bytes && least <= maximum && budget.reserve(least - bytes)) {
      bytes = (int) least;
    }
    return least <= bytes;
  }

  /** Gives everything above the minimum back to the budget. The direction has ended. */
  public void release() {
    budget.release(bytes - minimum);
    bytes = minimum;
  }
}
