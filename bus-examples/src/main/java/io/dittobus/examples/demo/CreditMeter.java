// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import java.util.concurrent.TimeUnit;

/**
 * Measures how long the file was not asked for anything, although it had more: the sender had no
 * credit. Waits below 1 ms do not count. One thread writes, any thread reads.
 */
final class CreditMeter {

  private static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long ASKED = -1;

  private long demand;
  private long stalls;
  private long stalledNanos;
  private long idleSinceNanos = ASKED;

  /** So many more messages may be taken. */
  synchronized void requested(long n) {
    demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
    stopIdling();
  }

  /** A message was taken. */
  synchronized void taken() {
    demand--;
    if (demand == 0) {
      idleSinceNanos = now();
    }
  }

  /** There is nothing left to ask for. */
  synchronized void ended() {
    stopIdling();
  }

  /** Waits for credit, the one that lasts included. */
  synchronized long stalls() {
    return stalls + (currentNanos() >= SHORTEST_NANOS ? 1 : 0);
  }

  /** Their time together in nanoseconds, the one that lasts included. */
  synchronized long stalledNanos() {
    long current = currentNanos();
    return stalledNanos + (current >= SHORTEST_NANOS ? current : 0);
  }

  private void stopIdling() {
    long current = currentNanos();
    if (current >= SHORTEST_NANOS) {
      stalls++;
      stalledNanos += current;
    }
    idleSinceNanos = ASKED;
  }

  private long currentNanos() {
    return idleSinceNanos == ASKED ? 0 : now() - idleSinceNanos;
  }

  private static long now() {
    return System.nanoTime() & Long.MAX_VALUE;
  }
}
