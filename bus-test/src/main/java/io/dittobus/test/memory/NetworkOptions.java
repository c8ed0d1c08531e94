// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import java.time.Duration;

/**
 * How a {@link MemoryNetwork} carries bytes. Immutable.
 *
 * @param minLatency shortest way from one end to the other, at least 0
 * @param maxLatency longest way, at least minLatency; each piece takes a random time between the
 *     two, and none overtakes another
 * @param writeBufferBytes bytes written and not yet on the way from which on a link is not
 *     writable, at least 1; it is again below half of that
 * @param inFlightBytes bytes on the way or not yet taken by the other end's handler, at most, at
 *     least 1; what is written beyond waits in the write buffer
 * @param maxUnitBytes what {@link io.dittobus.core.transport.Link#maxUnitBytes} says, at least
 *     1,024
 * @param loopsPerHost loops over which the links of a host are spread, at least 1
 */
public record NetworkOptions(
    Duration minLatency,
    Duration maxLatency,
    int writeBufferBytes,
    int inFlightBytes,
    int maxUnitBytes,
    int loopsPerHost) {

  /**
   * Options within their ranges.
   *
   * @throws IllegalArgumentException if one is outside
   */
  public NetworkOptions {
    require(!minLatency.isNegative(), "minLatency is at least 0");
    require(maxLatency.compareTo(minLatency) >= 0, "maxLatency is at least minLatency");
    require(writeBufferBytes >= 1, "writeBufferBytes is at least 1");
    require(inFlightBytes >= 1, "inFlightBytes is at least 1");
    require(maxUnitBytes >= 1_024, "maxUnitBytes is at least 1,024");
    require(loopsPerHost >= 1, "loopsPerHost is at least 1");
  }

  /** For virtual time: 50 µs to 2 ms on the way, 64 KiB in each buffer, two loops per host. */
  public static NetworkOptions simulated() {
    return new NetworkOptions(
        Duration.ofNanos(50_000), Duration.ofMillis(2), 1 << 16, 1 << 16, Integer.MAX_VALUE, 2);
  }

  /** For real time: no delay, 64 KiB in the write buffer, 256 KiB on the way, one loop per host. */
  public static NetworkOptions live() {
    return new NetworkOptions(Duration.ZERO, Duration.ZERO, 1 << 16, 1 << 18, Integer.MAX_VALUE, 1);
  }

  /** The same with these latencies. */
  public NetworkOptions withLatency(Duration min, Duration max) {
    return new NetworkOptions(
        min, max, writeBufferBytes, inFlightBytes, maxUnitBytes, loopsPerHost);
  }

  /** The same with these buffers. */
  public NetworkOptions withBuffers(int writeBuffer, int inFlight) {
    return new NetworkOptions(
        minLatency, maxLatency, writeBuffer, inFlight, maxUnitBytes, loopsPerHost);
  }

  /** The same with this largest unit. */
  public NetworkOptions withMaxUnitBytes(int bytes) {
    return new NetworkOptions(
        minLatency, maxLatency, writeBufferBytes, inFlightBytes, bytes, loopsPerHost);
  }

  /** The same with this number of loops per host. */
  public NetworkOptions withLoopsPerHost(int loops) {
    return new NetworkOptions(
        minLatency, maxLatency, writeBufferBytes, inFlightBytes, maxUnitBytes, loops);
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
