// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.fake;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/** An executor whose tasks run when the test says so, one at a time: threads without threads. */
public final class TaskQueue implements Executor {

  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private boolean running;

  @Override
  public synchronized void execute(Runnable task) {
    tasks.add(task);
  }

  /** Whether a task is running, in whose thread the caller is then. */
  public synchronized boolean isRunning() {
    return running;
  }

  /** Runs the next task; false if there is none. */
  public boolean runOne() {
    Runnable task;
    synchronized (this) {
      task = running ? null : tasks.poll();
      if (task == null) {
        return false;
      }
      running = true;
    }
    try {
      task.run();
    } finally {
      synchronized (this) {
        running = false;
      }
    }
    return true;
  }

  /** Runs tasks until there are none. */
  public void runAll() {
    while (runOne()) {
      // goes on
    }
  }
}
