// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import java.time.Duration;

/** Durations that users give, as delays of a loop. */
final class Times {

  /** Some 36 years: so far from the range of a long that sums keep their sign. */
  private static final Duration LONGEST = Duration.ofNanos(1L << 60);

  private Times() {}

  /** The duration in nanoseconds, between 0 and some decades. */
  static long nanos(Duration duration) {
    if (duration.isNegative()) {
      return 0;
    }
    return capped(duration).toNanos();
  }

  /** The duration, or some decades if it is longer: one that a long of nanoseconds holds. */
  static Duration capped(Duration duration) {
    return duration.compareTo(LONGEST) < 0 ? duration : LONGEST;
  }
}
