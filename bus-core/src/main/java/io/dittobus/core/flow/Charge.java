// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.flow;

/**
 * What a message costs in bytes of credit: its payload, and a fixed part so that empty ones are
 * bounded too (FC-3).
 */
public final class Charge {

  /** The fixed part, in bytes. */
  public static final int PER_MESSAGE = 32;

  /** A limit so high that it means none: the largest number that the wire carries. */
  public static final long UNLIMITED = (1L << 62) - 1;

  private Charge() {}

  /** The whole charge of a message with this payload. */
  public static long of(long payloadBytes) {
    return PER_MESSAGE + payloadBytes;
  }

  /** a + b, at most {@link #UNLIMITED}. Both at least 0. */
  public static long saturatedSum(long a, long b) {
    long sum = a + b;
    return sum < 0 || sum > UNLIMITED ? UNLIMITED : sum;
  }
}
