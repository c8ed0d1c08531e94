// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The virtual clock, and what is to happen, by time and then in the order of being asked for. One
 * thread only: the one that made it.
 */
final class EventQueue {

  /**
   * Timers set for longer than this don't keep the network from being idle: keepalives, deadlines.
   */
  static final long IDLE_HORIZON_NANOS = 100_000_000;

  /** What kind of event it is. */
  enum Kind {
    TASK,
    TIMER,
    ARRIVAL
  }

  /** Something that is to happen on a loop. */
  static final class Event implements Comparable<Event> {
    private final SimulatedLoop loop;
    private final Kind kind;
    private final Runnable task;
    private final long atNanos;
    private final long order;
    private final boolean work;

    private Event(
        SimulatedLoop loop, Kind kind, Runnable task, long atNanos, long order, boolean work) {
      this.loop = loop;
      this.kind = kind;
      this.task = task;
      this.atNanos = atNanos;
      this.order = order;
      this.work = work;
    }

    @Override
    public int compareTo(Event that) {
      int byTime = Long.compare(atNanos, that.atNanos);
      return byTime != 0 ? byTime : Long.compare(order, that.order);
    }
  }

  private final Thread owner = Thread.currentThread();
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  // Not 0, as a real clock isn't either: who forgets to take the difference of two times is found
  // out.
  private long nowNanos = 1_000_000_000_000L;
  private long added;
  private long work;
  private @Nullable SimulatedLoop running;

  long nanoTime() {
    return nowNanos;
  }

  /** The loop whose event runs now. */
  @Nullable SimulatedLoop running() {
    return running;
  }

  /** Whether nothing is left but timers that were set for long. */
  boolean idle() {
    return work == 0;
  }

  /** How many events have been asked for so far. */
  long added() {
    return added;
  }

  Event add(SimulatedLoop loop, Kind kind, Runnable task, long delayNanos) {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          "A simulation runs in one thread ("
              + owner.getName()
              + "); this is "
              + Thread.currentThread().getName());
    }
    boolean isWork = kind != Kind.TIMER || delayNanos <= IDLE_HORIZON_NANOS;
    long at = saturatedAdd(nowNanos, Math.max(0, delayNanos));
    Event event = new Event(loop, kind, task, at, added++, isWork);
    events.add(event);
    if (isWork) {
      work++;
    }
    return event;
  }

  void cancel(Event event) {
    if (events.remove(event) && event.work) {
      work--;
    }
  }

  /** Runs the next event if it is due by then; false if none is. */
  boolean runNext(long byNanos) {
    Event next = events.peek();
    if (next == null || next.atNanos > byNanos) {
      return false;
    }
    events.remove();
    if (next.work) {
      work--;
    }
    nowNanos = next.atNanos;
    if (next.loop.takes(next.kind)) {
      running = next.loop;
      try {
        next.task.run();
      } finally {
        running = null;
      }
    }
    return true;
  }

  /** Moves the clock on, past no event. */
  void advanceTo(long atNanos) {
    nowNanos = Math.max(nowNanos, atNanos);
  }

  private static long saturatedAdd(long time, long delay) {
    return delay > Long.MAX_VALUE - time ? Long.MAX_VALUE : time + delay;
  }
}
