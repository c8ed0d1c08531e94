// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.codec.Codec;
import io.dittobus.reactor.codec.Codecs;
import io.dittobus.reactor.fake.FakeStream;
import io.dittobus.reactor.fake.TaskQueue;
import io.dittobus.reactor.outbound.SendOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.test.publisher.TestPublisher;
import reactor.util.context.Context;

/** Sending a publisher: what is taken, and all the ways in which it ends. */
class SendTest {

  private final TaskQueue tasks = new TaskQueue();
  private final FakeStream fake = new FakeStream(tasks, FlowOptions.defaults());
  private final ReactorStream stream = ReactorStream.of(fake, false);
  private final Probe<Void> done = new Probe<>();

  @AfterEach
  void theContractWasHeld() {
    tasks.runAll();
    assertThat(fake.violations).isEmpty();
  }

  private static Flux<byte[]> messages(int from, int count) {
    return Flux.range(from, count).map(i -> ("m" + i).getBytes(UTF_8));
  }

  private List<String> written() {
    return fake.written.stream().map(b -> new String(b, UTF_8)).toList();
  }

  private void grantAndWrite(long n) {
    fake.grant(n);
    tasks.runAll();
    while (fake.queuedMessages() > 0 && fake.written.size() < fake.grantedMessages()) {
      fake.write(3);
      tasks.runAll();
    }
  }

  @Test
  void takesNothingWithoutCreditAndExactlyTheCreditWithIt() {
    List<Long> requests = new ArrayList<>();
    long[] taken = {0};
    stream
        .send(messages(1, 1_000).doOnRequest(requests::add).doOnNext(b -> taken[0]++))
        .subscribe(done);
    assertThat(requests).isEmpty();
    grantAndWrite(1);
    assertThat(taken[0]).isEqualTo(1);
    grantAndWrite(9);
    assertThat(taken[0]).isEqualTo(10);
    assertThat(requests.stream().mapToLong(n -> n).sum()).isEqualTo(10);
    assertThat(written()).hasSize(10).startsWith("m1", "m2");
    assertThat(done.isOver()).isFalse();
  }

  @Test
  void completesWhenTheLastMessageIsOnTheWireAndTheStreamLivesOn() {
    fake.grant(2);
    stream.send(messages(1, 3)).subscribe(done);
    tasks.runAll();
    fake.write(9);
    tasks.runAll();
    assertThat(done.isOver()).isFalse();
    grantAndWrite(1);
    assertThat(done.completed).isTrue();
    assertThat(fake.outboundEnd()).isNull();
    assertThat(stream.sentSequence()).isEqualTo(3);

    Probe<Void> again = new Probe<>();
    stream.send(messages(4, 2)).subscribe(again);
    grantAndWrite(2);
    assertThat(again.completed).isTrue();
    assertThat(written()).containsExactly("m1", "m2", "m3", "m4", "m5");
  }

  @Test
  void anEndThatComesDuringTheSubscriptionIsToldAfterIt() {
    List<String> signals = new ArrayList<>();
    stream
        .send(messages(1, 3))
        .subscribe(
            new BaseSubscriber<>() {
              @Override
              protected void hookOnSubscribe(Subscription subscription) {
                fake.remoteCancel();
                tasks.runAll(); // on a loop of its own, when it is live
                signals.add("subscribed");
              }

              @Override
              protected void hookOnComplete() {
                signals.add("completed");
              }
            });
    assertThat(signals).containsExactly("subscribed", "completed");
  }

  @Test
  void anEmptyPublisherCompletesAtOnce() {
    stream.send(Flux.<byte[]>empty()).subscribe(done);
    assertThat(done.completed).isTrue();
  }

