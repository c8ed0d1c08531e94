// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import io.dittobus.core.transport.OwnerLoop;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * A network in virtual time: one clock, one queue of events, one thread. Nothing moves but within
 * {@link #runUntilIdle}, {@link #advance} and {@link #runUntil}; the same seed and the same calls
 * give the same run.
 *
 * <p>What a handler or a task throws comes out of these three methods.
 */
public final class SimulatedNetwork extends MemoryNetwork {

  /** More events than this without coming to rest are taken for an endless loop. */
  private static final long MOST_EVENTS = 50_000_000;

  private final EventQueue events = new EventQueue();

  /** A network with the options for virtual time. */
  public SimulatedNetwork(long seed) {
    this(seed, NetworkOptions.simulated());
  }

  /** A network with these options. */
  public SimulatedNetwork(long seed, NetworkOptions options) {
    super(seed, options);
  }

  /** A loop of no host, for what a test itself wants to run in virtual time. */
  public OwnerLoop loop() {
    return newLoop("test");
  }

  /** The virtual clock; only differences mean something. */
  public long nanoTime() {
    return events.nanoTime();
  }

  /**
   * Runs until no byte is on the way and no task waits, moving the clock as far as that takes.
   * Timers that were set for at most 100 ms count as work; those set for longer (keepalives,
   * deadlines) run only if they fall due meanwhile.
   */
  public void runUntilIdle() {
    long limit = events.added() + MOST_EVENTS;
    while (!events.idle()) {
      step(Long.MAX_VALUE);
      if (events.added() > limit) {
        throw new AssertionError("The network does not come to rest (seed " + seed() + ")");
      }
    }
  }

  /** Runs everything that falls due within this time, and leaves the clock at its end. */
  public void advance(Duration time) {
    long until = events.nanoTime() + time.toNanos();
    while (step(until)) {
      // One event after the other.
    }
    events.advanceTo(until);
  }

  /**
   * Runs until a condition holds, which is looked at after each event.
   *
   * @throws AssertionError if it does not hold within this time of the virtual clock
   */
  public void runUntil(BooleanSupplier condition, Duration limit) {
    long until = events.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (!step(until)) {
        events.advanceTo(until);
        throw new AssertionError(
            "The condition did not come true within " + limit + " (seed " + seed() + ")");
      }
    }
  }

  private boolean step(long byNanos) {
    try {
      return events.runNext(byNanos);
    } catch (RuntimeException | Error e) {
      e.addSuppressed(new AssertionError("seed " + seed()));
      throw e;
    }
  }

  /** Closes all transports and runs until they are closed. */
  @Override
  public void close() {
    closeTransports();
    runUntilIdle();
  }

  @Override
  MemoryLoop newLoop(String name) {
    return new SimulatedLoop(events);
  }
}
