// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets a thread wait, until it is told from any thread that there is nothing to wait for. */
public final class Pause {

  private final CountDownLatch over = new CountDownLatch(1);

  /** Waits that long, or not at all once {@link #end} was called. Blocks. */
  public void hold(long nanos) {
    try {
      boolean ended = over.await(nanos, TimeUnit.NANOSECONDS);
      if (ended) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the waiting, now and later. */
  public void end() {
    over.countDown();
  }
}