  @Test
  void sendAndCompleteCompletesWhenTheEndIsAcknowledged() {
    stream.sendAndComplete(messages(1, 2)).subscribe(done);
    grantAndWrite(5);
    assertThat(fake.isCompleting()).isTrue();
    assertThat(done.isOver()).isFalse();
    fake.remoteAck(5);
    tasks.runAll();
    assertThat(done.completed).isTrue();
    assertThat(fake.outboundEnd().reason()).isEqualTo(BusCompletionReason.COMPLETED);
    assertThat(stream.ackedSequence()).isEqualTo(2);
  }

  @Test
  void aRemoteCancelCompletesAndCancelsThePublisher() {
    for (boolean complete : new boolean[] {false, true}) {
      FakeStream other = new FakeStream(tasks, FlowOptions.defaults());
      ReactorStream view = ReactorStream.of(other, false);
      TestPublisher<byte[]> source = TestPublisher.create();
      Probe<Void> waiting = new Probe<>();
      (complete ? view.sendAndComplete(source.flux()) : view.send(source.flux()))
          .subscribe(waiting);
      other.grant(1);
      tasks.runAll();
      other.remoteCancel();
      tasks.runAll();
      assertThat(waiting.completed).isTrue();
      source.assertCancelled();
    }
  }

  @Test
  void aCancelThatIsFoundByEmittingCompletesToo() {
    TestPublisher<byte[]> source = TestPublisher.create();
    stream.send(source.flux()).subscribe(done);
    fake.grant(1);
    tasks.runAll();
    fake.remoteCancel(); // not told yet
    source.next(new byte[1]);
    assertThat(done.completed).isTrue();
    source.assertCancelled();
  }

  @Test
  void aRemoteFailureFailsBoth() {
    for (boolean complete : new boolean[] {false, true}) {
      FakeStream other = new FakeStream(tasks, FlowOptions.defaults());
      ReactorStream view = ReactorStream.of(other, false);
      TestPublisher<byte[]> source = TestPublisher.create();
      Probe<Void> waiting = new Probe<>();
      (complete ? view.sendAndComplete(source.flux()) : view.send(source.flux()))
          .subscribe(waiting);
      other.grant(1);
      tasks.runAll();
      other.cut(BusCompletionReason.APPLICATION_ERROR, StreamEnd.Origin.REMOTE, "threw");
      source.next(new byte[1]); // refused, before the cause is told
      tasks.runAll();
      assertThat(waiting.error).isInstanceOf(StreamException.class);
      assertThat(((StreamException) waiting.error).reason())
          .isEqualTo(BusCompletionReason.APPLICATION_ERROR);
      source.assertCancelled();
    }
  }

  @Test
  void aCutNeverLooksLikeSuccess() {
    stream.sendAndComplete(messages(1, 2)).subscribe(done);
    grantAndWrite(5);
    fake.cut(BusCompletionReason.CLOSED_BY_REMOTE, StreamEnd.Origin.REMOTE, "");
    tasks.runAll();
    assertThat(((StreamException) done.error).reason())
        .isEqualTo(BusCompletionReason.CLOSED_BY_REMOTE);
  }

  @Test
  void anErrorOfThePublisherFailsSendAfterWhatCameBeforeIt() {
    fake.grant(10);
    stream
        .send(messages(1, 2).concatWith(Mono.error(new IllegalStateException("broken"))))
        .subscribe(done);
    tasks.runAll();
    assertThat(done.error).hasMessage("broken");
    fake.write(9);
    assertThat(written()).containsExactly("m1", "m2");
    assertThat(fake.outboundEnd()).isNull();
  }

