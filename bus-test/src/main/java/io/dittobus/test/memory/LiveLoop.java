// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A loop in real time: one daemon thread, which ends with it. */
final class LiveLoop implements MemoryLoop {

  private record Event(Runnable task, boolean timer, long atNanos, long order)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event that) {
      // Only differences of nanoTime mean something.
      int byTime = Long.signum(atNanos - that.atNanos);
      return byTime != 0 ? byTime : Long.compare(order, that.order);
    }
  }

  private final Thread thread;
  private final Consumer<Throwable> failures;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long added;
  private boolean ended;

  /**
   * Starts the loop.
   *
   * @param failures told what tasks throw
   */
  LiveLoop(String name, Consumer<Throwable> failures) {
    this.failures = failures;
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public boolean inLoop() {
    return Thread.currentThread() == thread;
  }

  @Override
  public void execute(Runnable task) {
    add(task, false, nanoTime());
  }

  @Override
  public Timer schedule(Runnable task, long delayNanos) {
    if (delayNanos < 0) {
      throw new IllegalArgumentException("A delay is at least 0; this is " + delayNanos);
    }
    // Half the range of the clock, so that differences keep their sign.
    Event event = add(task, true, nanoTime() + Math.min(delayNanos, Long.MAX_VALUE >> 1));
    return () -> remove(event);
  }

  @Override
  public boolean arriveAt(Runnable arrival, long atNanos) {
    return add(arrival, false, atNanos) != null;
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public void end() {
    lock.lock();
    try {
      ended = true;
      events.removeIf(Event::timer);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Event add(Runnable task, boolean timer, long atNanos) {
    lock.lock();
    try {
      if (ended) {
        return null;
      }
      Event event = new Event(task, timer, atNanos, added++);
      events.add(event);
      if (event.equals(events.peek())) {
        changed.signal();
      }
      return event;
    } finally {
      lock.unlock();
    }
  }

  private void remove(@Nullable Event event) {
    lock.lock();
    try {
      events.remove(event);
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (true) {
      try {
        Event event = next();
        if (event == null) {
          return;
        }
        event.task().run();
      } catch (Throwable e) {
        // The loop serves others too; the network tells of it when it is closed. Nobody has a
        // reason to interrupt this
        // thread: end() is how it ends.
        failures.accept(e);
      }
    }
  }

  /** Waits for the next event; null when the loop has ended and nothing is left. */
  private @Nullable Event next() throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        Event event = events.peek();
        if (event == null && ended) {
          return null;
        }
        if (event == null) {
          changed.await();
          continue;
        }
        long wait = event.atNanos() - nanoTime();
        if (wait <= 0 || ended) {
          return events.poll();
        }
        changed.awaitNanos(wait);
      }
    } finally {
      lock.unlock();
    }
  }
}
