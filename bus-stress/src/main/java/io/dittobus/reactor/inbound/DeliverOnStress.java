// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.inbound;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import java.util.concurrent.RejectedExecutionException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * Messages on a scheduler: each is delivered or discarded, one at a time. The scheduler of these
 * tests runs what it is given on the thread that gives it, so that all races are between the two
 * actors.
 */
public class DeliverOnStress {

  private static final StreamEnd LOST =
      StreamEnd.unopened(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");

  /** A scheduler without threads. */
  private static final class Direct implements Scheduler {
    private volatile boolean ended;

    @Override
    public Disposable schedule(Runnable task) {
      if (ended) {
        throw new RejectedExecutionException("ended");
      }
      task.run();
      return this;
    }

    @Override
    public Worker createWorker() {
      return new Worker() {
        @Override
        public Disposable schedule(Runnable task) {
          return Direct.this.schedule(task);
        }

        @Override
        public void dispose() {
          ended = true;
        }
      };
    }

    @Override
    public void dispose() {
      ended = true;
    }

    @Override
    public boolean isDisposed() {
      return ended;
    }
  }

  /** A scheduler that keeps what it is given until it is told to run it, if it ever is. */
  private static final class Late implements Scheduler {
    private volatile Runnable task = () -> {};
    private volatile boolean ended;

    void run() {
      task.run();
    }

    @Override
    public Disposable schedule(Runnable next) {
      if (ended) {
        throw new RejectedExecutionException("ended");
      }
      task = next;
      return this;
    }

    @Override
    public Worker createWorker() {
      return new Worker() {
        @Override
        public Disposable schedule(Runnable next) {
          return Late.this.schedule(next);
        }

        @Override
        public void dispose() {
          ended = true;
        }
      };
    }

    @Override
    public void dispose() {
      ended = true;
    }

    @Override
    public boolean isDisposed() {
      return ended;
    }
  }

  abstract static class Delivering {
    final Direct scheduler = new Direct();
    final Source source = new Source();
    final ReceiveStress.Receiver receiver;

    Delivering(int requested) {
      receiver = new ReceiveStress.Receiver(requested);
      source.side.receive().deliverOn(scheduler, 4).subscribe(receiver);
    }

    /** What belongs to no message is the test's own. */
    int kept() {
      return source.data.refCnt() - 1;
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "2, 2, 1", expect = ACCEPTABLE, desc = "both delivered, acknowledged, in turn")
  public static class MessagesAndDemand extends Delivering {
    public MessagesAndDemand() {
      super(1);
    }

    @Actor
    public void messages() {
      source.deliver(1);
      source.deliver(2);
    }

    @Actor
    public void request() {
      receiver.subscription.request(1);
    }

    @Arbiter
    public void check(III_Result r) {
      r.r1 = receiver.got.get();
      r.r2 = (int) source.acknowledged;
      r.r3 = receiver.serial ? 1 : 0;
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "discarded")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "one delivered, one discarded")
  @Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "delivered")
  public static class MessagesAndCancel extends Delivering {
    public MessagesAndCancel() {
      super(2);
    }

    @Actor
    public void messages() {
      source.deliver(1);
      source.deliver(2);
    }

    @Actor
    public void cancel() {
      receiver.subscription.cancel();
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = receiver.got.get();
      r.r2 = kept();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "discarded")
  @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "delivered before the scheduler ended")
  public static class MessageAndSchedulersEnd extends Delivering {
    public MessageAndSchedulersEnd() {
      super(1);
      scheduler.dispose();
    }

    @Actor
    public void message() {
      source.deliver(1);
    }

    @Actor
    public void request() {
      receiver.subscription.request(1);
    }

    @Arbiter
    public void check(III_Result r) {
      r.r1 = receiver.got.get();
      r.r2 = receiver.ends.get();
      r.r3 = kept();
    }
  }

  /** What the scheduler took before it ended may run after all, beside the one who takes over. */
  @JCStressTest
  @State
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "discarded")
  @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "delivered, and the end noticed afterwards")
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "delivered, and the end not noticed yet")
  public static class LateTaskAndSchedulersEnd {
    private final Late scheduler = new Late();
    private final Source source = new Source();
    private final ReceiveStress.Receiver receiver = new ReceiveStress.Receiver(1);

    public LateTaskAndSchedulersEnd() {
      source.side.receive().deliverOn(scheduler, 4).subscribe(receiver);
      scheduler.run();
      source.deliver(1);
    }

    @Actor
    public void task() {
      scheduler.run();
    }

    @Actor
    public void request() {
      scheduler.dispose();
      receiver.subscription.request(1);
    }

    @Arbiter
    public void check(III_Result r) {
      r.r1 = receiver.got.get();
      r.r2 = receiver.ends.get();
      r.r3 = source.data.refCnt() - 1;
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both were delivered, then it ended")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "it failed first, as it may")
  public static class MessageAndEnd extends Delivering {
    public MessageAndEnd() {
      super(0);
    }

    @Actor
    public void messages() {
      source.deliver(1);
      source.side.ended(LOST);
    }

    @Actor
    public void request() {
      receiver.subscription.request(1);
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = receiver.got.get();
      r.r2 = receiver.ends.get();
    }
  }
}
