// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.outbound;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.reactor.codec.Codecs;
import io.netty.buffer.Unpooled;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.Z_Result;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** The senders of one stream: what they share of its credit, and how each begins and ends. */
public class SendersStress {

  private static final StreamEnd LOST =
      StreamEnd.unopened(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");

  /** One sender emits what it has reserved, and reserves again; the other reserves meanwhile. */
  @JCStressTest
  @State
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "not more than the other side has granted")
  public static class Reservations {
    private final StubStream stub = new StubStream(2);
    private final OutboundSide side = new OutboundSide(stub.stream);
    private long one;
    private long other;

    /** One message is reserved. */
    public Reservations() {
      side.reserve(1, 0);
    }

    @Actor
    public void one() {
      stub.stream.enqueueMessage(Unpooled.buffer(1, 1).writeByte(1), MessageOptions.none(), null);
      side.emitted();
      one = side.reserve(1, 0);
    }

    @Actor
    public void other() {
      other = side.reserve(1, 0);
    }

    @Arbiter
    public void check(Z_Result r) {
      r.r1 = stub.taken.get() + one + other <= 2;
    }
  }

  /** Nobody waits in vain: what one gives back, the other may have. */
  @JCStressTest
  @State
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "it was requested")
  public static class GivingBack {
    private final StubStream stub = new StubStream(1);
    private final OutboundSide side = new OutboundSide(stub.stream);
    private final AtomicInteger requested = new AtomicInteger();
    private final Ended waiting = new Ended();

    /** One message is reserved, and all the credit with it. */
    public GivingBack() {
      side.reserve(1, 0);
    }

    @Actor
    public void giveBack() {
      side.giveBack(1);
    }

    @Actor
    public void send() {
      side.send(
              Flux.<byte[]>never().doOnRequest(n -> requested.addAndGet((int) n)),
              Codecs.bytes(),
              message -> MessageOptions.none(),
              SendOptions.defaults(),
              false)
          .subscribe(waiting);
    }

    @Arbiter
    public void check(I_Result r) {
      r.r1 = requested.get();
    }
  }

  /** The stream ends while one begins to send. */
  @JCStressTest
  @State
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "failed once, after its subscription")
  public static class BeginningAndEnd {
    private final StubStream stub = new StubStream(1);
    private final OutboundSide side = new OutboundSide(stub.stream);
    private final Ended waiting = new Ended();

    @Actor
    public void send() {
      side.send(
              Flux.<byte[]>never(),
              Codecs.bytes(),
              message -> MessageOptions.none(),
              SendOptions.defaults(),
              false)
          .subscribe(waiting);
    }

    @Actor
    public void end() {
      side.ended(LOST);
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = waiting.ends.get();
      r.r2 = waiting.orderly ? 1 : 0;
    }
  }

  /** One waiter is cancelled; whoever waits for a word that the sink is writable gets it. */
  @JCStressTest
  @State
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "it was told that there is room")
  public static class WritableAfterCancel {
    private final StubStream stub = new StubStream(0);
    private final OutboundSide side = new OutboundSide(stub.stream);
    private final Disposable waiter =
        side.sink().emit(Unpooled.buffer(1, 1).writeByte(1)).subscribe(nothing -> {}, e -> {});
    private volatile boolean told;

    /** There is room, though not for the waiter, whose message is larger. */
    public WritableAfterCancel() {
      stub.places.set(2);
    }

    @Actor
    public void cancel() {
      waiter.dispose();
    }

    @Actor
    public void listen() {
      side.sink().writable().subscribe(credit -> told = true);
    }

    @Arbiter
    public void check(I_Result r) {
      r.r1 = told ? 1 : 0;
    }
  }

  /** Who begins to listen while there is more credit. */
  @JCStressTest
  @State
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "the last word is the latest")
  public static class WritableAndCredit {
    private final StubStream stub = new StubStream(1);
    private final OutboundSide side = new OutboundSide(stub.stream);
    private volatile long last;

    @Actor
    public void listen() {
      side.sink().writable().subscribe(credit -> last = credit);
    }

    @Actor
    public void credit() {
      stub.places.set(2);
      side.creditChanged();
    }

    @Arbiter
    public void check(I_Result r) {
      r.r1 = (int) last;
    }
  }

  private static final class Ended implements CoreSubscriber<Void> {
    final AtomicInteger ends = new AtomicInteger();
    private volatile boolean subscribed;
    volatile boolean orderly = true;

    @Override
    public void onSubscribe(Subscription subscription) {
      subscribed = true;
    }

    @Override
    public void onNext(Void nothing) {
      orderly = false;
    }

    @Override
    public void onError(Throwable error) {
      orderly &= subscribed;
      ends.incrementAndGet();
    }

    @Override
    public void onComplete() {
      onError(new IllegalStateException("completed"));
    }
  }
}
