// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.codec.Codecs;
import io.dittobus.reactor.inbound.InboundFlux;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.core.scheduler.Schedulers;

/**
 * SEMANTICS, <i>Reactor manners</i>: subscribers that break the rules, or want no more. What that
 * does to their stream, both ends are told; the stream beside it, over the same link, goes on.
 */
class BadSubscriberTest extends BesideANeighbour {

  // Two subscribers

  static Stream<Arguments> views() {
    return Stream.<Named<Function<InboundFlux, Flux<?>>>>of(
            Named.of("receive()", flux -> flux),
            Named.of("asString()", InboundFlux::asString),
            Named.of("withAck()", InboundFlux::withAck),
            Named.of("deliverOn()", flux -> flux.deliverOn(Schedulers.parallel())))
        .map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("views")
  @DisplayName("a second subscriber gets onSubscribe, then an error; the first notices nothing")
  void secondSubscriber(Function<InboundFlux, Flux<?>> view) {
    Stage stage = stage(Receiver.HANDLER);
    Watcher<String> first = new Watcher<>();
    stage.receive().asString().subscribe(first);
    Watcher<Object> second = new Watcher<>();
    view.apply(stage.receive()).subscribe((Subscriber<Object>) second);
    assertThat(second.failure()).isInstanceOf(IllegalStateException.class);
    assertThat(second.subscriptions()).isEqualTo(1);
    second.request(10).cancel();

    first.request(2);
    Mono<Void> sending = stage.sender().sendAndComplete(messages().take(3), Codecs.string());
    Watcher<Void> sent = new Watcher<>();
    sending.subscribe(sent);
    first.awaitCount(2);
    assertThat(sent.isOver()).isFalse();
    first.request(2).awaitCompletion();
    sent.awaitCompletion();
    assertThat(first.values).containsExactly("m1", "m2", "m3");
    assertThat(second.values).isEmpty();
    assertThat(second.terminals()).isEqualTo(1);
    stage.receiver().dispose();
  }

  // A request for nothing

  static Stream<Arguments> requestsForNothing() {
    return Stream.of(Receiver.values())
        .flatMap(
            who ->
                Stream.of(0L, -1L, Long.MIN_VALUE)
                    .flatMap(
                        n ->
                            Stream.of(false, true)
                                .map(elsewhere -> Arguments.of(who, n, elsewhere))));
  }

  @ParameterizedTest(name = "{0} requests {1}, with deliverOn: {2}")
  @MethodSource
  @DisplayName("a request for nothing is an onError by rule 3.9, and ends the stream at both ends")
  void requestsForNothing(Receiver who, long n, boolean elsewhere) {
    Stage stage = stage(who);
    Watcher<ByteBuf> watcher = new Watcher<>();
    InboundFlux flux = stage.receive();
    (elsewhere ? flux.deliverOn(Schedulers.parallel()) : flux).subscribe(watcher);
    Watcher<Void> sending = new Watcher<>();
    stage.sender().send(endless(), Codecs.string()).subscribe(sending);
    watcher.request(5).awaitCount(5);
    // Received is not acknowledged yet: what is being consumed when the stream fails never is.
    Pair.await(() -> stage.sender().ackedSequence() == 5);
    watcher.request(n);

    assertThat(watcher.failure())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3.9");
    assertThat(sending.failure())
        .isInstanceOfSatisfying(
            StreamException.class,
            e -> assertThat(e.reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR));
    BothEnds over =
        BothEnds.of(stage.receiver(), stage.sender()).agree(BusCompletionReason.APPLICATION_ERROR);
    assertThat(over.there().text()).isEqualTo("the receiver requested " + n + " messages");
    assertThat(over.there().lastAcked()).isEqualTo(5);
    assertThat(watcher.terminals()).isEqualTo(1);
    assertThat(watcher.count()).isEqualTo(5);
  }

  // A subscriber that cancels

  static Stream<Arguments> cancels() {
    List<Named<Function<Flux<?>, Flux<?>>>> ways =
        List.of(
            Named.of("take", flux -> flux.take(3)),
            Named.of("takeUntil", flux -> flux.index().takeUntil(m -> m.getT1() == 2)),
            Named.of(
                "elsewhere",
                flux -> ((InboundFlux) flux).deliverOn(Schedulers.parallel()).take(3)));
    return Stream.of(Receiver.values())
        .flatMap(who -> ways.stream().map(way -> Arguments.of(who, way)));
  }

  @ParameterizedTest(name = "{1} at the {0}")
  @MethodSource
  @DisplayName("a cancel completes a running send, and the other direction goes on")
  void cancels(Receiver who, Function<Flux<?>, Flux<?>> way) {
    Stage stage = stage(who);
    Watcher<Object> watcher = new Watcher<>();
    way.apply(stage.receive()).subscribe((Subscriber<Object>) watcher);
    watcher.request(100);
    stage.sender().send(endless(), Codecs.string()).block(Pair.PATIENCE);
    watcher.awaitCompletion();
    assertThat(watcher.count()).isEqualTo(3);
    assertThat(stage.sender().sink().tryEmitNext(new byte[1])).isEqualTo(EmitResult.FAIL_CANCELLED);

    // Half of the stream is over. The other half has nothing to do with it.
    Mono<List<String>> back = stage.sender().receive().asString().collectList();
    Mono<Void> answer = stage.receiver().sendAndComplete(messages().take(5), Codecs.string());
    assertThat(Pair.block(back.zipWith(answer.thenReturn(true))).getT1())
        .containsExactly("m1", "m2", "m3", "m4", "m5");
    BothEnds over =
        BothEnds.of(stage.receiver(), stage.sender()).agree(BusCompletionReason.CANCELLED);
    assertThat(over.there().lastAcked()).isEqualTo(3);
    assertThat(over.there().isFailure()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Receiver.class)
  @DisplayName("a cancel from outside, with messages on their way, completes sendAndComplete too")
  void cancelledFromOutside(Receiver who) {
    Stage stage = stage(who);
    Watcher<byte[]> watcher = new Watcher<>();
    stage.receive().asByteArray().subscribe(watcher);
    watcher.request(Long.MAX_VALUE);
    Watcher<Void> sending = new Watcher<>();
    stage.sender().sendAndComplete(endless(), Codecs.string()).subscribe(sending);
    watcher.awaitCount(100);
    watcher.cancel();
    sending.awaitCompletion();
    assertThat(watcher.terminals()).isZero();
    stage.receiver().sink().tryEmitComplete();
    BothEnds.of(stage.receiver(), stage.sender()).agree(BusCompletionReason.CANCELLED);
  }
}
