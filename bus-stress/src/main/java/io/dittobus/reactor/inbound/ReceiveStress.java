// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.inbound;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/** The receiver of a stream: its demand reaches the other side, and it hears of one end. */
public class ReceiveStress {

  private static final StreamEnd LOST =
      StreamEnd.unopened(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");

  /** Counts, and knows whether signals came side by side. */
  static final class Receiver implements CoreSubscriber<ByteBuf> {
    private final int atOnce;
    final AtomicInteger got = new AtomicInteger();
    final AtomicInteger ends = new AtomicInteger();
    private final AtomicInteger within = new AtomicInteger();
    volatile boolean serial = true;
    volatile Subscription subscription;

    /** Requests so many while it is being subscribed. */
    Receiver(int atOnce) {
      this.atOnce = atOnce;
    }

    private void signal(Runnable work) {
      serial &= within.getAndIncrement() == 0;
      work.run();
      within.decrementAndGet();
    }

    @Override
    public void onSubscribe(Subscription newSubscription) {
      signal(
          () -> {
            subscription = newSubscription;
            if (atOnce > 0) {
              newSubscription.request(atOnce);
            }
          });
    }

    @Override
    public void onNext(ByteBuf message) {
      signal(got::incrementAndGet);
    }

    @Override
    public void onError(Throwable error) {
      signal(ends::incrementAndGet);
    }

    @Override
    public void onComplete() {
      signal(ends::incrementAndGet);
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "one end, after the subscription")
  public static class SubscribeAndEnd {
    private final Source source = new Source();
    private final Receiver receiver = new Receiver(1);

    @Actor
    public void subscribe() {
      source.side.receive().subscribe(receiver);
    }

    @Actor
    public void end() {
      source.side.ended(LOST);
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = receiver.ends.get();
      r.r2 = receiver.serial ? 1 : 0;
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "7", expect = ACCEPTABLE, desc = "all of the demand, once")
  public static class EarlyDemand {
    private final Source source = new Source();
    private final Receiver receiver = new Receiver(3);

    @Actor
    public void subscribe() {
      source.side.receive().subscribe(receiver);
    }

    @Actor
    public void request() {
      Subscription subscription = receiver.subscription;
      while (subscription == null) {
        Thread.onSpinWait();
        subscription = receiver.subscription;
      }
      subscription.request(4);
    }

    @Arbiter
    public void check(I_Result r) {
      r.r1 = (int) source.requested.get();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "it ended first; nothing is left to cancel")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "it was cancelled first, and hears no end")
  public static class CancelAndEnd {
    private final Source source = new Source();
    private final Receiver receiver = new Receiver(1);

    /** It is subscribed. */
    public CancelAndEnd() {
      source.side.receive().subscribe(receiver);
    }

    @Actor
    public void cancel() {
      receiver.subscription.cancel();
    }

    @Actor
    public void end() {
      source.side.ended(LOST);
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = receiver.ends.get();
      r.r2 = source.cancels.get();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "received and acknowledged, then cancelled")
  @Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "cancelled; not received")
  public static class CancelAndMessage {
    private final Source source = new Source();
    private final Receiver receiver = new Receiver(1);

    /** It is subscribed. */
    public CancelAndMessage() {
      source.side.receive().subscribe(receiver);
    }

    @Actor
    public void cancel() {
      receiver.subscription.cancel();
    }

    @Actor
    public void message() {
      source.deliver(1);
    }

    @Arbiter
    public void check(III_Result r) {
      r.r1 = receiver.got.get();
      r.r2 = (int) source.acknowledged;
      r.r3 = source.cancels.get();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "one receiver; the other was refused")
  public static class TwoReceivers {
    private final Source source = new Source();
    private final Receiver one = new Receiver(1);
    private final Receiver other = new Receiver(1);

    @Actor
    public void one() {
      source.side.receive().subscribe(one);
    }

    @Actor
    public void other() {
      source.side.receive().subscribe(other);
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = (int) source.requested.get();
      r.r2 = one.ends.get() + other.ends.get();
    }
  }
}
