// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;

import io.dittobus.api.IncomingMessage;
import io.dittobus.api.IncomingStream;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.result.CloseReport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** What peers begin: each stream and each message finds one who takes it, or is refused. */
public class BeginningStress {

  /** Streams and messages of a peer, which count what becomes of them. */
  static final class Peer {
    final AtomicInteger accepted = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger disposed = new AtomicInteger();
    final AtomicInteger answers = new AtomicInteger();
    final ByteBuf data = Unpooled.buffer(1, 1);

    IncomingStream stream() {
      return proxy(IncomingStream.class);
    }

    IncomingMessage message() {
      return proxy(IncomingMessage.class);
    }

    private <T> T proxy(Class<T> type) {
      return type.cast(
          Proxy.newProxyInstance(
              Peer.class.getClassLoader(),
              new Class<?>[] {type},
              (proxy, method, arguments) -> call(method.getName(), method.getReturnType())));
    }

    private Object call(String name, Class<?> returns) {
      switch (name) {
        case "accept" -> accepted.incrementAndGet();
        case "refuse" -> refused.incrementAndGet();
        case "dispose" -> disposed.incrementAndGet();
        case "acknowledge", "fail" -> answers.incrementAndGet();
        default -> {
          // of no interest here
        }
      }
      if (returns == String.class) {
        return "label";
      }
      if (returns == ByteBuf.class) {
        return data;
      }
      if (returns == Metadata.class) {
        return Metadata.empty();
      }
      if (returns == long.class) {
        return 0L;
      }
      return returns.isInterface() && returns != Void.class ? proxy(returns) : null;
    }
  }

  /** Takes what it has requested while it was being subscribed. */
  private static final class Taking implements CoreSubscriber<ReactorStream> {
    final AtomicInteger got = new AtomicInteger();
    final AtomicInteger completed = new AtomicInteger();
    volatile boolean beside;
    private volatile boolean subscribing;
    volatile Subscription subscription;

    @Override
    public void onSubscribe(Subscription newSubscription) {
      subscribing = true;
      subscription = newSubscription;
      newSubscription.request(1);
      subscribing = false;
    }

    @Override
    public void onNext(ReactorStream stream) {
      beside |= subscribing;
      got.incrementAndGet();
    }

    @Override
    public void onError(Throwable error) {
      beside = true; // there is no error here
    }

    @Override
    public void onComplete() {
      beside |= subscribing;
      completed.incrementAndGet();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "it was taken, after the subscription")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "nobody took it yet, it was refused")
  public static class SubscribeAndStream {
    private final BusEvents events = new BusEvents();
    private final Taking taking = new Taking();
    private final Peer peer = new Peer();

    @Actor
    public void subscribe() {
      events
          .incoming()
          .flux(FlowOptions.defaults(), events)
          .subscribe((Subscriber<ReactorStream>) taking);
    }

    @Actor
    public void stream() {
      events.newIncomingStream(peer.stream());
    }

    @Arbiter
    public void check(III_Result r) {
      r.r1 = taking.got.get();
      r.r2 = peer.refused.get();
      r.r3 = taking.beside ? 1 : 0;
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "it was taken")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "it was accepted, and disposed of")
  @Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "it was refused")
  public static class CancelAndStream {
    private final BusEvents events = new BusEvents();
    private final Taking taking = new Taking();
    private final Peer peer = new Peer();

    /** There is a subscriber, which waits for one. */
    public CancelAndStream() {
      events
          .incoming()
          .flux(FlowOptions.defaults(), events)
          .subscribe((Subscriber<ReactorStream>) taking);
    }

    @Actor
    public void cancel() {
      taking.subscription.cancel();
    }

    @Actor
    public void stream() {
      events.newIncomingStream(peer.stream());
    }

    @Arbiter
    public void check(III_Result r) {
      r.r1 = taking.got.get();
      r.r2 = peer.disposed.get();
      r.r3 = peer.refused.get();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "one stream of two, and the end once")
  public static class DemandAndEnd {
    private final BusEvents events = new BusEvents();
    private final Taking taking = new Taking();
    private final Peer peer = new Peer();

    /** There is a subscriber, which waits for one. */
    public DemandAndEnd() {
      events
          .incoming()
          .flux(FlowOptions.defaults(), events)
          .subscribe((Subscriber<ReactorStream>) taking);
    }

    @Actor
    public void one() {
      events.newIncomingStream(peer.stream());
    }

    @Actor
    public void other() {
      events.newIncomingStream(peer.stream());
    }

    @Arbiter
    public void check(II_Result r) {
      events.busClosed(new CloseReport(0, 0, 0, 0));
      r.r1 = taking.got.get();
      r.r2 = taking.completed.get();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "one is handled, the other is too many")
  @Outcome(id = "0, 2", expect = ACCEPTABLE_INTERESTING, desc = "both were too many for a moment")
  public static class HandlerLimit {
    private final Peer peer = new Peer();
    private final StreamHandler handler =
        new StreamHandler(
            stream -> Mono.never(), FlowOptions.defaults(), Metadata.empty(), 1, Context.empty());

    @Actor
    public void one() {
      handler.handle(peer.stream());
    }

    @Actor
    public void other() {
      handler.handle(peer.stream());
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = peer.accepted.get();
      r.r2 = peer.refused.get();
    }
  }

  /** A publisher that breaks the rules, and says two ends at the same time. */
  @JCStressTest
  @State
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "one answer, and the data were released once")
  public static class MessageEnds {
    private final Peer peer = new Peer();
    private Subscriber<? super Object> run;

    /** The message is being handled. */
    public MessageEnds() {
      Publisher<Object> publisher = subscriber -> run = subscriber;
      new MessageHandler(message -> publisher, Context.empty()).handle(peer.message());
    }

    @Actor
    public void complete() {
      run.onComplete();
    }

    @Actor
    public void completeToo() {
      run.onComplete();
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = peer.answers.get();
      r.r2 = peer.data.refCnt();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "one of the two handlers has the label")
  public static class Registering {
    private final BusEvents events = new BusEvents();
    private boolean one;
    private boolean other;

    private boolean register() {
      return events.register("label", new MessageHandler(message -> Mono.empty(), Context.empty()));
    }

    @Actor
    public void one() {
      one = register();
    }

    @Actor
    public void other() {
      other = register();
    }

    @Arbiter
    public void check(I_Result r) {
      r.r1 = (one ? 1 : 0) + (other ? 1 : 0);
    }
  }
}
