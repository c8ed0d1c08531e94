// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

/**
 * A loop in virtual time: it has no thread, its events are in the queue of its {@link
 * SimulatedNetwork}.
 */
final class SimulatedLoop implements MemoryLoop {

  private final EventQueue events;
  private boolean ended;

  SimulatedLoop(EventQueue events) {
    this.events = events;
  }

  @Override
  public boolean inLoop() {
    return events.running() == this;
  }

  @Override
  public void execute(Runnable task) {
    if (!ended) {
      events.add(this, EventQueue.Kind.TASK, task, 0);
    }
  }

  @Override
  public Timer schedule(Runnable task, long delayNanos) {
    if (delayNanos < 0) {
      throw new IllegalArgumentException("A delay is at least 0; this is " + delayNanos);
    }
    if (ended) {
      return () -> {};
    }
    EventQueue.Event event = events.add(this, EventQueue.Kind.TIMER, task, delayNanos);
    return () -> events.cancel(event);
  }

  @Override
  public boolean arriveAt(Runnable arrival, long atNanos) {
    if (ended) {
      return false;
    }
    events.add(this, EventQueue.Kind.ARRIVAL, arrival, atNanos - events.nanoTime());
    return true;
  }

  @Override
  public long nanoTime() {
    return events.nanoTime();
  }

  @Override
  public void end() {
    execute(() -> ended = true);
  }

  /**
   * Whether an event of this kind still runs: a loop that has ended takes arrivals only, to release
   * them.
   */
  boolean takes(EventQueue.Kind kind) {
    return !ended || kind == EventQueue.Kind.ARRIVAL;
  }
}
