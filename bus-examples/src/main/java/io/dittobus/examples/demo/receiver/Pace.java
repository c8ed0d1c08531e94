// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.receiver;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * How fast the receiver consumes: steadily, then slowly, then at full speed. The first two phases
 * end with their share of the messages or with their time, whichever is first, so that a slow
 * machine loses no time. One thread at a time; blocks.
 */
final class Pace {

  /** Parts of the file, in percent. */
  private static final long STEADY_PERCENT = 40;

  private static final long SLOW_PERCENT = 4;

  private final long messages;
  private final Duration steady;
  private final Duration slow;
  private final Consumer<Phase> entered;
  private Phase phase = Phase.STEADY;
  private long position;
  private long phaseStart;
  private long phaseStartNanos;

  /**
   * A pace that begins with the first message.
   *
   * @param messages messages of the file
   * @param entered told of each phase when it begins
   */
  Pace(long messages, Duration steady, Duration slow, Consumer<Phase> entered) {
    this.messages = messages;
    this.steady = steady;
    this.slow = slow;
    this.entered = entered;
  }

  /** Waits until it is time for the next message. */
  void awaitTurn() {
    if (position == 0) {
      enter(Phase.STEADY);
    }
    switch (phase) {
      case STEADY -> await(share(STEADY_PERCENT), steady, Phase.SLOW);
      case SLOW -> await(share(SLOW_PERCENT), slow, Phase.FULL_SPEED);
      case FULL_SPEED -> {}
    }
    position++;
  }

  private long share(long percent) {
    return Math.max(1, messages * percent / 100);
  }

  private void await(long share, Duration time, Phase next) {
    long done = position - phaseStart;
    long dueNanos = phaseStartNanos + time.toNanos() * done / share;
    for (long wait = dueNanos - System.nanoTime(); wait > 0; wait = dueNanos - System.nanoTime()) {
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
      LockSupport.parkNanos(wait);
    }
    if (done >= share || System.nanoTime() - phaseStartNanos >= time.toNanos()) {
      enter(next);
    }
  }

  private void enter(Phase next) {
    phase = next;
    phaseStart = position;
    phaseStartNanos = System.nanoTime();
    entered.accept(next);
  }
}
