// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.reactor.codec.Codecs;
import io.dittobus.reactor.fake.FakeStream;
import io.dittobus.reactor.fake.TaskQueue;
import io.dittobus.reactor.outbound.BusSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.test.publisher.TestPublisher;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What waits for room, is told of it, or tries again until there is some. */
class EmitTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final FlowOptions TWO = FlowOptions.defaults().withMaxQueuedMessages(2);

  private final TaskQueue tasks = new TaskQueue();
  private FakeStream fake = new FakeStream(tasks, TWO.withMaxWaiters(3));
  private ReactorStream stream = ReactorStream.of(fake, false);
  private BusSink sink = stream.sink();

  @AfterEach
  void theContractWasHeld() {
    tasks.runAll();
    fake.dispose();
    tasks.runAll();
    assertThat(fake.violations).isEmpty();
  }

  private void use(FlowOptions flow) {
    fake = new FakeStream(tasks, flow);
    stream = ReactorStream.of(fake, false);
    sink = stream.sink();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private Probe<Void> emit(String text) {
    return watch(sink.emit(bytes(text)));
  }

  private static <T> Probe<T> watch(Mono<T> mono) {
    Probe<T> probe = new Probe<>();
    mono.subscribe(probe);
    probe.request(1);
    return probe;
  }

  private static ErrorCode code(Probe<?> probe) {
    return ((DittoBusException) probe.error).code();
  }

  private List<String> written() {
    return fake.written.stream().map(message -> new String(message, UTF_8)).toList();
  }

  /** The other side asks for n more, and they are written. */
  private void take(int n) {
    fake.grant(n);
    fake.write(n);
    tasks.runAll();
  }

  @Test
  void completesAtOnceWhileThereIsRoomAndWaitsInOrderFromThere() {
    List<Probe<Void>> probes = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      probes.add(emit("m" + i));
    }
    assertThat(probes).extracting(Probe::isOver).containsExactly(true, true, false, false, false);
    take(1);
    assertThat(probes).extracting(Probe::isOver).containsExactly(true, true, true, false, false);
    take(2);
    assertThat(probes).allMatch(Probe::isOver).allMatch(probe -> probe.error == null);
    take(2);
    assertThat(written()).containsExactly("m0", "m1", "m2", "m3", "m4");
  }

  @Test
  void isNotOvertaken() {
    emit("a");
    emit("b");
    Probe<Void> waiting = emit("c");
    fake.grant(1);
    fake.write(1); // there is room, and nobody has been told yet
    assertThat(sink.tryEmitNext(bytes("x"))).isEqualTo(EmitResult.FAIL_OVERFLOW);
    assertThat(code(watch(sink.emitAcked(bytes("x"))))).isEqualTo(ErrorCode.OVERFLOW);
    tasks.runAll();
    assertThat(waiting.isOver()).isTrue();
    take(2);
    assertThat(sink.tryEmitNext(bytes("d"))).isEqualTo(EmitResult.OK);
    take(1);
    assertThat(written()).containsExactly("a", "b", "c", "d");
  }

  @Test
  void actsWhenSubscribedTo() {
    Mono<Void> unused = sink.emit(bytes("never"));
    assertThat(fake.emittedSequence()).isZero();
    unused.subscribe();
    unused.subscribe();
    assertThat(fake.emittedSequence()).isEqualTo(2);
  }

  @Test
  void tooManyWaitersAreRefused() {
    for (int i = 0; i < 5; i++) {
      emit("m" + i);
    }
    ByteBuf message = Unpooled.copiedBuffer("x", UTF_8);
    Probe<Void> refused = watch(sink.emit(message));
    assertThat(code(refused)).isEqualTo(ErrorCode.OVERFLOW);
    assertThat(refused.error).hasMessageContaining("maxWaiters 3");
    assertThat(message.refCnt()).isZero();
  }

  @Test
  void theBytesThatWaitAreBoundedButOneIsAlwaysLetIn() {
    use(TWO.withMaxQueuedBytes(1_000));
    watch(sink.emit(new byte[2_000]));
    Probe<Void> large = watch(sink.emit(new byte[3_000]));
    assertThat(large.isOver()).isFalse();
    assertThat(code(watch(sink.emit(new byte[1])))).isEqualTo(ErrorCode.OVERFLOW);
    take(1);
    assertThat(large.isOver()).isTrue();
    Probe<Void> small = watch(sink.emit(new byte[468]));
    assertThat(watch(sink.emit(new byte[468])).isOver()).isFalse();
    assertThat(code(watch(sink.emit(new byte[1])))).isEqualTo(ErrorCode.OVERFLOW);
    assertThat(small.isOver()).isFalse();
  }

  @Test
  void theMemoryThatWaitsIsBounded() {
    use(TWO.withMaxQueuedBytes(1_000));
    emit("a");
    emit("b");
    emit("c");
    ByteBuf whole = Unpooled.buffer(1 << 20).writeZero(1 << 20);
    Probe<Void> slice = watch(sink.emit(whole.readRetainedSlice(10)));
    Probe<Void> composite =
        watch(
            sink.emit(Unpooled.compositeBuffer().addComponent(true, whole.readRetainedSlice(10))));
    whole.release();
    assertThat(whole.refCnt()).as("nothing of it is kept").isZero();
    assertThat(slice.isOver() || composite.isOver()).isFalse();
    Probe<Void> half = watch(sink.emit(Unpooled.buffer(800, 800).writeZero(400)));
    assertThat(half.isOver()).isFalse();
    assertThat(code(watch(sink.emit(Unpooled.buffer(200, 200).writeZero(100)))))
        .as("the other one counts for all of its 800 bytes")
        .isEqualTo(ErrorCode.OVERFLOW);
    for (int i = 0; i < 3; i++) {
      take(2);
    }
    assertThat(half.completed).isTrue();
    assertThat(fake.written.stream().map(message -> message.length))
        .containsExactly(1, 1, 1, 10, 10, 400);
  }

  @Test
  void withoutWaitersAllowedItFailsAtOnce() {
    use(TWO.withMaxWaiters(0));
    emit("a");
    emit("b");
    assertThat(code(emit("c"))).isEqualTo(ErrorCode.OVERFLOW);
  }

  @Test
  void cancellingTakesTheMessageBack() {
    emit("a");
    emit("b");
    List<Object> discarded = new ArrayList<>();
    ByteBuf message = Unpooled.copiedBuffer("c", UTF_8);
    Probe<Void> cancelled = watch(sink.emit(message).doOnDiscard(ByteBuf.class, discarded::add));
    Probe<Void> after = emit("d");
    cancelled.cancel();
    assertThat(discarded).containsExactly(message);
    assertThat(message.refCnt()).isZero();
    take(2);
    assertThat(after.isOver()).isTrue();
    cancelled.cancel();
    take(1);
    assertThat(written()).containsExactly("a", "b", "d");
    assertThat(cancelled.isOver()).isFalse();
  }

  @Test
  void whoeverWaitsEndsOnceWhenTheDirectionEnds() {
    List<Runnable> ends =
        List.of(
            () -> fake.remoteCancel(),
            () -> fake.cut(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, ""),
            () -> sink.tryEmitError(1, "x"),
            () -> fake.dispose());
    for (int i = 0; i < ends.size(); i++) {
      use(TWO);
      emit("a");
      emit("b");
      ByteBuf message = Unpooled.copiedBuffer("c", UTF_8);
      Probe<Void> first = watch(sink.emit(message));
      Probe<Void> second = emit("d");
      ends.get(i).run();
      assertThat(first.isOver()).isFalse();
      tasks.runAll();
      assertThat(code(first)).isEqualTo(ErrorCode.NOT_SENT);
      assertThat(code(second)).isEqualTo(ErrorCode.NOT_SENT);
      assertThat(message.refCnt()).isZero();
      assertThat(code(emit("e")))
          .isEqualTo(i == 0 ? ErrorCode.STREAM_CANCELLED : ErrorCode.TERMINATED);
    }
  }

  @Test
  void completionComesAfterWhatWaits() {
    emit("a");
    emit("b");
    Probe<Void> waiting = emit("c");
    assertThat(sink.tryEmitComplete()).isEqualTo(EmitResult.OK);
    assertThat(fake.isCompleting()).isFalse();
    assertThat(sink.tryEmitNext(bytes("d"))).isEqualTo(EmitResult.FAIL_TERMINATED);
    assertThat(code(emit("d"))).isEqualTo(ErrorCode.TERMINATED);
    take(3);
    assertThat(waiting.isOver()).isTrue();
    assertThat(waiting.error).isNull();
    assertThat(fake.isCompleting()).isTrue();
    take(3);
    assertThat(written()).containsExactly("a", "b", "c");
  }

  @Test
  void aSendTakesNothingMoreOnceTheSinkHasCompleted() {
    fake.grant(1);
    tasks.runAll();
    TestPublisher<byte[]> publisher = TestPublisher.create();
    Probe<Void> sending = watch(stream.send(publisher));
    publisher.assertMinRequested(1);
    emit("a");
    emit("b");
    emit("c");
    assertThat(sink.tryEmitComplete()).isEqualTo(EmitResult.OK);
    fake.write(1); // there is room, and nobody has been told yet
    publisher.next(bytes("late"));
    assertThat(code(sending)).isEqualTo(ErrorCode.TERMINATED);
    take(3);
    take(1);
    assertThat(written()).containsExactly("a", "b", "c");
  }

  @Test
  void closingComesAfterWhatWaits() {
    for (boolean completes : new boolean[] {true, false}) {
      use(TWO);
      emit("a");
      emit("b");
      List<Probe<Void>> waiting = List.of(emit("c"), emit("d"));
      if (completes) {
        assertThat(sink.tryEmitComplete()).isEqualTo(EmitResult.OK);
      }
      Probe<Void> closed = watch(stream.close());
      assertThat(sink.tryEmitNext(bytes("x"))).isEqualTo(EmitResult.FAIL_TERMINATED);
      assertThat(code(emit("x"))).isEqualTo(ErrorCode.TERMINATED);
      tasks.runAll();
      assertThat(waiting).noneMatch(Probe::isOver);
      take(1);
      assertThat(fake.closes).isEmpty();
      take(1);
      assertThat(waiting).allMatch(probe -> probe.completed);
      assertThat(fake.closes).hasSize(1);
      assertThat(fake.closes.get(0)).isBetween(Duration.ofNanos(1), Duration.ofSeconds(10));
      take(2);
      fake.remoteAck(4);
      tasks.runAll();
      assertThat(written()).containsExactly("a", "b", "c", "d");
      assertThat(closed.completed).isTrue();
      assertThat(fake.outboundEnd().reason()).isEqualTo(BusCompletionReason.COMPLETED);
    }
  }

  @Test
  void whatStillWaitsAtTheDeadlineIsNotSent() {
    VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
    try {
      for (boolean completes : new boolean[] {true, false}) {
        use(TWO);
        emit("a");
        emit("b");
        Probe<Void> waiting = emit("c");
        if (completes) {
          assertThat(sink.tryEmitComplete()).isEqualTo(EmitResult.OK);
        }
        Probe<Void> closed = watch(stream.close(Duration.ofSeconds(9)));
        Probe<Void> sooner = watch(stream.close(Duration.ofSeconds(5)));
        Probe<Void> later = watch(stream.close(Duration.ofSeconds(7)));
        time.advanceTimeBy(Duration.ofSeconds(5).minusNanos(1));
        tasks.runAll();
        assertThat(waiting.isOver()).isFalse();
        time.advanceTimeBy(Duration.ofNanos(1));
        tasks.runAll();
        assertThat(code(waiting)).isEqualTo(ErrorCode.NOT_SENT);
        assertThat(fake.end().reason()).isEqualTo(BusCompletionReason.TIMED_OUT);
        assertThat(List.of(closed, sooner, later)).allMatch(probe -> probe.completed);
        long calls = fake.closes.size();
        time.advanceTimeBy(Duration.ofSeconds(10));
        assertThat(fake.closes).as("no timer is left").hasSize((int) calls);
      }
    } finally {
      VirtualTimeScheduler.reset();
    }
  }

  @Test
  void whatTheDeadlineLeavesIsForTheRest() {
    VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
    try {
      emit("a");
      emit("b");
      emit("c");
      stream.close(Duration.ofSeconds(5)).subscribe();
      time.advanceTimeBy(Duration.ofSeconds(2));
      take(1);
      assertThat(fake.closes).containsExactly(Duration.ofSeconds(3));
      time.advanceTimeBy(Duration.ofSeconds(9));
      assertThat(fake.closes).as("no timer is left").hasSize(1);
    } finally {
      VirtualTimeScheduler.reset();
    }
  }

  // Beside a send

  /** A publisher that always has more, and takes each place as soon as there is one. */
  @Test
  void aSendTakesTurnsWithThoseWhoWait() {
    fake.grant(Long.MAX_VALUE);
    tasks.runAll();
    watch(stream.send(Flux.range(0, 1_000).map(i -> bytes("s" + i))));
    List<Probe<Void>> waiting = List.of(emit("e0"), emit("e1"), emit("e2"));
    assertThat(waiting).noneMatch(Probe::isOver);
    for (int i = 0; i < 12; i++) {
      fake.write(1);
      tasks.runAll();
    }
    assertThat(waiting).allMatch(Probe::isOver);
    assertThat(written()).startsWith("s0", "s1", "e0", "e1", "e2", "s2", "s3");
    assertThat(sink.tryEmitNext(bytes("x"))).isEqualTo(EmitResult.FAIL_OVERFLOW);
  }

  /** One that has asked its publisher for a message before, which comes just when there is room. */
  @Test
  void aMessageOfASendComesAfterThoseWhoWaitedBeforeIt() {
    fake.grant(Long.MAX_VALUE);
    tasks.runAll();
    TestPublisher<byte[]> publisher = TestPublisher.create();
    watch(stream.send(publisher));
    emit("a");
    emit("b");
    Probe<Void> before = emit("c");
    fake.write(1); // there is room, and nobody has been told yet
    publisher.next(bytes("s"));
    Probe<Void> after = emit("d");
    tasks.runAll();
    assertThat(before.isOver()).isTrue();
    take(1);
    assertThat(after.isOver()).isFalse();
    take(4);
    assertThat(after.isOver()).isTrue();
    take(4);
    assertThat(written()).containsExactly("a", "b", "c", "s", "d");
  }

  /** However many wait, and though there is always one: the send goes on too. */
  @Test
  void whoWaitsTakesTurnsWithASend() {
    fake.grant(Long.MAX_VALUE);
    tasks.runAll();
    for (int i = 0; i < 5; i++) {
      emitAgainAndAgain();
    }
    Probe<Void> first = watch(stream.send(Flux.range(0, 10).map(i -> bytes("s" + i))));
    Probe<Void> second = watch(stream.send(Flux.range(0, 10).map(i -> bytes("s" + i))));
    for (int i = 0; i < 100; i++) {
      fake.write(1);
      tasks.runAll();
    }
    assertThat(first.completed && second.completed).as("written: %s", written()).isTrue();
    assertThat(written()).filteredOn(text -> text.equals("e")).hasSizeGreaterThan(60);
  }

  private void emitAgainAndAgain() {
    sink.emit(bytes("e")).subscribe(unused -> {}, unused -> {}, this::emitAgainAndAgain);
  }

  @Test
  void aSendThatLeavesTheLineKeepsNobodyWaiting() {
    for (boolean cancels : new boolean[] {true, false}) {
      use(TWO);
      fake.grant(Long.MAX_VALUE);
      tasks.runAll();
      TestPublisher<byte[]> publisher = TestPublisher.create();
      Probe<Void> sending = watch(stream.send(publisher));
      emit("a");
      emit("b");
      Probe<Void> before = emit("c");
      publisher.next(bytes("s"));
      Probe<Void> after = emit("d");
      before.cancel(); // so that it is the turn of the send
      if (cancels) {
        sending.cancel();
      } else {
        assertThat(sink.tryEmitComplete()).isEqualTo(EmitResult.OK);
      }
      take(2);
      take(2);
      assertThat(after.completed).isTrue();
      take(2);
      assertThat(written()).containsExactly("a", "b", "d");
      assertThat(fake.isCompleting()).isEqualTo(!cancels);
      fake.dispose();
      tasks.runAll();
      assertThat(sending.isOver()).isEqualTo(!cancels);
    }
  }

  @Test
  void aMessageThatIsTooLargeNeverWaits() {
    emit("a");
    emit("b");
    Probe<Void> large = watch(sink.emit(new byte[FakeStream.MAX_MESSAGE_SIZE + 1]));
    assertThat(code(large)).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
  }

  @Test
  void aThrowingSubscriberKeepsNobodyElseWaiting() {
    emit("a");
    emit("b");
    sink.emit(bytes("c"))
        .subscribe(
            unused -> {},
            unused -> {},
            () -> {
              throw new IllegalStateException("of the test");
            });
    Probe<Void> other = emit("d");
    take(2);
    assertThat(other.isOver()).isTrue();
  }

  @Test
  void aFailedOfferEndsTheWaiter() {
    ByteBuf released = Unpooled.copiedBuffer("x", UTF_8);
    emit("a");
    emit("b");
    Probe<Void> probe = watch(sink.emit(released));
    released.release();
    fake.throwOnReleased = true;
    take(1);
    assertThat(probe.error).isInstanceOf(io.netty.util.IllegalReferenceCountException.class);
    assertThat(emit("c").isOver()).isTrue();
  }

  // What a bus may do while a message is offered to it

  /** A bus may need a lock in there that is held by the very thread that cancels. */
  @Test
  void aCancelNeverWaitsForAnOffer() throws Exception {
    emit("a");
    emit("b");
    Probe<Void> offered = emit("c");
    Probe<Void> next = emit("d");
    CountDownLatch offering = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(2);
    fake.whileEnqueuing =
        () -> {
          offering.countDown();
          assertThat(awaits(cancelled)).as("the cancels have returned").isTrue();
        };
    CompletableFuture<Void> loop = CompletableFuture.runAsync(() -> take(1));
    assertThat(awaits(offering)).isTrue();
    for (Probe<Void> probe : List.of(offered, next)) {
      CompletableFuture.runAsync(probe::cancel).thenRun(cancelled::countDown);
    }
    loop.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    fake.whileEnqueuing = () -> {};
    take(2);
    assertThat(written()).as("it was taken, and nobody cared any more").endsWith("b", "c");
    assertThat(offered.isOver() || next.isOver()).isFalse();
  }

  @Test
  void twoStreamsThatOfferAtOnceMayCancelInOneAnother() throws Exception {
    FakeStream first = fake;
    Probe<Void> inFirst = fillAndWait();
    TaskQueue elsewhere = new TaskQueue();
    FakeStream second = new FakeStream(elsewhere, TWO);
    sink = ReactorStream.of(second, false).sink();
    Probe<Void> inSecond = fillAndWait();
    CyclicBarrier both = new CyclicBarrier(2);
    first.whileEnqueuing = () -> meetAndCancel(both, inSecond);
    second.whileEnqueuing = () -> meetAndCancel(both, inFirst);
    for (FakeStream each : List.of(first, second)) {
      each.grant(1);
      each.write(1);
    }
    CompletableFuture<Void> loop = CompletableFuture.runAsync(tasks::runAll);
    CompletableFuture<Void> otherLoop = CompletableFuture.runAsync(elsewhere::runAll);
    loop.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    otherLoop.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(first.emittedSequence()).isEqualTo(3);
    assertThat(second.emittedSequence()).isEqualTo(3);
    second.dispose();
    elsewhere.runAll();
    assertThat(second.violations).isEmpty();
  }

  private Probe<Void> fillAndWait() {
    emit("a");
    emit("b");
    return emit("c");
  }

  private static void meetAndCancel(CyclicBarrier both, Probe<Void> probe) {
    try {
      both.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("the other one never came", e);
    }
    probe.cancel();
  }

  @Test
  void cancelledWithinItsOwnOfferAMessageIsEitherSentOrDiscarded() {
    for (boolean room : new boolean[] {true, false}) {
      use(TWO);
      emit("a");
      emit("b");
      List<Object> discarded = new ArrayList<>();
      ByteBuf message = Unpooled.copiedBuffer("c", UTF_8);
      Probe<Void> probe = watch(sink.emit(message).doOnDiscard(ByteBuf.class, discarded::add));
      Probe<Void> after = emit("d");
      fake.whileEnqueuing = probe::cancel;
      fake.grant(1);
      if (room) {
        fake.write(1);
      }
      tasks.runAll();
      assertThat(discarded).hasSize(room ? 0 : 1);
      assertThat(message.refCnt()).isEqualTo(room ? 1 : 0);
      fake.whileEnqueuing = () -> {};
      take(3);
      assertThat(after.isOver()).isTrue();
      take(3);
      assertThat(written().contains("c")).isEqualTo(room);
      assertThat(probe.isOver()).isFalse();
      fake.dispose();
      tasks.runAll();
    }
  }

  @Test
  void anOfferThatFailsBadlyKeepsNobodyElseWaiting() {
    emit("a");
    emit("b");
    Probe<Void> failing = emit("c");
    Probe<Void> other = emit("d");
    fake.whileEnqueuing =
        () -> {
          fake.whileEnqueuing = () -> {};
          throw new AssertionError("of the test");
        };
    take(1);
    assertThat(failing.error).isInstanceOf(AssertionError.class);
    assertThat(other.isOver()).isTrue();
  }

  private static boolean awaits(CountDownLatch latch) {
    try {
      return latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  // emitNext

  @Test
  void emitNextTriesAgainWhileTheHandlerSaysSo() {
    emit("a");
    emit("b");
    List<EmitResult> asked = new ArrayList<>();
    sink.emitNext(
        bytes("c"),
        (signal, result) -> {
          asked.add(result);
          if (asked.size() == 3) {
            take(1);
          }
          return true;
        });
    assertThat(asked).containsOnly(EmitResult.FAIL_OVERFLOW).hasSize(3);
    assertThat(fake.emittedSequence()).isEqualTo(3);
  }

  @Test
  void emitNextOnTheStreamsOwnLoopFailsInsteadOfSpinning() {
    emit("a");
    emit("b");
    ByteBuf message = Unpooled.copiedBuffer("c", UTF_8);
    List<Throwable> thrown = new ArrayList<>();
    fake.executor()
        .execute(
            () -> {
              try {
                sink.emitNext(message, (signal, result) -> true);
              } catch (Sinks.EmissionException e) {
                thrown.add(e);
              }
            });
    tasks.runAll();
    assertThat(thrown).hasSize(1);
    assertThat(thrown.get(0)).hasMessageContaining("event loop");
    assertThat(message.refCnt()).isZero();
    take(1);
    assertThat(sink.tryEmitNext(bytes("d"))).isEqualTo(EmitResult.OK);
  }

  @Test
  void emitNextThatFailsFastFailsTheDirection() {
    emit("a");
    emit("b");
    ByteBuf message = Unpooled.copiedBuffer("c", UTF_8);
    sink.emitNext(message, Sinks.EmitFailureHandler.FAIL_FAST);
    assertThat(message.refCnt()).isZero();
    assertThat(fake.outboundEnd().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
  }

  @Test
  void emitNextAfterTheEndDropsTheMessageAndAsksForNoRetry() {
    fake.remoteCancel();
    ByteBuf message = Unpooled.copiedBuffer("c", UTF_8);
    sink.emitNext(message, (signal, result) -> true);
    assertThat(message.refCnt()).isZero();
  }

  @Test
  void emitNextOfALargeMessageThrowsAndReleases() {
    ByteBuf large = Unpooled.wrappedBuffer(new byte[FakeStream.MAX_MESSAGE_SIZE + 1]);
    assertThatThrownBy(() -> sink.emitNext(large, Sinks.EmitFailureHandler.FAIL_FAST))
        .isInstanceOf(DittoBusException.class);
    assertThat(large.refCnt()).isZero();
    assertThat(sink.tryEmitNext(bytes("a"))).isEqualTo(EmitResult.OK);
  }

  // Credit and room

  @Test
  void theCreditIsWhatMayBeEmittedAndSent() {
    assertThat(sink.availableCredit()).isZero();
    fake.grant(2);
    assertThat(sink.availableCredit()).isEqualTo(2);
    emit("a");
    assertThat(sink.availableCredit()).isEqualTo(1);
  }

  @Test
  void writableTellsOfRoomAtOnceAndAgain() {
    Probe<Long> probe = new Probe<>();
    sink.writable().subscribe(probe);
    probe.request(Long.MAX_VALUE);
    assertThat(probe.values).containsExactly(0L); // no credit, and room in the queue
    emit("a");
    emit("b");
    assertThat(sink.tryEmitNext(bytes("c"))).isEqualTo(EmitResult.FAIL_OVERFLOW);
    fake.grant(3);
    tasks.runAll();
    assertThat(probe.values).containsExactly(0L); // still no room
    fake.write(1);
    tasks.runAll();
    assertThat(probe.values).containsExactly(0L, 1L);
    fake.remoteCancel();
    tasks.runAll();
    assertThat(probe.isOver()).isTrue();
    assertThat(probe.error).isNull();
    Probe<Long> late = new Probe<>();
    sink.writable().subscribe(late);
    assertThat(late.isOver()).isTrue();
  }

  @Test
  void eachListenerOfWritableKeepsTheLatestWordOnly() {
    Probe<Long> slow = new Probe<>();
    Probe<Long> other = new Probe<>();
    sink.writable().subscribe(slow);
    sink.writable().subscribe(other);
    other.request(Long.MAX_VALUE);
    for (int i = 0; i < 5; i++) {
      fake.grant(1);
      tasks.runAll();
    }
    slow.request(1);
    assertThat(slow.values).containsExactly(5L);
    assertThat(other.values).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
    other.cancel();
    fake.grant(1);
    tasks.runAll();
    assertThat(other.values).hasSize(6);
  }

  @Test
  void writableTellsWhenTheLastOneNoLongerWaitsThoughThereIsNoMoreRoom() {
    use(TWO.withMaxQueuedBytes(1_000));
    watch(sink.emit(new byte[500]));
    Probe<Void> large = watch(sink.emit(new byte[900]));
    Probe<Long> probe = new Probe<>();
    sink.writable().subscribe(probe);
    probe.request(1);
    assertThat(probe.values).isEmpty();
    large.cancel();
    assertThat(probe.values).as("a smaller one finds room").hasSize(1);
    assertThat(sink.tryEmitNext(bytes("b"))).isEqualTo(EmitResult.OK);
  }

  @Test
  void writableIsTrueOnlyWhenNobodyWaits() {
    for (int i = 0; i < 4; i++) {
      emit("m" + i);
    }
    Probe<Long> probe = new Probe<>();
    sink.writable().subscribe(probe);
    probe.request(Long.MAX_VALUE);
    take(1);
    assertThat(probe.values).isEmpty();
    take(2);
    assertThat(probe.values).isNotEmpty();
  }

  // As Reactor's

  @Test
  void asMany() {
    Sinks.Many<String> many = sink.asMany(Codecs.string());
    assertThat(many.currentSubscriberCount()).isOne();
    assertThat(many.tryEmitNext("a")).isEqualTo(EmitResult.OK);
    many.emitNext("b", Sinks.EmitFailureHandler.FAIL_FAST);
    assertThat(many.tryEmitNext("c")).isEqualTo(EmitResult.FAIL_OVERFLOW);
    assertThatThrownBy(many::asFlux).isInstanceOf(UnsupportedOperationException.class);
    many.emitComplete(Sinks.EmitFailureHandler.FAIL_FAST);
    assertThat(many.tryEmitComplete()).isEqualTo(EmitResult.FAIL_TERMINATED);
    assertThat(many.currentSubscriberCount()).isZero();
    take(2);
    assertThat(written()).containsExactly("a", "b");
  }

  @Test
  void aBufferThatManyDoesNotTakeStaysTheCallers() {
    Sinks.Many<ByteBuf> many = sink.asMany(Codecs.buffer());
    emit("a");
    ByteBuf taken = Unpooled.copiedBuffer("b", UTF_8);
    ByteBuf refused = Unpooled.copiedBuffer("c", UTF_8);
    assertThat(many.tryEmitNext(taken)).isEqualTo(EmitResult.OK);
    assertThat(many.tryEmitNext(refused)).isEqualTo(EmitResult.FAIL_OVERFLOW);
    assertThat(refused.refCnt()).isOne();
    refused.release();
    take(2);
    assertThat(taken.refCnt()).isZero();
  }

  @Test
  void optionsReachTheStream() {
    MessageOptions options = MessageOptions.none().withTimeToLive(Duration.ofSeconds(1));
    sink.tryEmitNext(bytes("a"), options);
    watch(sink.emit(bytes("b"), options));
    assertThat(fake.options).containsExactly(options, options);
  }
}
