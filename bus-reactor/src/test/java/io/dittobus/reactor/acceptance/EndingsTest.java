// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.reactor.codec.Codecs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * SEMANTICS: <i>{@code BusCompletionReason} says who and why, and agrees at both ends unless the
 * link was lost for good</i>; closing drains, disposing cuts.
 */
class EndingsTest {

  private static final int BEFORE = 5;

  private final List<Relay> relays = new ArrayList<>();
  private final Pair pair =
      new Pair(
          BusOptions.defaults().toBuilder().resumeWindow(Duration.ofMillis(300)).build(),
          port -> {
            Relay relay = Relay.to(port);
            relays.add(relay);
            return relay.port();
          });

  @AfterEach
  void close() {
    pair.close();
    relays.forEach(Relay::close);
  }

  private List<LiveEnd> openHalfWay(boolean openerActs) {
    Pair.Ends ends = pair.open();
    LiveEnd bob = new LiveEnd(pair.bob, ends.bobs());
    LiveEnd alice = new LiveEnd(pair.alice, ends.alices());
    bob.emit(BEFORE);
    alice.emit(BEFORE);
    for (LiveEnd side : List.of(bob, alice)) {
      side.received.awaitCount(BEFORE);
      Pair.await(() -> side.stream.ackedSequence() == BEFORE);
    }
    return openerActs ? List.of(bob, alice) : List.of(alice, bob);
  }

  /** A way to end a stream, and what each side is to see: of the whole, and of its Flux. */
  private enum Way {
    COMPLETE(BusCompletionReason.COMPLETED, "", null, null) {
      @Override
      void end(LiveEnd acting, LiveEnd other) {
        acting.stream.sink().tryEmitComplete();
        other.stream.sink().tryEmitComplete();
      }
    },
    CLOSE(BusCompletionReason.CLOSED_LOCALLY, "", null, null) {
      @Override
      void end(LiveEnd acting, LiveEnd other) {
        acting.stream.close().block(Pair.PATIENCE);
      }
    },
    CLOSE_TOO_LATE(
        BusCompletionReason.TIMED_OUT,
        "the stream was not drained by its deadline",
        null, // the other side has completed its direction, as it was asked to
        BusCompletionReason.TIMED_OUT) {
      @Override
      void end(LiveEnd acting, LiveEnd other) {
        acting.emit(200); // 95 more are asked for
        acting.stream.close(Duration.ofMillis(50)).block(Pair.PATIENCE);
      }
    },
    DISPOSE(
        BusCompletionReason.CLOSED_LOCALLY,
        "",
        BusCompletionReason.CLOSED_LOCALLY,
        BusCompletionReason.CLOSED_BY_REMOTE) {
      @Override
      void end(LiveEnd acting, LiveEnd other) {
        acting.stream.dispose();
      }
    },
    CANCEL_AND_COMPLETE(BusCompletionReason.CANCELLED, "", null, null) {
      @Override
      void end(LiveEnd acting, LiveEnd other) {
        acting.received.cancel();
        acting.received.onComplete(); // a cancelled Flux says nothing
        acting.stream.sink().tryEmitComplete();
      }
    },
    ERROR(
        BusCompletionReason.APPLICATION_ERROR,
        "enough",
        null,
        BusCompletionReason.APPLICATION_ERROR) {
      @Override
      void end(LiveEnd acting, LiveEnd other) {
        acting.stream.sink().tryEmitError(4711, "enough");
        other.stream.sink().tryEmitComplete();
      }
    },
    SOURCE_FAILS(
        BusCompletionReason.APPLICATION_ERROR,
        "no more",
        null,
        BusCompletionReason.APPLICATION_ERROR) {
      @Override
      void end(LiveEnd acting, LiveEnd other) {
        acting
            .stream
            .sendAndComplete(Flux.<byte[]>error(new IllegalStateException("no more")))
            .onErrorComplete()
            .block(Pair.PATIENCE);
        other.stream.sink().tryEmitComplete();
      }
    },
    BUS_CLOSE(BusCompletionReason.SHUT_DOWN, "the bus was closed", null, null) {
      @Override
      void end(LiveEnd acting, LiveEnd other) {
        acting.bus.close().block(Pair.PATIENCE);
        assertThat(acting.bus.closeReport().block(Pair.PATIENCE)).matches(CloseReport::isClean);
      }
    },
    BUS_CLOSE_FOR_EVER(BusCompletionReason.SHUT_DOWN, "the bus was closed", null, null) {
      @Override
      void end(LiveEnd acting, LiveEnd other) {
        acting.bus.close(Duration.ofSeconds(Long.MAX_VALUE)).block(Pair.PATIENCE);
      }
    },
    BUS_DISPOSE(
        BusCompletionReason.SHUT_DOWN,
        "the bus was closed",
        BusCompletionReason.SHUT_DOWN,
        BusCompletionReason.SHUT_DOWN) {
      @Override
      void end(LiveEnd acting, LiveEnd other) {
        acting.bus.dispose();
        acting.bus.onDispose().block(Pair.PATIENCE);
        assertThat(acting.bus.isDisposed()).isTrue();
      }
    };

    final BusCompletionReason reason;
    final String text;
    final @Nullable BusCompletionReason failureHere;
    final @Nullable BusCompletionReason failureThere;

    Way(
        BusCompletionReason reason,
        String text,
        @Nullable BusCompletionReason failureHere,
        @Nullable BusCompletionReason failureThere) {
      this.reason = reason;
      this.text = text;
      this.failureHere = failureHere;
      this.failureThere = failureThere;
    }

