// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.reactor.ReactorStream;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** How a receiver that is content, or broken in an unusual way, leaves the other side. */
class ReceiverEndsTest {

  private static List<Long> emittedAndAcked(ReactorStream stream, int messages) {
    return Pair.block(
        Flux.range(1, messages)
            .flatMapSequential(i -> stream.sink().emitAcked(new byte[] {1}), messages)
            .collectList());
  }

  /** What was consumed is acknowledged, though the receiver wants no more. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 10, 200})
  void whoTakesSomeHasConsumedThem(int messages) {
    try (Pair pair = new Pair()) {
      Pair.Ends ends = pair.open();
      ends.alices().receive().take(messages).subscribe();
      assertThat(emittedAndAcked(ends.bobs(), messages))
          .containsExactlyElementsOf(LongStream.rangeClosed(1, messages).boxed().toList());
    }
  }

  @Test
  void soHasWhoTakesThemOnAnotherThread() {
    Scheduler scheduler = Schedulers.newSingle("taking");
    try (Pair pair = new Pair()) {
      for (int messages = 1; messages <= 20; messages++) {
        Pair.Ends ends = pair.open();
        ends.alices().receive().deliverOn(scheduler).take(messages).subscribe();
        assertThat(emittedAndAcked(ends.bobs(), messages)).hasSize(messages);
        ends.bobs().dispose();
      }
    } finally {
      scheduler.dispose();
    }
  }

  /** Its completion comes while the message is being consumed on another thread. */
  @Test
  void soHasAHandlerThatTakesThemOnAnotherThread() {
    Scheduler scheduler = Schedulers.newBoundedElastic(1, 100, "taking");
    try (Pair pair = new Pair()) {
      pair.alice
          .streams("ask")
          .handle(
              stream ->
                  stream.receive().deliverOn(scheduler).take(1).doFinally(end -> busy()).then())
          .subscribe();
      for (int i = 0; i < 10; i++) {
        ReactorStream bobs =
            Pair.block(pair.bob.openStream(pair.aliceAddress, StreamOptions.reliable("ask")));
        assertThat(emittedAndAcked(bobs, 1)).containsExactly(1L);
      }
    } finally {
      scheduler.dispose();
    }
  }

  /** Long enough for the event loop to write what it has to. */
  private static void busy() {
    long until = System.nanoTime() + 20_000_000;
    while (System.nanoTime() < until) {
      Thread.onSpinWait();
    }
  }

  /** Nobody behind the failed subscriber can hear of it: the whole stream fails, at both ends. */
  @ParameterizedTest
  @ValueSource(strings = {"lambda", "operator", "deliverOn"})
  void aHandlerThatSubscribesApart(String how) {
    Scheduler scheduler = Schedulers.newSingle("apart");
    try (Pair pair = new Pair()) {
      pair.alice
          .streams("apart")
          .handle(
              stream -> {
                Flux<?> receiving =
                    switch (how) {
                      case "lambda" -> stream.receive();
                      case "operator" -> stream.receive().map(message -> failing());
                      default -> stream.receive().deliverOn(scheduler);
                    };
                receiving.subscribe(message -> failing(), error -> {});
                return stream.onClose();
              })
          .subscribe();
      ReactorStream bobs =
          Pair.block(pair.bob.openStream(pair.aliceAddress, StreamOptions.reliable("apart")));
      bobs.sink().tryEmitNext(new byte[1]);
      StreamEnd end = Pair.block(bobs.onClose());
      assertThat(end.reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
      assertThat(end.text()).isEqualTo("the receiver failed");
    } finally {
      scheduler.dispose();
    }
  }

  private static Object failing() {
    throw new IllegalStateException("not this one");
  }

  @Test
  void soHasAHandlerThatTakesTheNextMessage() {
    try (Pair pair = new Pair()) {
      pair.alice.streams("ask").handle(stream -> stream.receive().next().then()).subscribe();
      ReactorStream bobs =
          Pair.block(pair.bob.openStream(pair.aliceAddress, StreamOptions.reliable("ask")));
      assertThat(emittedAndAcked(bobs, 1)).containsExactly(1L);
    }
  }

  @Test
  void aHandlerWhosePublisherThrowsOnSubscribeFailsItsStream() {
    try (Pair pair = new Pair()) {
      Publisher<Void> broken =
          subscriber -> {
            throw new IllegalStateException("not today");
          };
      pair.alice.streams("bad").handle(stream -> broken).subscribe();
      ReactorStream bobs =
          Pair.block(pair.bob.openStream(pair.aliceAddress, StreamOptions.reliable("bad")));
      StreamEnd end = Pair.block(bobs.onClose());
      assertThat(end.reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
      assertThat(end.text()).isEqualTo("the handler failed: IllegalStateException");
    }
  }

  /** An error of the virtual machine, but one that is over when the call is. */
  @Test
  void aStackThatOverflowsCostsItsStreamOnly() {
    try (Pair pair = new Pair()) {
      Pair.Ends deep = pair.open();
      Pair.Ends other = pair.open();
      deep.alices().receive().subscribe(message -> deeper(1), error -> {});
      other.alices().receive().subscribe();
      deep.bobs().sink().tryEmitNext(new byte[1]);
      assertThat(Pair.block(deep.bobs().onClose()).reason())
          .isEqualTo(BusCompletionReason.APPLICATION_ERROR);
      assertThat(emittedAndAcked(other.bobs(), 1)).containsExactly(1L);
    }
  }

  @SuppressWarnings("InfiniteRecursion") // that is the point
  private static int deeper(int depth) {
    return deeper(depth + 1) + 1;
  }

  @Test
  void aCleanCloseCompletesAFluxThatWasAskedForNothing() {
    try (Pair pair = new Pair()) {
      Pair.Ends ends = pair.open();
      StepVerifier.create(ends.bobs().receive(), 0)
          .then(() -> ends.bobs().close().subscribe())
          .expectComplete()
          .verify(Pair.PATIENCE);
    }
  }
}
