// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.transport;

import java.util.concurrent.Executor;

/**
 * The single thread that runs links and the sessions that they carry, with its timers and its
 * clock: an event loop, or in tests a simulation with virtual time. All methods but {@link #inLoop}
 * may be called from any thread.
 */
public interface OwnerLoop extends Executor {

  /** Whether the caller is this loop. */
  boolean inLoop();

  /**
   * Runs a task on the loop, after what is running now. A task that comes after the loop has ended
   * is dropped.
   */
  @Override
  void execute(Runnable task);

  /**
   * Runs a task on the loop after a delay.
   *
   * @param delayNanos at least 0
   */
  Timer schedule(Runnable task, long delayNanos);

  /** The loop's monotonic clock; only differences mean something. */
  long nanoTime();

  /** A task that waits for its time. */
  @FunctionalInterface
  interface Timer {
    /** Forgets the task, unless it has begun. */
    void cancel();
  }
}