    abstract void end(LiveEnd acting, LiveEnd other);
  }

  static Stream<Arguments> ways() {
    return Stream.of(Way.values())
        .flatMap(way -> Stream.of(true, false).map(opener -> Arguments.of(way, opener)));
  }

  @ParameterizedTest(name = "{0}, by the opener: {1}")
  @MethodSource("ways")
  @DisplayName("each way to end a stream has its reason, the same at both ends")
  void reasons(Way way, boolean openerActs) {
    List<LiveEnd> sides = openHalfWay(openerActs);
    LiveEnd acting = sides.get(0);
    LiveEnd other = sides.get(1);
    way.end(acting, other);
    BothEnds over = BothEnds.of(acting.stream, other.stream).agree(way.reason);
    assertThat(over.here().text()).isEqualTo(way.text);
    assertThat(over.here().isFailure()).isEqualTo(way.reason.isFailure());
    assertThat(acting.failure()).as("the Flux here").isEqualTo(way.failureHere);
    assertThat(other.failure()).as("the Flux there").isEqualTo(way.failureThere);
    assertThat(other.received.terminals()).isEqualTo(1);
    assertThat(acting.stream.isDisposed() && other.stream.isDisposed()).isTrue();
    for (StreamEnd end : List.of(over.here(), over.there())) {
      assertThat(end.lastAcked()).isGreaterThanOrEqualTo(BEFORE);
      assertThat(end.lastConsumed()).isGreaterThanOrEqualTo(BEFORE);
    }
  }

  @Test
  @DisplayName("when the link is lost for good, each end says so by itself")
  void linkLost() {
    List<LiveEnd> sides = openHalfWay(true);
    relays.forEach(Relay::close);
    for (LiveEnd side : sides) {
      StreamEnd end = Pair.block(side.stream.onClose());
      assertThat(end.reason()).isEqualTo(BusCompletionReason.PEER_LOST);
      assertThat(end.origin()).isEqualTo(StreamEnd.Origin.LINK);
      assertThat(side.failure()).isEqualTo(BusCompletionReason.PEER_LOST);
    }
    assertThat(pair.bob.peers()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("close delivers what is under way in both directions; a source goes no further")
  void closeDrains(boolean openerActs) {
    List<LiveEnd> sides = openHalfWay(openerActs);
    LiveEnd acting = sides.get(0);
    LiveEnd other = sides.get(1);
    acting.received.request(Long.MAX_VALUE);
    acting.emit(50);
    Watcher<Void> endless = new Watcher<>();
    other
        .stream
        .send(Flux.<String>generate(sink -> sink.next("more")), Codecs.string())
        .subscribe(endless);
    acting.received.awaitCount(1_000);
    acting.stream.close().block(Pair.PATIENCE);

    BothEnds over =
        BothEnds.of(acting.stream, other.stream).agree(BusCompletionReason.CLOSED_LOCALLY);
    assertThat(acting.failure()).isNull();
    assertThat(other.failure()).isNull();
    assertThat(other.received.count()).isEqualTo(BEFORE + 50);
    assertThat((long) acting.received.count())
        .as("everything that was emitted there")
        .isEqualTo(other.stream.emittedSequence())
        .isEqualTo(over.there().lastAcked());
    assertThat(((StreamException) endless.failure()).reason())
        .isEqualTo(BusCompletionReason.CLOSED_BY_REMOTE);
  }

  @Test
  @DisplayName("dispose cuts at once: a Flux without demand fails, and what waits is not sent")
  void disposeCuts() {
    Pair.Ends ends = pair.open();
    Watcher<byte[]> alices = new Watcher<>();
    ends.alices().receive().asByteArray().subscribe(alices);
    assertThat(ends.bobs().sink().tryEmitNext(new byte[1]).isSuccess()).isTrue();
    ends.bobs().dispose();
    assertThat(((StreamException) alices.failure()).reason())
        .isEqualTo(BusCompletionReason.CLOSED_BY_REMOTE);
    StreamEnd end = Pair.block(ends.bobs().onClose());
    assertThat(end.lastWritten()).isZero();
    assertThat(ends.bobs().emittedSequence()).isEqualTo(1);
  }

  @Test
  @DisplayName(
      "a bus that is disposed of ends its handlers, its streams, and all that waits for it")
  void busDisposed() {
    List<LiveEnd> sides = openHalfWay(true);
    Watcher<Void> handler = new Watcher<>();
    pair.alice.streams("more").handle(ReactorStream::onClose).subscribe(handler);
    Watcher<ReactorStream> incoming = new Watcher<>();
    pair.alice.incomingStreams().subscribe(incoming);
    Watcher<Void> sending = new Watcher<>();
    sides.get(0).stream.send(Flux.never()).subscribe(sending);
    Mono<Void> gone = pair.alice.onDispose();
    pair.alice.dispose();
    gone.block(Pair.PATIENCE);
    handler.awaitCompletion();
    incoming.awaitCompletion();
    assertThat(((StreamException) sending.failure()).reason())
        .isEqualTo(BusCompletionReason.SHUT_DOWN);
    assertThatThrownBy(
            () ->
                pair.alice
                    .openStream(pair.bob.address(), StreamOptions.reliable("more"))
                    .block(Pair.PATIENCE))
        .isInstanceOfSatisfying(
            StreamException.class,
            e -> assertThat(e.reason()).isEqualTo(BusCompletionReason.SHUT_DOWN));
  }
}
