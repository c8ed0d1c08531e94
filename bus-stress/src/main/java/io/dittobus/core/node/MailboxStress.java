// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Every task runs, once, and never beside another. */
public class MailboxStress {

  /** Counts without synchronization: tasks that ran side by side would lose one. */
  abstract static class Tasks {
    final Inline loop = new Inline();
    final Mailbox mailbox = new Mailbox(loop, this::turn);
    int ran;

    Tasks() {
      mailbox.takeTurn();
    }

    private void turn() {
      do {
        mailbox.runTasks();
      } while (!mailbox.endTurn());
    }

    void task() {
      ran++;
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "3", expect = ACCEPTABLE, desc = "all ran")
  public static class Offers extends Tasks {
    @Actor
    public void one() {
      mailbox.offer(this::task);
    }

    @Actor
    public void others() {
      mailbox.offer(this::task);
      mailbox.offer(this::task);
    }

    @Arbiter
    public void count(I_Result r) {
      r.r1 = ran;
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "all ran")
  public static class OffersWhileTheLoopEnds extends Tasks {
    @Actor
    public void one() {
      mailbox.offer(this::task);
    }

    @Actor
    public void end() {
      mailbox.orphan();
      loop.end();
      mailbox.offer(this::task);
    }

    @Arbiter
    public void count(I_Result r) {
      r.r1 = ran;
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "3", expect = ACCEPTABLE, desc = "all ran")
  public static class OffersWhileTheOwnerMoves extends Tasks {
    private final Inline otherLoop = new Inline();

    @Actor
    public void one() {
      mailbox.offer(this::task);
      mailbox.offer(this::task);
    }

    @Actor
    public void move() {
      mailbox.offer(() -> mailbox.moveTo(otherLoop));
      mailbox.offer(this::task);
    }

    @Arbiter
    public void count(I_Result r) {
      r.r1 = mailbox.loop() == otherLoop ? ran : -1;
    }
  }
}
