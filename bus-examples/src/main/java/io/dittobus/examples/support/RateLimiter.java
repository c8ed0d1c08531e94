// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

/**
 * How long to wait so that bytes go by no faster than a rate: those that went by take their time,
 * and time in which nothing went by is not made up for. Arithmetic only; one thread at a time.
 */
public final class RateLimiter {

  private final double nanosPerByte;
  private long freeAtNanos;
  private boolean started;

  /**
   * A limiter.
   *
   * @param bytesPerSecond above 0
   */
  public RateLimiter(long bytesPerSecond) {
    if (bytesPerSecond <= 0) {
      throw new IllegalArgumentException("A rate is above 0; this is " + bytesPerSecond);
    }
    this.nanosPerByte = 1e9 / bytesPerSecond;
  }

  /**
   * Counts bytes that go by now, and tells how long to wait before the next ones, in nanoseconds.
   */
  public long pass(long bytes, long nowNanos) {
    if (!started || freeAtNanos - nowNanos < 0) {
      started = true;
      freeAtNanos = nowNanos;
    }
    freeAtNanos += (long) (bytes * nanosPerByte);
    return freeAtNanos - nowNanos;
  }
}
