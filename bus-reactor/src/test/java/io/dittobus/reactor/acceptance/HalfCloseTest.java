// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.codec.Codecs;
import io.dittobus.reactor.inbound.ReceivedMessage;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;

/** SEMANTICS: <i>Streams are half-closable</i>; and how {@code send} and its like end. */
class HalfCloseTest extends BesideANeighbour {

  @ParameterizedTest
  @EnumSource(Receiver.class)
  @DisplayName("one direction completes and the other goes on, until it completes too")
  void oneByOne(Receiver who) {
    Stage stage = stage(who);
    Watcher<String> first = new Watcher<>();
    stage.receive().asString().subscribe(first);
    first.request(10);
    Watcher<String> second = new Watcher<>();
    stage.sender().receive().asString().subscribe(second);
    second.request(Long.MAX_VALUE);

    stage.sender().sendAndComplete(messages().take(10), Codecs.string()).block(Pair.PATIENCE);
    first.awaitCompletion();
    assertThat(first.count()).isEqualTo(10);
    assertThat(stage.sender().sink().tryEmitNext(new byte[1]))
        .isEqualTo(EmitResult.FAIL_TERMINATED);

    for (int i = 1; i <= 100; i++) {
      assertThat(Pair.block(stage.receiver().sink().emitAcked(new byte[1]))).isEqualTo(i);
    }
    assertThat(second.isOver()).isFalse();
    assertThat(stage.sender().isDisposed() || stage.receiver().isDisposed()).isFalse();
    stage.receiver().sendAndComplete(Flux.<byte[]>empty()).block(Pair.PATIENCE);
    second.awaitCompletion();
    assertThat(second.count()).isEqualTo(100);
    BothEnds over =
        BothEnds.of(stage.sender(), stage.receiver()).agree(BusCompletionReason.COMPLETED);
    assertThat(over.here().lastAcked()).isEqualTo(10);
    assertThat(over.there().lastAcked()).isEqualTo(100);
  }

  @Test
  @DisplayName("a completion needs no demand, and waits for what was emitted before")
  void completionWithoutDemand() {
    Stage stage = stage(Receiver.HANDLER);
    Watcher<String> watcher = new Watcher<>();
    stage.receive().asString().subscribe(watcher);
    assertThat(stage.sender().sink().tryEmitComplete()).isEqualTo(EmitResult.OK);
    watcher.awaitCompletion();

    Stage queued = stage(Receiver.HANDLER);
    Watcher<String> asks = new Watcher<>();
    queued.receive().asString().subscribe(asks);
    assertThat(queued.sender().sink().tryEmitNext(new byte[1])).isEqualTo(EmitResult.OK);
    assertThat(queued.sender().sink().tryEmitComplete()).isEqualTo(EmitResult.OK);
    Pair.block(roundTrip());
    assertThat(asks.isOver()).isFalse();
    asks.request(1).awaitCompletion();
    assertThat(asks.count()).isEqualTo(1);
    stage.sender().dispose();
    queued.sender().dispose();
  }

  /** Goes there and back again behind everything that was said before. */
  private Mono<Long> roundTrip() {
    Pair.Ends ends = pair.open();
    ends.alices().receive().subscribe(message -> {}, error -> {});
    return ends.bobs().sink().emitAcked(new byte[1]).doFinally(signal -> ends.bobs().dispose());
  }

  @Test
  @DisplayName(
      "send completes when all is taken over, sendAndComplete when the end is acknowledged")
  void sendAndComplete() {
    Stage stage = stage(Receiver.HANDLER);
    Watcher<ReceivedMessage> watcher = new Watcher<>();
    stage.receive().withAck().subscribe(watcher);
    watcher.request(10);
    stage.sender().send(messages().take(3), Codecs.string()).block(Pair.PATIENCE);
    stage.sender().send(messages().take(2), Codecs.string()).block(Pair.PATIENCE);
    assertThat(stage.sender().ackedSequence()).isZero();

    Watcher<Void> sending = new Watcher<>();
    stage.sender().sendAndComplete(messages().take(2), Codecs.string()).subscribe(sending);
    watcher.awaitCompletion();
    assertThat(watcher.values)
        .extracting(ReceivedMessage::sequence)
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
    Pair.block(roundTrip());
    assertThat(sending.isOver()).as("nothing is acknowledged yet").isFalse();
    watcher.values.stream().limit(6).forEach(ReceivedMessage::acknowledge);
    Pair.await(() -> stage.sender().ackedSequence() == 6);
    Pair.block(roundTrip());
    assertThat(sending.isOver()).as("one is missing").isFalse();
    watcher.values.forEach(ReceivedMessage::acknowledge);
    sending.awaitCompletion();
    stage.receiver().dispose();
  }

