// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** The rate, on a clock that this test moves. */
class RateLimiterTest {

  private static final long SECOND = 1_000_000_000L;

  @Test
  void whatGoesByTakesItsTime() {
    RateLimiter limiter = new RateLimiter(1000);
    assertThat(limiter.pass(500, 0)).isEqualTo(SECOND / 2);
    assertThat(limiter.pass(250, SECOND / 2)).isEqualTo(SECOND / 4);
    assertThat(limiter.pass(0, SECOND)).isZero();
  }

  @Test
  void whoDoesNotWaitOwesTheTime() {
    RateLimiter limiter = new RateLimiter(1000);
    assertThat(limiter.pass(1000, 0)).isEqualTo(SECOND);
    assertThat(limiter.pass(1000, 0)).isEqualTo(2 * SECOND);
    assertThat(limiter.pass(1000, SECOND)).isEqualTo(2 * SECOND);
  }

  @Test
  void idleTimeIsNotMadeUpFor() {
    RateLimiter limiter = new RateLimiter(1000);
    assertThat(limiter.pass(1000, 0)).isEqualTo(SECOND);
    assertThat(limiter.pass(1000, 60 * SECOND)).isEqualTo(SECOND);
  }

  /** {@code System.nanoTime} may be anything, and may go past the largest number. */
  @Test
  void theClockMayBeginAnywhere() {
    for (long start : new long[] {Long.MIN_VALUE, -1, Long.MAX_VALUE - SECOND / 2}) {
      RateLimiter limiter = new RateLimiter(1000);
      assertThat(limiter.pass(1000, start)).as("from %d", start).isEqualTo(SECOND);
      assertThat(limiter.pass(1000, start + SECOND / 4))
          .as("from %d", start)
          .isEqualTo(SECOND * 7 / 4);
      assertThat(limiter.pass(1000, start + 2 * SECOND)).as("from %d", start).isEqualTo(SECOND);
      assertThat(limiter.pass(1, start + 9 * SECOND)).as("from %d", start).isEqualTo(SECOND / 1000);
    }
  }

  @Test
  void whoWaitsAsToldIsAsFastAsTheRate() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      long rate = 1L + random.nextInt(10_000_000);
      RateLimiter limiter = new RateLimiter(rate);
      long now = random.nextLong();
      long start = now;
      long bytes = 0;
      for (int i = 0; i < 100; i++) {
        int size = random.nextInt(100_000);
        bytes += size;
        now += limiter.pass(size, now);
      }
      assertThat((now - start) / 1e9)
          .as("seconds, seed %d", seed)
          .isCloseTo((double) bytes / rate, within(1e-6));
    }
  }

  @Test
  void aRateIsAboveZero() {
    assertThatThrownBy(() -> new RateLimiter(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RateLimiter(-1)).isInstanceOf(IllegalArgumentException.class);
  }
}
