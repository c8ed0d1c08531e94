// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.core.transport.OwnerLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every task runs once, in the order of its thread, one at a time, without a wake-up lost. */
class MailboxTest {

  private static final long BOUND_SECONDS = 30;
  private static final int TASKS = 20_000;
  private static final int ORPHANS = 100;

  /** A thread that runs what it is given, until it ends and forgets the rest. */
  private static final class ThreadLoop implements OwnerLoop {
    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final Thread thread = new Thread(this::run, "loop");
    private volatile boolean ended;

    ThreadLoop() {
      thread.setDaemon(true);
      thread.start();
    }

    private void run() {
      try {
        while (!ended) {
          tasks.take().run();
        }
      } catch (InterruptedException e) {
        ended = true;
      }
    }

    void end() {
      ended = true;
    }

    @Override
    public boolean inLoop() {
      return Thread.currentThread() == thread;
    }

    @Override
    public void execute(Runnable task) {
      if (!ended) {
        tasks.add(task);
      }
    }

    @Override
    public Timer schedule(Runnable task, long delayNanos) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long nanoTime() {
      return System.nanoTime();
    }
  }

  private final ThreadLoop loop = new ThreadLoop();
  private final ThreadLoop otherLoop = new ThreadLoop();
  private boolean moving;
  private final Mailbox mailbox = new Mailbox(loop, this::turn);
  private final AtomicBoolean inTurn = new AtomicBoolean();
  private final AtomicReference<String> fault = new AtomicReference<>();
  private final AtomicInteger ran = new AtomicInteger();
  private int rounds;

  private void turn() {
    if (!inTurn.compareAndSet(false, true)) {
      fault.set("two turns at once");
    }
    if (!mailbox.isOrphaned() && !mailbox.loop().inLoop()) {
      fault.set("a turn outside the loop");
    }
    boolean over = false;
    while (!over) {
      mailbox.runTasks();
      // As from within a turn: without effect, as one is under way.
      mailbox.hold();
      mailbox.takeTurn();
      boolean moves = moving && rounds % 5 == 0;
      if (moves) {
        mailbox.moveTo(mailbox.loop() == loop ? otherLoop : loop);
        mailbox.runTasks(); // there are none for a loop that is left
      }
      inTurn.set(false);
      if (++rounds % 7 == 0 && !mailbox.isOrphaned() && !moves) {
        mailbox.yieldTurn();
        return;
      }
      over = mailbox.endTurn();
      if (!over && !inTurn.compareAndSet(false, true)) {
        fault.set("a turn went on beside another");
      }
    }
  }

  @AfterEach
  void endLoop() {
    for (ThreadLoop each : List.of(loop, otherLoop)) {
      each.end();
      each.thread.interrupt();
    }
  }

  /** Brings tasks; after each it waits until that has run, if so asked. */
  private void bring(int tasks, boolean waits) throws InterruptedException {
    Semaphore hasRun = new Semaphore(0);
    AtomicInteger last = new AtomicInteger(-1);
    for (int i = 0; i < tasks; i++) {
      int number = i;
      mailbox.offer(
          () -> {
            if (last.getAndSet(number) != number - 1) {
              fault.set("task " + number + " ran out of order");
            }
            ran.incrementAndGet();
            hasRun.release();
          });
      if (waits && !hasRun.tryAcquire(BOUND_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("task " + number + " was not run");
      }
    }
    if (!waits && !hasRun.tryAcquire(tasks, BOUND_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("only " + hasRun.availablePermits() + " of " + tasks + " were run");
    }
  }

  private void stress(int threads, int tasks, Runnable meanwhile) throws Exception {
    ExecutorService bringers = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> bringing = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        boolean waits = i % 2 == 0;
        bringing.add(
            bringers.submit(
                () -> {
                  bring(tasks, waits);
                  return null;
                }));
      }
      meanwhile.run();
      for (Future<?> each : bringing) {
        each.get(2 * BOUND_SECONDS, TimeUnit.SECONDS);
      }
    } finally {
      bringers.shutdownNow();
    }
    assertThat(fault.get()).isNull();
    assertThat(ran.get()).isEqualTo(threads * tasks);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void noWakeUpIsLost(int threads) throws Exception {
    loop.execute(mailbox::takeTurn);
    stress(threads, TASKS, () -> {});
  }

  /** The owner takes turns of its own too, with tasks coming in between. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void norBesideTurnsThatTheOwnerTakesByItself(int threads) throws Exception {
    loop.execute(mailbox::takeTurn);
    stress(
        threads,
        TASKS,
        () -> {
          for (int i = 0; i < TASKS; i++) {
            loop.execute(
                () -> {
                  mailbox.hold();
                  mailbox.takeTurn();
                });
          }
        });
  }

  /** The loops that the owner leaves still have wake-ups for it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void norWhenTheOwnerMoves(int threads) throws Exception {
    moving = true;
    loop.execute(mailbox::takeTurn);
    stress(threads, TASKS, () -> {});
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void norWhenTheLoopEnds(int threads) throws Exception {
    for (int i = 0; i < ORPHANS; i++) {
      MailboxTest once = new MailboxTest();
      once.loop.execute(once.mailbox::takeTurn);
      int after = i * 10;
      once.stress(
          threads,
          100,
          () -> {
            // Somewhere within; what is lost is told by those who bring.
            long start = System.nanoTime();
            while (once.ran.get() < Math.min(after, threads * 50)
                && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(BOUND_SECONDS)) {
              Thread.onSpinWait();
            }
            once.loop.execute(
                () -> {
                  once.mailbox.orphan();
                  once.mailbox.takeTurn();
                  once.loop.end();
                });
          });
      once.endLoop();
    }
  }
}
