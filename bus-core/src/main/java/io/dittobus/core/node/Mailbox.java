// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.core.transport.OwnerLoop;
import java.util.concurrent.atomic.AtomicInteger;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The only way from other threads to what a loop owns: tasks wait here for a turn of the owner. One
 * wake-up of the loop serves all that wait, and none is needed while the owner is at work anyway.
 *
 * <p>When the loop may end, the mailbox is {@linkplain #orphan orphaned}: from then on turns are
 * taken on the threads that bring tasks, still one at a time.
 */
final class Mailbox {

  /** Tasks of one turn, at most: then others on the loop have theirs. */
  private static final int MAX_TASKS = 4096;

  private static final int CHUNK = 64;

  /**
   *
   *
   * <pre>
   *        offer              turn begins
   * IDLE ─────────► AWAITED ──────────────► RUNNING
   *   ▲                                        │
   *   └────────────── turn ends ───────────────┘
   * </pre>
   */
  private static final int IDLE = 0;

  /** A turn is certain to follow. */
  private static final int AWAITED = 1;

  private static final int RUNNING = 2;

  private final Runnable turn;
  private final AtomicInteger state = new AtomicInteger(AWAITED);
  private final MpscUnboundedAtomicArrayQueue<Runnable> tasks =
      new MpscUnboundedAtomicArrayQueue<>(CHUNK);
  private volatile OwnerLoop loop;
  private volatile boolean orphaned;

  /** Where the owner goes with the end of the turn that is under way. */
  private @Nullable OwnerLoop destination;

  /**
   * A mailbox whose first turn its owner will take by itself; until then tasks only wait.
   *
   * @param turn what the owner does in its turn: {@link #runTasks} and the rest of its work, until
   *     {@link #endTurn} says that it may stop
   */
  Mailbox(OwnerLoop loop, Runnable turn) {
    this.loop = loop;
    this.turn = turn;
  }

  /** Brings a task. Any thread. */
  void offer(Runnable task) {
    tasks.offer(task);
    if (state.get() == IDLE && state.compareAndSet(IDLE, AWAITED)) {
      wake();
    }
  }

  private void wake() {
    OwnerLoop owner = loop;
    if (!orphaned) {
      owner.execute(() -> takeAwaitedTurn(owner));
    }
    // Asked again: the loop may have been about to end when it was given the task.
    if (orphaned) {
      takeAwaitedTurn(owner);
    }
  }

  /**
   * Only on the loop of the owner: it may have moved since this one was woken, and woken another.
   */
  private void takeAwaitedTurn(OwnerLoop woken) {
    if ((woken == loop || orphaned) && state.compareAndSet(AWAITED, RUNNING)) {
      turn.run();
    }
  }

  /** The loop on which turns are taken. */
  OwnerLoop loop() {
    return loop;
  }

  // On the loop

  /** A turn is certain to follow soon: nobody need wake the loop. */
  void hold() {
    state.compareAndSet(IDLE, AWAITED);
  }

  /** Takes a turn now, unless one is under way. */
  void takeTurn() {
    if (state.getAndSet(RUNNING) != RUNNING) {
      turn.run();
    }
  }

  // Within a turn

  /** Runs the tasks that wait. */
  void runTasks() {
    for (int i = 0; i < MAX_TASKS && destination == null; i++) {
      Runnable task = tasks.poll();
      if (task == null) {
        return;
      }
      task.run();
    }
  }

  /**
   * Ends the turn.
   *
   * @return false if there are tasks again: the turn goes on
   */
  boolean endTurn() {
    OwnerLoop next = destination;
    if (next != null) {
      destination = null;
      loop = next;
      yieldTurn();
      return true;
    }
    state.set(IDLE);
    return tasks.isEmpty() || !state.compareAndSet(IDLE, RUNNING);
  }

  /** Ends the turn; another one follows when others on the loop have had theirs. */
  void yieldTurn() {
    state.set(AWAITED);
    wake();
  }

  /**
   * The owner moves: with the end of this turn, which is to end now, everything is the other
   * loop's, where another turn follows. What still waits on the former loop takes no turn any more;
   * the owner must see to it that nobody there calls {@link #hold} or {@link #takeTurn}.
   */
  void moveTo(OwnerLoop other) {
    destination = other;
  }

  /** Whether the turn is to end, as the owner moves. */
  boolean isMoving() {
    return destination != null;
  }

  /** The loop may end soon. Only what may run on any thread is left to do. */
  void orphan() {
    orphaned = true;
  }

  /** Whether there is no loop any more. */
  boolean isOrphaned() {
    return orphaned;
  }
}