  @ParameterizedTest
  @EnumSource(Receiver.class)
  @DisplayName("a source that fails: send fails, what came before it arrives, the stream lives on")
  void sendOfAnError(Receiver who) {
    Stage stage = stage(who);
    Watcher<String> watcher = new Watcher<>();
    stage.receive().asString().subscribe(watcher);
    watcher.request(Long.MAX_VALUE);
    IllegalStateException failure = new IllegalStateException("broken");
    Watcher<Void> sending = new Watcher<>();
    stage
        .sender()
        .send(messages().take(3).concatWith(Mono.error(failure)), Codecs.string())
        .subscribe(sending);
    assertThat(sending.failure()).isSameAs(failure);
    assertThat(Pair.block(stage.sender().sink().emitAcked(new byte[1]))).isEqualTo(4);
    assertThat(watcher.isOver()).isFalse();
    stage.sender().sink().tryEmitComplete();
    watcher.awaitCompletion();
    stage.sender().dispose();
  }

  @ParameterizedTest
  @EnumSource(Receiver.class)
  @DisplayName("a source that fails within sendAndComplete fails the other side too")
  void sendAndCompleteOfAnError(Receiver who) {
    Stage stage = stage(who);
    Watcher<String> watcher = new Watcher<>();
    stage.receive().asString().subscribe(watcher);
    watcher.request(Long.MAX_VALUE);
    IllegalStateException failure = new IllegalStateException("broken");
    Watcher<Void> sending = new Watcher<>();
    stage
        .sender()
        .sendAndComplete(messages().take(3).concatWith(Mono.error(failure)), Codecs.string())
        .subscribe(sending);
    assertThat(sending.failure()).isSameAs(failure);
    StreamEnd end = ((StreamException) watcher.failure()).end();
    assertThat(end.reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(end.origin()).isEqualTo(StreamEnd.Origin.REMOTE);
    assertThat(end.applicationCode()).isZero();
    assertThat(end.text()).isEqualTo("broken");
    stage.receiver().sink().tryEmitComplete();
    BothEnds.of(stage.sender(), stage.receiver()).agree(BusCompletionReason.APPLICATION_ERROR);
  }

  @Test
  @DisplayName("a sendAndComplete that is cancelled half way is no whole to the other side")
  void sendAndCompleteCancelled() {
    Stage stage = stage(Receiver.HANDLER);
    Watcher<String> watcher = new Watcher<>();
    stage.receive().asString().subscribe(watcher);
    watcher.request(Long.MAX_VALUE);
    Watcher<Void> sending = new Watcher<>();
    stage.sender().sendAndComplete(endless(), Codecs.string()).subscribe(sending);
    watcher.awaitCount(10);
    sending.cancel();
    assertThat(((StreamException) watcher.failure()).reason())
        .isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(sending.terminals()).isZero();
    stage.receiver().dispose();
  }

  @Test
  @DisplayName("a send that is cancelled leaves the stream to others")
  void sendCancelled() {
    Stage stage = stage(Receiver.HANDLER);
    Watcher<String> watcher = new Watcher<>();
    stage.receive().asString().subscribe(watcher);
    watcher.request(Long.MAX_VALUE);
    Watcher<Void> sending = new Watcher<>();
    stage.sender().send(endless(), Codecs.string()).subscribe(sending);
    watcher.awaitCount(10);
    sending.cancel();
    stage.sender().sendAndComplete(Flux.just("last"), Codecs.string()).block(Pair.PATIENCE);
    watcher.awaitCompletion();
    assertThat(List.copyOf(watcher.values)).endsWith("last");
    assertThat(Pair.block(roundTrip())).isEqualTo(1);
    stage.receiver().dispose();
  }
}
