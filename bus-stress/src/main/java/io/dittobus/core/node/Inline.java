// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.core.transport.OwnerLoop;

/** A loop without a thread of its own: whoever brings a task runs it, until the loop has ended. */
class Inline implements OwnerLoop {

  private volatile boolean ended;

  void end() {
    ended = true;
  }

  @Override
  public boolean inLoop() {
    return true;
  }

  @Override
  public void execute(Runnable task) {
    if (!ended) {
      task.run();
    }
  }

  @Override
  public Timer schedule(Runnable task, long delayNanos) {
    return () -> {};
  }

  @Override
  public long nanoTime() {
    return 0;
  }
}
