// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.IncomingMessage;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.fake.FakeBus;
import io.dittobus.reactor.fake.FakeStream;
import io.dittobus.reactor.fake.TaskQueue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The bus: starting, connecting, opening, handlers, the streams without one, closing. */
class ReactorBusTest {

  private static final DittoAddress PEER = PeerIdentity.ephemeral().address();
  private static final StreamOptions OPTIONS = StreamOptions.reliable("test/v1");

  private FakeBus fake;
  private final ReactorBus bus =
      ReactorBus.start(
              callback -> {
                fake = new FakeBus(callback);
                return CompletableFuture.completedFuture(fake);
              })
          .block();

  @Test
  void startActsWhenSubscribedToAndDisposesOfABusThatNobodyWaitsFor() {
    List<DittoBusCallback> started = new ArrayList<>();
    CompletableFuture<DittoBus> up = new CompletableFuture<>();
    Mono<ReactorBus> start =
        ReactorBus.start(
            callback -> {
              started.add(callback);
              return up;
            });
    assertThat(started).isEmpty();
    Disposable waiting = start.subscribe();
    assertThat(started).hasSize(1);
    waiting.dispose();
    FakeBus late = new FakeBus(started.get(0));
    up.complete(late);
    assertThat(late.closes).containsExactly(Duration.ZERO);
  }

  @Test
  void aBusThatCannotStartFailsWithTheCauseItself() {
    DittoBusException cause = new DittoBusException(ErrorCode.LISTEN_FAILED, "port in use");
    Mono<ReactorBus> start =
        ReactorBus.start(c -> CompletableFuture.<DittoBus>failedFuture(cause).thenApply(b -> b));
    assertThatThrownBy(start::block).isSameAs(cause);
  }

  @Test
  void connectCompletesWithWhoAnswered() {
    Probe<DittoAddress> probe = new Probe<>();
    bus.connect("host", 4040).subscribe(probe);
    assertThat(fake.connects.get(0).target()).isEqualTo(new Endpoint("host", 4040));
    fake.callback.connectSucceeded(fake.connects.get(0).ctx(), PEER);
    assertThat(probe.values).isEmpty();
    probe.request(1);
    assertThat(probe.values).containsExactly(PEER);
    assertThat(probe.completed).isTrue();
  }

