// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import io.dittobus.core.transport.OwnerLoop;

/** A loop that also takes what arrives over the wire. */
interface MemoryLoop extends OwnerLoop {

  /**
   * Runs an arrival at a time of the network's clock. Arrivals at the same time keep the order of
   * the calls.
   *
   * @return false if the loop has ended: then nothing arrives, and the caller keeps what it wanted
   *     to hand over
   */
  boolean arriveAt(Runnable arrival, long atNanos);

  /**
   * Ends the loop after the tasks that it has by now; timers are forgotten, arrivals under way
   * still arrive.
   */
  void end();
}