  @Test
  void anErrorOfThePublisherIsPassedOnBySendAndComplete() {
    stream.sendAndComplete(Flux.<byte[]>error(new IllegalStateException("broken"))).subscribe(done);
    assertThat(done.error).hasMessage("broken");
    assertThat(fake.outboundEnd().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(fake.outboundEnd().text()).isEqualTo("broken");
    assertThat(fake.outboundEnd().applicationCode()).isZero();
    assertThat(fake.inboundEnd()).isNull();
  }

  @Test
  void aMessageThatIsTooLargeFailsTheMonoOnly() {
    fake.grant(100);
    TestPublisher<byte[]> source = TestPublisher.create();
    stream.send(source.flux()).subscribe(done);
    tasks.runAll();
    source.next(new byte[FakeStream.MAX_MESSAGE_SIZE + 1]);
    assertThat(((DittoBusException) done.error).code()).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
    source.assertCancelled();
    assertThat(fake.outboundEnd()).isNull();
    assertThat(fake.isCompleting()).isFalse();
  }

  @Test
  void aCodecThatThrowsFailsTheMonoOnly() {
    Codec<String> broken =
        new Codec<>() {
          @Override
          public ByteBuf encode(String value, ByteBufAllocator allocator) {
            throw new IllegalStateException("cannot write that");
          }

          @Override
          public String decode(ByteBuf message) {
            throw new AssertionError();
          }
        };
    fake.grant(100);
    TestPublisher<String> source = TestPublisher.create();
    stream.send(source.flux(), broken).subscribe(done);
    tasks.runAll();
    source.next("x");
    assertThat(done.error).hasMessage("cannot write that");
    source.assertCancelled();
    assertThat(fake.outboundEnd()).isNull();
  }

  @Test
  void cancellingSendCancelsThePublisherAndTheStreamLivesOn() {
    TestPublisher<byte[]> source = TestPublisher.create();
    stream.send(source.flux()).subscribe(done);
    done.cancel();
    source.assertCancelled();
    assertThat(fake.outboundEnd()).isNull();
    assertThat(stream.sink().tryEmitNext(new byte[1])).isEqualTo(Sinks.EmitResult.OK);
    tasks.runAll();
    assertThat(done.isOver()).isFalse();
  }

  @Test
  void cancellingSendAndCompleteTellsTheOtherSideThatItIsNotTheWhole() {
    TestPublisher<byte[]> source = TestPublisher.create();
    stream.sendAndComplete(source.flux()).subscribe(done);
    done.cancel();
    source.assertCancelled();
    assertThat(fake.outboundEnd().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(fake.inboundEnd()).isNull();
  }

  @Test
  void cancellingSendAndCompleteAfterThePublisherHasCompletedChangesNothing() {
    stream.sendAndComplete(messages(1, 1)).subscribe(done);
    grantAndWrite(1);
    done.cancel();
    fake.remoteAck(1);
    tasks.runAll();
    assertThat(fake.outboundEnd().reason()).isEqualTo(BusCompletionReason.COMPLETED);
  }

  @Test
  void sendingAfterTheEndFails() {
    assertThat(stream.sink().tryEmitComplete()).isEqualTo(Sinks.EmitResult.OK);
    fake.grant(5);
    Probe<Void> early = new Probe<>();
    stream.send(messages(1, 1)).subscribe(early);
    assertThat(((DittoBusException) early.error).code()).isEqualTo(ErrorCode.TERMINATED);
    tasks.runAll();
    stream.send(messages(1, 1)).subscribe(done);
    assertThat(((DittoBusException) done.error).code()).isEqualTo(ErrorCode.TERMINATED);
  }

  @Test
  void closingTheStreamFailsWhatIsStillBeingSent() {
    TestPublisher<byte[]> source = TestPublisher.create();
    stream.send(source.flux()).subscribe(done);
    fake.grant(5);
    tasks.runAll();
    stream.close().subscribe();
    source.next(new byte[1]);
    assertThat(((DittoBusException) done.error).code()).isEqualTo(ErrorCode.TERMINATED);
  }

  @Test
  void prefetchIsTakenBeyondTheCreditAndStaysWithinTheQueue() {
    long[] taken = {0};
    FakeStream small = new FakeStream(tasks, FlowOptions.defaults().withMaxQueuedMessages(3));
    ReactorStream view = ReactorStream.of(small, false);
    view.send(
            messages(1, 1_000).doOnNext(b -> taken[0]++), SendOptions.defaults().withPrefetch(100))
        .subscribe(done);
    tasks.runAll();
    assertThat(taken[0]).isEqualTo(3);
    assertThat(small.queuedMessages()).isEqualTo(3);
    small.grant(2);
    small.write(2);
    tasks.runAll();
    assertThat(taken[0]).isEqualTo(5);

    long[] takenToo = {0};
    stream
        .send(
            messages(1, 1_000).doOnNext(b -> takenToo[0]++), SendOptions.defaults().withPrefetch(4))
        .subscribe(new Probe<>());
    assertThat(takenToo[0]).isEqualTo(4);
    fake.grant(2);
    tasks.runAll();
    assertThat(takenToo[0]).isEqualTo(6);
    assertThat(small.violations).isEmpty();
  }

  @Test
  void pausesAtTheLimitOfQueuedBytes() {
    FakeStream small = new FakeStream(tasks, FlowOptions.defaults().withMaxQueuedBytes(1_000));
    ReactorStream view = ReactorStream.of(small, false);
    long[] taken = {0};
    view.send(Flux.range(1, 100).map(i -> new byte[300]).doOnNext(b -> taken[0]++)).subscribe(done);
    small.grant(Long.MAX_VALUE);
    tasks.runAll();
    // Two messages, and batches that had grown to 2 before their size was known.
    assertThat(taken[0]).isBetween(3L, 4L);
    assertThat(small.queuedBytes()).isLessThanOrEqualTo(1_000);
    for (int i = 0; i < 200; i++) {
      small.write(1);
      tasks.runAll();
      assertThat(taken[0] - small.written.size()).isLessThanOrEqualTo(4);
    }
    assertThat(small.written).hasSize(100);
    assertThat(done.completed).isTrue();
  }

  @Test
  void aMessageLargerThanTheQueueGoesThrough() {
    FakeStream small = new FakeStream(tasks, new FlowOptions(0, 8, 100));
    ReactorStream view = ReactorStream.of(small, false);
    view.send(Flux.just(new byte[50], new byte[5_000], new byte[1], new byte[700])).subscribe(done);
    small.grant(Long.MAX_VALUE);
    for (int i = 0; i < 20; i++) {
      tasks.runAll();
      small.write(1);
    }
    tasks.runAll();
    assertThat(small.written.stream().map(b -> b.length)).containsExactly(50, 5_000, 1, 700);
    assertThat(done.completed).isTrue();
  }

  @Test
  void sendersShareTheCredit() {
    TestPublisher<byte[]> first = TestPublisher.create();
    TestPublisher<byte[]> second = TestPublisher.create();
    Probe<Void> secondDone = new Probe<>();
    stream.send(first.flux()).subscribe(done);
    stream.send(second.flux()).subscribe(secondDone);
    fake.grant(1);
    tasks.runAll();
    first.assertMinRequested(1);
    second.assertMaxRequested(0);
    first.complete(); // gives back what it has not used
    tasks.runAll();
    second.assertMinRequested(1);
    second.next("second".getBytes(UTF_8));
    second.complete();
    fake.write(1);
    tasks.runAll();
    assertThat(secondDone.completed).isTrue();
    assertThat(written()).containsExactly("second");
  }

  @Test
  void whatTheSinkEmitsUsesUpTheCredit() {
    stream.sink().tryEmitNext("a".getBytes(UTF_8));
    stream.sink().tryEmitNext("b".getBytes(UTF_8));
    long[] taken = {0};
    stream.send(messages(1, 5).doOnNext(b -> taken[0]++)).subscribe(done);
    fake.grant(2);
    tasks.runAll();
    assertThat(taken[0]).isZero();
    fake.grant(1);
    tasks.runAll();
    assertThat(taken[0]).isEqualTo(1);
  }

  @Test
  void theContextReachesThePublisher() {
    List<String> seen = new ArrayList<>();
    fake.grant(5);
    stream
        .send(
            Flux.deferContextual(
                ctx -> {
                  seen.add(ctx.get("key"));
                  return messages(1, 1);
                }))
        .contextWrite(ctx -> ctx.put("key", "value"))
        .subscribe();
    assertThat(seen).containsExactly("value");
  }

  @Test
  void buffersThatCouldNotBeSentGoToDoOnDiscardAndAreReleased() {
    for (boolean hookReleases : new boolean[] {false, true}) {
      FakeStream small = new FakeStream(tasks, new FlowOptions(0, 100, 10));
      ReactorStream view = ReactorStream.of(small, false);
      List<ByteBuf> all = new ArrayList<>();
      List<ByteBuf> discarded = new ArrayList<>();
      Sinks.Many<ByteBuf> source = Sinks.many().unicast().onBackpressureBuffer();
      small.grant(50);
      Probe<Void> waiting =
          new Probe<>(
              Operators.enableOnDiscard(
                  Context.empty(),
                  o -> {
                    discarded.add((ByteBuf) o);
                    if (hookReleases) {
                      ((ByteBuf) o).release();
                    }
                  }));
      view.send(source.asFlux(), Codecs.buffer()).subscribe(waiting);
      tasks.runAll();
      for (int i = 0; i < 2; i++) {
        ByteBuf message = Unpooled.buffer(8).writeLong(i);
        all.add(message);
        source.tryEmitNext(message);
        tasks.runAll();
      }
      assertThat(small.queuedMessages()).isEqualTo(1); // the other one waits in the sender
      waiting.cancel();
      assertThat(discarded).containsExactly(all.get(1));
      assertThat(all.get(1).refCnt()).isZero();
      small.cut(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");
      assertThat(all.get(0).refCnt()).isZero();
    }
  }

  /** Or the few bytes of a message would keep all that was read with it, and nobody counts it. */
  @Test
  void aBufferThatWaitsInTheSenderPinsLittleMoreThanItself() {
    FakeStream small = new FakeStream(tasks, new FlowOptions(0, 100, 10));
    TestPublisher<ByteBuf> source = TestPublisher.create();
    small.grant(50);
    ReactorStream.of(small, false).send(source.flux(), Codecs.buffer()).subscribe(done);
    tasks.runAll();
    source.next(Unpooled.buffer(8).writeLong(1));
    ByteBuf whole = Unpooled.buffer(1 << 16).writeZero(1 << 16);
    source.next(whole.readRetainedSlice(8));
    whole.release();
    assertThat(small.queuedMessages()).isEqualTo(1); // the other one waits in the sender
    assertThat(whole.refCnt()).isZero();
    source.complete();
    for (int i = 0; i < 2; i++) {
      small.write(1);
      tasks.runAll();
    }
    assertThat(small.written.stream().map(message -> message.length)).containsExactly(8, 8);
    assertThat(done.completed).isTrue();
    assertThat(small.violations).isEmpty();
  }

  @Test
  void aPublisherThatEmitsMoreThanWasAskedForIsStopped() {
    TestPublisher<byte[]> source =
        TestPublisher.createNoncompliant(TestPublisher.Violation.REQUEST_OVERFLOW);
    stream.send(source.flux()).subscribe(done);
    fake.grant(1);
    tasks.runAll();
    source.next(new byte[1]);
    source.next(new byte[1]);
    assertThat(done.error).isInstanceOf(IllegalStateException.class);
    source.assertCancelled();
    assertThat(fake.queuedMessages()).isEqualTo(1);
  }

  @Test
  void aSecondSubscriptionIsCancelled() {
    boolean[] cancelled = {false};
    stream
        .send(
            subscriber -> {
              subscriber.onSubscribe(Operators.emptySubscription());
              subscriber.onSubscribe(
                  new Subscription() {
                    @Override
                    public void request(long n) {}

                    @Override
                    public void cancel() {
                      cancelled[0] = true;
                    }
                  });
            })
        .subscribe(done);
    assertThat(cancelled[0]).isTrue();
  }
}
