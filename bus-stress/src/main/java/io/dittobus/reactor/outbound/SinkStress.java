// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.outbound;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.reactor.codec.Codecs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.J_Result;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Sinks;

/** The sink, who waits in it, and what senders share. */
public class SinkStress {

  private static final StreamEnd LOST =
      StreamEnd.unopened(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");

  abstract static class Sending {
    final StubStream stub;
    final OutboundSide side;
    final AtomicInteger done = new AtomicInteger();
    final AtomicInteger failed = new AtomicInteger();

    Sending(int places) {
      stub = new StubStream(places);
      side = new OutboundSide(stub.stream);
    }

    ByteBuf message(int number) {
      return Unpooled.buffer(1).writeByte(number);
    }

    Disposable emit(ByteBuf message) {
      return side.sink()
          .emit(message)
          .subscribe(
              nothing -> {}, error -> failed.incrementAndGet(), () -> done.incrementAndGet());
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "2, 0, 2", expect = ACCEPTABLE, desc = "both were taken when there was room")
  public static class WaitersAndRoom extends Sending {
    public WaitersAndRoom() {
      super(0);
    }

    @Actor
    public void one() {
      emit(message(1));
      emit(message(2));
    }

    @Actor
    public void room() {
      stub.places.set(2);
      side.creditChanged();
    }

    @Arbiter
    public void check(III_Result r) {
      // The stub forgets who found no room; the stream does not, and tells (EmitsStress).
      side.creditChanged();
      r.r1 = done.get();
      r.r2 = failed.get();
      r.r3 = stub.taken.get();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "it was taken before it was cancelled")
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "it was taken back, and released")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "it was taken, and nobody cared any more")
  public static class WaiterAndCancel extends Sending {
    private final ByteBuf message = message(1);
    private final Disposable waiting;

    public WaiterAndCancel() {
      super(0);
      waiting = emit(message);
    }

    @Actor
    public void room() {
      stub.places.set(1);
      side.creditChanged();
    }

    @Actor
    public void cancel() {
      waiting.dispose();
    }

    @Arbiter
    public void check(III_Result r) {
      r.r1 = done.get();
      r.r2 = stub.taken.get();
      r.r3 = message.refCnt();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "it was taken before the end")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "it was not, and its waiter was told")
  public static class WaiterAndEnd extends Sending {
    private final ByteBuf message = message(1);

    public WaiterAndEnd() {
      super(0);
    }

    @Actor
    public void emit() {
      emit(message);
    }

    @Actor
    public void room() {
      stub.places.set(1);
      side.creditChanged();
      stub.ended = true;
      side.ended(LOST);
    }

    @Arbiter
    public void check(III_Result r) {
      r.r1 = done.get();
      r.r2 = failed.get();
      r.r3 = message.refCnt();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "it overflowed, and came after the waiter")
  @Outcome(id = "2, 2", expect = ACCEPTABLE, desc = "it came when the waiter was through")
  public static class Overtaking extends Sending {
    private volatile boolean tried;

    public Overtaking() {
      super(0);
      emit(message(1));
    }

    @Actor
    public void room() {
      stub.places.set(2);
      side.creditChanged();
    }

    @Actor
    public void tryEmit() {
      tried = side.sink().tryEmitNext(message(2)) == Sinks.EmitResult.OK;
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = stub.lastTaken;
      r.r2 = 1 + (tried ? 1 : 0);
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "completed once")
  public static class WritableAndEnd extends Sending {
    public WritableAndEnd() {
      super(1);
    }

    @Actor
    public void listen() {
      side.sink().writable().subscribe(credit -> {}, error -> {}, () -> done.incrementAndGet());
    }

    @Actor
    public void end() {
      side.creditChanged();
      side.ended(LOST);
    }

    @Arbiter
    public void check(I_Result r) {
      r.r1 = done.get();
    }
  }

  @JCStressTest
  @State
  @Outcome(
      id = {"0", "1"},
      expect = ACCEPTABLE,
      desc = "never more than the credit")
  public static class Reserving extends Sending {
    private long one;
    private long other;

    public Reserving() {
      super(1);
    }

    @Actor
    public void one() {
      one = side.reserve(1, 0);
    }

    @Actor
    public void other() {
      other = side.reserve(1, 0);
    }

    @Arbiter
    public void check(J_Result r) {
      r.r1 = one + other;
    }
  }

  /** A publisher's message finds one in line who is leaving it, or nobody, or room. */
  @JCStressTest
  @State
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "both were taken when there was room")
  public static class SendAndWaiter extends Sending {
    private Subscriber<? super ByteBuf> sender;

    public SendAndWaiter() {
      super(0);
      side.<ByteBuf>send(
              subscriber -> {
                sender = subscriber;
                subscriber.onSubscribe(
                    new Subscription() {
                      @Override
                      public void request(long n) {}

                      @Override
                      public void cancel() {}
                    });
              },
              Codecs.buffer(),
              value -> MessageOptions.none(),
              SendOptions.defaults().withPrefetch(1),
              false)
          .subscribe();
      emit(message(2));
      stub.places.set(2); // of which nobody has been told
    }

    @Actor
    public void next() {
      sender.onNext(message(1));
    }

    @Actor
    public void room() {
      side.creditChanged();
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = done.get();
      r.r2 = stub.taken.get();
    }
  }

  /** A publisher's message, and a cancel of the one who waits. */
  @JCStressTest
  @State
  @Outcome(
      id = {"1, 0", "0, 0"},
      expect = ACCEPTABLE,
      desc = "sent or discarded, and released")
  public static class SendAndCancel extends Sending {
    private final ByteBuf message = message(1);
    private final BaseSubscriber<Void> waiting = new BaseSubscriber<>() {};
    private Subscriber<? super ByteBuf> sender;

    public SendAndCancel() {
      super(1);
      side.<ByteBuf>send(
              subscriber -> {
                sender = subscriber;
                subscriber.onSubscribe(
                    new Subscription() {
                      @Override
                      public void request(long n) {}

                      @Override
                      public void cancel() {}
                    });
              },
              Codecs.buffer(),
              value -> MessageOptions.none(),
              SendOptions.defaults(),
              false)
          .subscribe(waiting);
    }

    @Actor
    public void next() {
      sender.onNext(message);
    }

    @Actor
    public void cancel() {
      waiting.cancel();
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = stub.taken.get();
      r.r2 = message.refCnt();
    }
  }
}
