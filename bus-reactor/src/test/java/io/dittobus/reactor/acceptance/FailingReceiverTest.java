// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.reactor.codec.Codec;
import io.dittobus.reactor.codec.Codecs;
import io.dittobus.reactor.inbound.InboundFlux;
import io.dittobus.reactor.inbound.ReceivedMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * SEMANTICS: <i>a throwing {@code onNext} leaves that message unacked and ends only its stream</i>,
 * and <i>fails</i> what is being sent <i>with APPLICATION_ERROR, so that a truncated transfer never
 * looks like a success</i>. The same goes for codecs, operators and handlers.
 */
class FailingReceiverTest extends BesideANeighbour {

  private static final String SECRET = "what the message said";

  /** Lets two messages through, and fails at the third. */
  private static <T> T failAtThird(int[] count, T value) {
    if (++count[0] == 3) {
      throw new IllegalStateException(SECRET);
    }
    return value;
  }

  private static final class FailingCodec implements Codec<String> {
    private final int[] count = {0};

    @Override
    public ByteBuf encode(String value, ByteBufAllocator allocator) {
      return Codecs.string().encode(value, allocator);
    }

    @Override
    public String decode(ByteBuf message) {
      return failAtThird(count, Codecs.string().decode(message));
    }
  }

  private static <T> Watcher<T> failing() {
    int[] count = {0};
    return new Watcher<>(value -> failAtThird(count, value));
  }

  private static Watcher<ReceivedMessage> failingByHand() {
    int[] count = {0};
    return new Watcher<>(message -> failAtThird(count, message).acknowledge());
  }

  private static Watcher<Object> asking() {
    return new Watcher<>();
  }

  /** Ways to fail at the third message; each subscribes and asks for more than that. */
  static Stream<Arguments> failures() {
    List<Named<Function<InboundFlux, Watcher<?>>>> ways =
        List.of(
            Named.of("an onNext", flux -> started(flux, failing())),
            Named.of("an onNext of strings", flux -> started(flux.asString(), failing())),
            Named.of("an onNext by hand", flux -> started(flux.withAck(), failingByHand())),
            Named.of(
                "an onNext elsewhere",
                flux -> started(flux.deliverOn(Schedulers.parallel()), failing())),
            Named.of("a codec", flux -> started(flux.as(new FailingCodec()), asking())),
            Named.of(
                "a codec elsewhere",
                flux ->
                    started(
                        flux.deliverOn(Schedulers.parallel()).as(new FailingCodec()), asking())),
            Named.of("an operator", flux -> started(flux.map(failingMap()), asking())),
            Named.of(
                "an operator elsewhere",
                flux -> started(flux.deliverOn(Schedulers.parallel()).map(failingMap()), asking())),
            Named.of(
                "an inner publisher",
                flux ->
                    started(
                        flux.asString()
                            .index()
                            .concatMap(
                                m ->
                                    m.getT1() == 2
                                        ? Mono.error(new IllegalStateException(SECRET))
                                        : Mono.just(m)),
                        asking())));
    return Stream.of(Receiver.values())
        .flatMap(who -> ways.stream().map(way -> Arguments.of(who, way)));
  }

  private static <T> Function<T, T> failingMap() {
    int[] count = {0};
    return value -> failAtThird(count, value);
  }

  private static <T> Watcher<?> started(Flux<? extends T> flux, Watcher<T> watcher) {
    flux.subscribe((Subscriber<T>) watcher);
    return watcher.request(100);
  }

  @ParameterizedTest(name = "{1} of the {0}")
  @MethodSource
  @DisplayName("who fails at a message leaves it unacked, and fails the stream at both ends")
  void failures(Receiver who, Function<InboundFlux, Watcher<?>> way) {
    Stage stage = stage(who);
    Watcher<?> watcher = way.apply(stage.receive());
    StreamException failure = sendFails(stage.sender().send(endless(), Codecs.string()));
    assertThat(failure.reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(failure.end().text()).doesNotContain(SECRET);
    assertThat(failure.end().lastAcked()).isEqualTo(2);
    assertThat(watcher.terminals()).isLessThanOrEqualTo(1);
    assertThat(watcher.isCompleted()).isFalse();
    stage.sender().sink().tryEmitComplete();
    stage.receiver().sink().tryEmitComplete();
    BothEnds over =
        BothEnds.of(stage.receiver(), stage.sender()).agree(BusCompletionReason.APPLICATION_ERROR);
    assertThat(over.here().text()).doesNotContain(SECRET);
  }

  @ParameterizedTest
  @EnumSource(Receiver.class)
  @DisplayName("behind publishOn a failure is told too, though what was queued there is acked")
  void failsBehindPublishOn(Receiver who) {
    Stage stage = stage(who);
    Watcher<?> watcher =
        started(
            stage.receive().asString().publishOn(Schedulers.parallel()).map(failingMap()),
            asking());
    StreamException failure = sendFails(stage.sender().send(endless(), Codecs.string()));
    assertThat(failure.reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(failure.end().lastAcked()).isGreaterThanOrEqualTo(2);
    assertThat(watcher.failure()).hasMessage(SECRET);
    stage.receiver().dispose();
  }

  @ParameterizedTest
  @EnumSource(Receiver.class)
  @DisplayName("a transfer whose receiver fails at the last message never looks like a success")
  void failsAtTheLastMessage(Receiver who) {
    Stage stage = stage(who);
    Watcher<String> watcher = failing();
    stage.receive().asString().subscribe(watcher);
    watcher.request(3);
    StreamException failure =
        sendFails(stage.sender().sendAndComplete(messages().take(3), Codecs.string()));
    assertThat(failure.reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(failure.end().lastAcked()).isEqualTo(2);
    BothEnds.of(stage.receiver(), stage.sender()).agree(BusCompletionReason.APPLICATION_ERROR);
  }

  // A handler that throws

  static Stream<Arguments> handlers() {
    return Stream.<Named<Function<ReactorStream, Publisher<?>>>>of(
            Named.of(
                "throws",
                stream -> {
                  throw new IllegalStateException(SECRET);
                }),
            Named.of("gives nothing", stream -> null),
            Named.of("fails", stream -> Mono.error(new IllegalStateException(SECRET))),
            Named.of("fails at a message", stream -> stream.receive().map(failingMap())),
            Named.of(
                "fails elsewhere",
                stream -> stream.receive().deliverOn(Schedulers.parallel()).map(failingMap())))
        .map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource
  @DisplayName("a handler that fails fails its own stream, and takes the next one")
  void handlers(Function<ReactorStream, Publisher<?>> bad) {
    for (int round = 0; round < 3; round++) {
      Pair.Ends ends = pair.open(bad);
      StreamException failure = sendFails(ends.bobs().sendAndComplete(endless(), Codecs.string()));
      assertThat(failure.reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
      BothEnds over =
          BothEnds.of(ends.alices(), ends.bobs()).agree(BusCompletionReason.APPLICATION_ERROR);
      assertThat(over.there().text())
          .matches("the (handler failed: \\w+|receiver failed)")
          .doesNotContain(SECRET);
    }
  }
}
