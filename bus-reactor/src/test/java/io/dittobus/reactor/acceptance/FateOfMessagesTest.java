// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.reactor.inbound.ReceivedMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Sinks.EmitResult;

/**
 * SEMANTICS: <i>Every waiter ends exactly once: done, NOT_SENT or UNKNOWN</i>; and what an error on
 * the sink does to the messages before it.
 */
class FateOfMessagesTest {

  private final Pair pair = new Pair();
  private final Pair.Ends ends =
      pair.open(FlowOptions.defaults().withMaxQueuedMessages(4), FlowOptions.defaults());

  @AfterEach
  void close() {
    ends.bobs().dispose();
    pair.close();
  }

  private List<Watcher<Long>> emit(int messages) {
    List<Watcher<Long>> fates = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      Watcher<Long> fate = new Watcher<>();
      ends.bobs().sink().emitAcked(new byte[10]).subscribe(fate);
      fates.add(fate.request(1));
    }
    return fates;
  }

  private static Object fate(Watcher<Long> of) {
    Pair.await(of::isOver);
    assertThat(of.terminals()).isEqualTo(1);
    return of.isCompleted() ? of.values.element() : ((DittoBusException) of.failure()).code();
  }

  private static List<Object> fates(List<Watcher<Long>> of) {
    return of.stream().map(FateOfMessagesTest::fate).toList();
  }

  static Stream<Arguments> cuts() {
    return Stream.<Named<Consumer<FateOfMessagesTest>>>of(
            Named.of("disposed of here", test -> test.ends.bobs().dispose()),
            Named.of("disposed of there", test -> test.ends.alices().dispose()),
            Named.of("an error here", test -> test.ends.bobs().sink().tryEmitError(1, "enough")),
            Named.of("this bus disposed of", test -> test.pair.bob.dispose()),
            Named.of("the other bus disposed of", test -> test.pair.alice.dispose()))
        .map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource
  @DisplayName("cut off: acked ones are done, those on the wire unknown, those behind not sent")
  void cuts(Consumer<FateOfMessagesTest> cut) {
    Watcher<ReceivedMessage> watcher = new Watcher<>();
    ends.alices().receive().withAck().subscribe(watcher);
    watcher.request(3);
    Pair.await(() -> ends.bobs().grantedMessages() == 3);
    List<Watcher<Long>> fates = emit(8);
    assertThat(fate(fates.get(7))).as("beyond credit and queue").isEqualTo(ErrorCode.OVERFLOW);
    watcher.awaitCount(3);
    watcher.values.element().acknowledge();
    assertThat(fate(fates.get(0))).isEqualTo(1L);
    assertThat(fates.subList(1, 7)).noneMatch(Watcher::isOver);

    cut.accept(this);
    assertThat(fates(fates))
        .containsExactly(
            1L,
            ErrorCode.UNKNOWN,
            ErrorCode.UNKNOWN,
            ErrorCode.NOT_SENT,
            ErrorCode.NOT_SENT,
            ErrorCode.NOT_SENT,
            ErrorCode.NOT_SENT,
            ErrorCode.OVERFLOW);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  @DisplayName("cancelled by take(n): n are done, though the cancel follows at once")
  void cancelled(int taken) {
    List<Watcher<Long>> fates = emit(4);
    Watcher<byte[]> watcher = new Watcher<>();
    ends.alices().receive().asByteArray().take(taken).subscribe(watcher);
    watcher.request(Long.MAX_VALUE);
    for (int i = 0; i < taken; i++) {
      assertThat(fate(fates.get(i))).isEqualTo(i + 1L);
    }
    for (int i = taken; i < 4; i++) {
      assertThat(fate(fates.get(i))).as("not asked for").isEqualTo(ErrorCode.NOT_SENT);
    }
    assertThat(fate(emit(1).get(0))).isEqualTo(ErrorCode.STREAM_CANCELLED);
  }

  @Test
  @DisplayName("a receiver that throws: those before are done, that one is unknown")
  void receiverThrows() {
    List<Watcher<Long>> fates = emit(4);
    Watcher<byte[]> watcher = new Watcher<>();
    ends.alices()
        .receive()
        .asByteArray()
        .index()
        .map(
            message -> {
              if (message.getT1() == 2) {
                throw new IllegalStateException();
              }
              return message.getT2();
            })
        .subscribe(watcher);
    watcher.request(3);
    assertThat(fates(fates)).containsExactly(1L, 2L, ErrorCode.UNKNOWN, ErrorCode.NOT_SENT);
  }

  @Test
  @DisplayName("completed: all are done, in order, before the other side's end is known here")
  void completed() {
    List<Watcher<Long>> fates = emit(4);
    assertThat(ends.bobs().sink().tryEmitComplete()).isEqualTo(EmitResult.OK);
    assertThat(fate(emit(1).get(0))).isEqualTo(ErrorCode.TERMINATED);
    Watcher<byte[]> watcher = new Watcher<>();
    ends.alices().receive().asByteArray().subscribe(watcher);
    watcher.request(4).awaitCompletion();
    assertThat(fates(fates)).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  @DisplayName("a waiter that goes away takes nothing back")
  void waiterGoesAway() {
    Watcher<Long> gone = emit(1).get(0);
    gone.cancel();
    List<Watcher<Long>> other = emit(1);
    Watcher<byte[]> watcher = new Watcher<>();
    ends.alices().receive().asByteArray().subscribe(watcher);
    watcher.request(2).awaitCount(2);
    assertThat(fates(other)).containsExactly(2L);
    assertThat(gone.terminals()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 3, Long.MAX_VALUE})
  @DisplayName(
      "an error on the sink fails the remote Flux, demand or not; its text is made harmless")
  void error(long demand) {
    Watcher<byte[]> watcher = new Watcher<>();
    ends.alices().receive().asByteArray().subscribe(watcher);
    if (demand > 0) {
      watcher.request(demand);
    }
    Pair.await(() -> ends.bobs().grantedMessages() == demand);
    for (int i = 0; i < 3; i++) {
      assertThat(ends.bobs().sink().tryEmitNext(new byte[1])).isEqualTo(EmitResult.OK);
    }
    assertThat(ends.bobs().sink().tryEmitError(4711, "no more\nof it " + "x".repeat(2_000)))
        .isEqualTo(EmitResult.OK);

    StreamEnd end = ((StreamException) watcher.failure()).end();
    assertThat(end.reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(end.origin()).isEqualTo(StreamEnd.Origin.REMOTE);
    assertThat(end.applicationCode()).isEqualTo(4711);
    assertThat(end.text()).startsWith("no more\\u000aof it xxx").hasSizeLessThanOrEqualTo(1_024);
    assertThat(watcher.count()).isLessThanOrEqualTo((int) Math.min(demand, 3));

    // The way back is not concerned.
    ReactorStream alices = ends.alices();
    Watcher<byte[]> back = new Watcher<>();
    ends.bobs().receive().asByteArray().subscribe(back);
    back.request(2);
    assertThat(Pair.block(alices.sink().emitAcked(new byte[1]))).isEqualTo(1);
    assertThat(alices.sink().tryEmitComplete()).isEqualTo(EmitResult.OK);
    back.awaitCompletion();
    BothEnds over = BothEnds.of(ends.bobs(), alices);
    assertThat(over.here().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(over.there().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(over.here().applicationCode()).isEqualTo(4711);
  }
}