  @Test
  void connectFailsWithTheErrorAndActsAtEachSubscription() {
    Mono<DittoAddress> connect = bus.connect("host", 4040);
    Probe<DittoAddress> probe = new Probe<>();
    connect.subscribe(probe);
    DittoBusException error = new DittoBusException(ErrorCode.CONNECT_FAILED, "refused");
    fake.callback.connectFailed(fake.connects.get(0).ctx(), error);
    assertThat(probe.error).isSameAs(error);
    connect.subscribe(new Probe<>());
    assertThat(fake.connects).hasSize(2);
    assertThatThrownBy(() -> bus.connect("", 1).block())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void openStreamCompletesOrFailsWithTheEnd() {
    Probe<ReactorStream> probe = new Probe<>();
    bus.openStream(PEER, OPTIONS).subscribe(probe);
    probe.request(1);
    FakeStream stream = new FakeStream(new TaskQueue(), FlowOptions.defaults());
    fake.callback.streamOpenSucceeded(fake.opens.get(0).ctx(), stream);
    assertThat(probe.values.get(0).unwrap()).isSameAs(stream);

    Probe<ReactorStream> refused = new Probe<>();
    bus.openStream(PEER, OPTIONS).subscribe(refused);
    fake.callback.streamOpenFailed(
        fake.opens.get(1).ctx(),
        StreamEnd.unopened(
            BusCompletionReason.REFUSED_NO_HANDLER, StreamEnd.Origin.REMOTE, "nobody"));
    assertThat(((StreamException) refused.error).reason())
        .isEqualTo(BusCompletionReason.REFUSED_NO_HANDLER);

    assertThatThrownBy(() -> bus.openStream(bus.address(), OPTIONS).block())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aStreamThatNobodyWaitsForIsDisposedOf() {
    Probe<ReactorStream> early = new Probe<>();
    bus.openStream(PEER, OPTIONS).subscribe(early);
    early.cancel();
    FakeStream first = new FakeStream(new TaskQueue(), FlowOptions.defaults());
    fake.callback.streamOpenSucceeded(fake.opens.get(0).ctx(), first);
    assertThat(first.end().reason()).isEqualTo(BusCompletionReason.CLOSED_LOCALLY);

    Probe<ReactorStream> late = new Probe<>(); // cancels a result that it has not requested
    bus.openStream(PEER, OPTIONS).subscribe(late);
    FakeStream second = new FakeStream(new TaskQueue(), FlowOptions.defaults());
    fake.callback.streamOpenSucceeded(fake.opens.get(1).ctx(), second);
    late.cancel();
    assertThat(second.end().reason()).isEqualTo(BusCompletionReason.CLOSED_LOCALLY);
  }

  @Test
  void aHandlerTakesTheStreamsOfItsLabelWhileItIsSubscribedTo() {
    List<String> seen = new ArrayList<>();
    FlowOptions flow = FlowOptions.defaults().withPrefetch(7);
    Mono<Void> handle =
        bus.streams("test/v1")
            .flow(flow)
            .handle(s -> s.receive().asString().doOnNext(seen::add).then());
    assertThat(fake.open("test/v1").refused).isEqualTo(BusCompletionReason.REFUSED_NO_HANDLER);
    Disposable registration = handle.subscribe();
    FakeBus.Incoming taken = fake.open("test/v1");
    assertThat(taken.flow).isEqualTo(flow);
    assertThat(fake.open("other/v1").refused).isEqualTo(BusCompletionReason.REFUSED_NO_HANDLER);

    registration.dispose();
    assertThat(fake.open("test/v1").refused).isEqualTo(BusCompletionReason.REFUSED_NO_HANDLER);
    // The open one goes on, and ends in order.
    taken.accepted.remoteSend("m1".getBytes(UTF_8));
    taken.accepted.remoteComplete();
    fake.tasks.runAll();
    assertThat(seen).containsExactly("m1");
    assertThat(taken.accepted.end().reason()).isEqualTo(BusCompletionReason.COMPLETED);
    assertThat(handle.subscribe()).isNotNull();
    assertThat(fake.open("test/v1").accepted).isNotNull();
  }

  @Test
  void aLabelHasOneHandler() {
    Mono<Void> handle = bus.streams("test/v1").handle(s -> Mono.empty());
    handle.subscribe();
    assertThatThrownBy(handle::block).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void streamsBeyondTheConcurrencyAreRefusedUntilOneIsOver() {
    bus.streams("test/v1").concurrency(1).handle(s -> Mono.never()).subscribe();
    FakeBus.Incoming first = fake.open("test/v1");
    assertThat(fake.open("test/v1").refused).isEqualTo(BusCompletionReason.REFUSED_LIMIT);
    first.accepted.cut(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");
    fake.tasks.runAll();
    assertThat(fake.open("test/v1").accepted).isNotNull();
  }

  @Test
  void aHandlerThatThrowsOrFailsFailsItsStreamOnly() {
    bus.streams("throws")
        .handle(
            s -> {
              throw new IllegalStateException("secret");
            })
        .subscribe();
    bus.streams("fails").handle(s -> Mono.error(new IllegalStateException("secret"))).subscribe();
    for (String label : List.of("throws", "fails", "throws")) {
      StreamEnd end = fake.open(label).accepted.end();
      assertThat(end.reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
      assertThat(end.text()).contains("IllegalStateException").doesNotContain("secret");
    }
  }

  @Test
  void aHandlerWhoseReceiverFailsFailsTheStreamAndAcknowledgesNothing() {
    bus.streams("test/v1")
        .handle(
            s ->
                s.receive()
                    .asString()
                    .map(
                        v -> {
                          throw new IllegalStateException();
                        }))
        .subscribe();
    FakeStream stream = fake.open("test/v1").accepted;
    stream.remoteSend(new byte[1]);
    fake.tasks.runAll();
    assertThat(stream.end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(stream.end().text()).contains("IllegalStateException");
    assertThat(stream.acknowledged).isEmpty();
  }

  @Test
  void aHandlerMayRecoverFromAFailureAndAnswer() {
    bus.streams("test/v1")
        .handle(
            s ->
                s.sendAndComplete(
                    s.receive()
                        .asByteArray()
                        .map(
                            v -> {
                              throw new IllegalStateException();
                            })
                        .cast(byte[].class)
                        .onErrorResume(e -> Mono.just("sorry".getBytes(UTF_8)))))
        .subscribe();
    FakeStream stream = fake.open("test/v1").accepted;
    stream.grant(1);
    stream.remoteSend(new byte[1]);
    fake.tasks.runAll();
    stream.write(1);
    stream.remoteAck(1);
    fake.tasks.runAll();
    assertThat(new String(stream.written.get(0), UTF_8)).isEqualTo("sorry");
    assertThat(stream.outboundEnd().reason()).isEqualTo(BusCompletionReason.COMPLETED);
    // The sender is not to take this for a success, whatever the answer says.
    assertThat(stream.inboundEnd().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(stream.acknowledged).isEmpty();
  }

  @Test
  void aHandlerThatIsDoneCompletesAndCancelsWhatItDidNotReceive() {
    bus.streams("test/v1").handle(s -> s.receive().asString().take(1)).subscribe();
    FakeStream stream = fake.open("test/v1").accepted;
    stream.remoteSend("m1".getBytes(UTF_8));
    stream.remoteSend("m2".getBytes(UTF_8));
    fake.tasks.runAll();
    assertThat(stream.acknowledged).containsExactly(1L);
    assertThat(stream.inboundEnd().reason()).isEqualTo(BusCompletionReason.CANCELLED);
    assertThat(stream.outboundEnd().reason()).isEqualTo(BusCompletionReason.COMPLETED);
  }

  @Test
  void handlersSeeTheContextOfTheirRegistration() {
    List<String> seen = new ArrayList<>();
    bus.streams("test/v1")
        .handle(s -> Mono.deferContextual(ctx -> Mono.fromRunnable(() -> seen.add(ctx.get("key")))))
        .contextWrite(ctx -> ctx.put("key", "value"))
        .subscribe();
    fake.open("test/v1");
    assertThat(seen).containsExactly("value");
  }

  @Test
  void incomingStreamsAreThoseWithoutAHandlerAndLimitedByDemand() {
    bus.streams("handled").handle(s -> Mono.never()).subscribe();
    Probe<ReactorStream> probe = new Probe<>();
    bus.incomingStreams().subscribe(probe);
    assertThat(fake.open("other").refused).isEqualTo(BusCompletionReason.REFUSED_LIMIT);
    probe.request(1);
    fake.open("handled");
    assertThat(probe.values).isEmpty();
    fake.open("other");
    assertThat(probe.values).hasSize(1);
    assertThat(probe.values.get(0).label()).isEqualTo("other");
    assertThat(fake.open("other").refused).isEqualTo(BusCompletionReason.REFUSED_LIMIT);

    Probe<ReactorStream> second = new Probe<>();
    bus.incomingStreams().subscribe(second);
    assertThat(second.error).isInstanceOf(IllegalStateException.class);

    probe.cancel();
    assertThat(fake.open("other").refused).isEqualTo(BusCompletionReason.REFUSED_NO_HANDLER);
    bus.incomingStreams().subscribe(new Probe<>());
    assertThat(fake.open("other").refused).isEqualTo(BusCompletionReason.REFUSED_LIMIT);
  }

  @Test
  void aSubscriberThatHasCancelledIsForgottenThoughTheBusLivesOn() {
    WeakReference<Probe<ReactorStream>> gone = subscribeAndCancel();
    Awaitility.await()
        .until(
            () -> {
              System.gc();
              return gone.get() == null;
            });
    assertThat(bus.isDisposed()).isFalse();
  }

  private WeakReference<Probe<ReactorStream>> subscribeAndCancel() {
    Probe<ReactorStream> probe = new Probe<>();
    bus.incomingStreams().subscribe(probe);
    probe.cancel();
    return new WeakReference<>(probe);
  }

  @Test
  void aStreamThatComesDuringTheSubscriptionIsDeliveredAfterIt() {
    List<String> signals = new ArrayList<>();
    bus.incomingStreams()
        .subscribe(
            new BaseSubscriber<>() {
              @Override
              protected void hookOnSubscribe(Subscription subscription) {
                request(1);
                fake.open("other"); // on a loop of its own, when it is live
                signals.add("subscribed");
              }

              @Override
              protected void hookOnNext(ReactorStream stream) {
                signals.add(stream.label());
              }
            });
    assertThat(signals).containsExactly("subscribed", "other");
  }

  @Test
  void aRequestForNoStreamsIsAnError() {
    Probe<ReactorStream> probe = new Probe<>();
    bus.incomingStreams().subscribe(probe);
    probe.request(0);
    assertThat(probe.error).isInstanceOf(IllegalArgumentException.class);
    assertThat(fake.open("other").refused).isEqualTo(BusCompletionReason.REFUSED_NO_HANDLER);
  }

  @Test
  void closingTellsEverybodyAndHowManyWereCut() {
    Probe<ReactorStream> incoming = new Probe<>();
    bus.incomingStreams().subscribe(incoming);
    Probe<Void> handler = new Probe<>();
    bus.streams("test/v1").handle(s -> Mono.never()).subscribe(handler);
    handler.request(1);
    Probe<Void> closing = new Probe<>();
    Mono<Void> close = bus.close();
    assertThat(fake.closes).isEmpty();
    close.subscribe(closing);
    closing.request(1);
    assertThat(fake.closes).containsExactly(Duration.ofSeconds(10));
    assertThat(closing.isOver()).isFalse();
    assertThat(bus.isDisposed()).isFalse();
    fake.callback.busClosed(new CloseReport(3, 0, 0, 0));
    assertThat(bus.isDisposed()).isTrue();
    assertThat(closing.completed).isTrue();
    assertThat(incoming.completed).isTrue();
    assertThat(handler.completed).isTrue();
    assertThat(bus.closeReport().map(CloseReport::streamsCut).block()).isEqualTo(3);
    bus.onDispose().block();
  }

  @Test
  void aStreamIsClosedWithinItsDeadlineAndTellsHowItEnded() {
    Sinks.One<ReactorStream> opened = Sinks.one();
    bus.openStream(PEER, OPTIONS).subscribe(opened::tryEmitValue);
    TaskQueue tasks = new TaskQueue();
    FakeStream stream = new FakeStream(tasks, FlowOptions.defaults());
    fake.callback.streamOpenSucceeded(fake.opens.get(0).ctx(), stream);
    ReactorStream view = opened.asMono().block();
    Probe<Void> closing = new Probe<>();
    view.close(Duration.ofSeconds(1)).subscribe(closing);
    closing.request(1);
    tasks.runAll();
    assertThat(closing.completed).isTrue();
    assertThat(view.isDisposed()).isTrue();
    assertThat(view.onClose().block()).isEqualTo(stream.end());
    assertThat(Flux.from(view.send(Flux.just(new byte[1]))).materialize().blockLast().isOnError())
        .isTrue();
  }

  /** The window of single messages counts their sizes: more than these must not be kept. */
  @Test
  void aMessageThatIsBeingHandledPinsLittleMoreThanItself() {
    Sinks.Empty<Void> handled = Sinks.empty();
    List<String> seen = new ArrayList<>();
    bus.messages("label")
        .handle(m -> handled.asMono().doOnTerminate(() -> seen.add(m.asString())))
        .subscribe();
    ByteBuf read = Unpooled.buffer(1 << 16);
    read.writeCharSequence("hello", UTF_8);
    List<String> calls = new ArrayList<>();
    fake.callback.singleMessageReceived(single(read.slice(), calls));
    read.release();
    assertThat(read.refCnt()).isZero();
    handled.tryEmitEmpty();
    assertThat(seen).containsExactly("hello");
    assertThat(calls).endsWith("acknowledge");
  }

  private static IncomingMessage single(ByteBuf data, List<String> calls) {
    return (IncomingMessage)
        Proxy.newProxyInstance(
            ReactorBusTest.class.getClassLoader(),
            new Class<?>[] {IncomingMessage.class},
            (proxy, method, arguments) -> {
              calls.add(method.getName());
              return switch (method.getName()) {
                case "label" -> "label";
                case "peer" -> PEER;
                case "metadata" -> Metadata.empty();
                case "data" -> data;
                default -> null;
              };
            });
  }
}
