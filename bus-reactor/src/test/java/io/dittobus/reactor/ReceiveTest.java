// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.codec.Codec;
import io.dittobus.reactor.fake.FakeStream;
import io.dittobus.reactor.fake.TaskQueue;
import io.dittobus.reactor.inbound.ReceivedMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

/** The Flux of a stream: demand, buffers, acknowledgement and the ends. */
class ReceiveTest {

  private final TaskQueue tasks = new TaskQueue();
  private final FakeStream fake = new FakeStream(tasks, FlowOptions.defaults());
  private final ReactorStream stream = ReactorStream.of(fake, false);

  @AfterEach
  void theContractWasHeld() {
    tasks.runAll();
    assertThat(fake.violations).isEmpty();
  }

  @Test
  void demandCrossesOneToOneAndNothingElseIsAskedFor() {
    Probe<byte[]> probe = new Probe<>();
    stream.receive().asByteArray().subscribe(probe);
    assertThat(fake.requested()).isZero();

    probe.request(3);
    probe.request(4);
    assertThat(fake.requested()).isEqualTo(7);

    send(10);
    assertThat(probe.values).hasSize(7);
    probe.request(Long.MAX_VALUE);
    tasks.runAll();
    assertThat(fake.requested()).isEqualTo(Long.MAX_VALUE);
    assertThat(probe.values).hasSize(10);
  }

  @Test
  void whatIsRequestedInOnSubscribeIsPassedOnAfterIt() {
    List<Long> seen = new ArrayList<>();
    stream
        .receive()
        .subscribe(
            new BaseSubscriber<ByteBuf>() {
              @Override
              protected void hookOnSubscribe(Subscription subscription) {
                subscription.request(2);
                subscription.request(3);
                seen.add(fake.requested());
              }
            });
    assertThat(seen).containsExactly(0L);
    assertThat(fake.requested()).isEqualTo(5);
  }

  @Test
  void buffersAreBorrowedAndMayBeRetained() {
    List<ByteBuf> seen = new ArrayList<>();
    stream.receive().doOnNext(b -> seen.add(seen.isEmpty() ? b.retain() : b)).subscribe();
    send(2);
    assertThat(seen.get(0).refCnt()).isEqualTo(1);
    assertThat(seen.get(1).refCnt()).isZero();
    seen.get(0).release();
  }

  @Test
  void acknowledgesWhenOnNextHasReturned() {
    List<Integer> ackedWithin = new ArrayList<>();
    stream.receive().asString().subscribe(s -> ackedWithin.add(fake.acknowledged.size()));
    send(3);
    assertThat(ackedWithin).containsExactly(0, 1, 2);
    assertThat(fake.acknowledged).containsExactly(1L, 2L, 3L);
  }

  @Test
  void acknowledgesByHandInAnyOrder() {
    List<ReceivedMessage> seen = new ArrayList<>();
    stream.receive().withAck().subscribe(seen::add);
    send(3);
    assertThat(fake.acknowledged).isEmpty();
    seen.get(2).acknowledge();
    seen.get(0).acknowledge();
    assertThat(fake.acknowledged).containsExactly(1L, 3L);
    assertThat(seen.get(1).sequence()).isEqualTo(2);
    assertThat(seen.get(1)).hasToString("message 2");
    seen.get(1).acknowledgeUpTo();
    assertThat(fake.acknowledged).containsExactly(1L, 2L, 3L);
  }

  @Test
  void takeAcknowledgesWhatItTookAndCancels() {
    Probe<String> probe = new Probe<>();
    stream.receive().asString().take(2).subscribe(probe);
    probe.request(Long.MAX_VALUE);
    send(5);
    assertThat(probe.values).containsExactly("m1", "m2");
    assertThat(probe.completed).isTrue();
    assertThat(fake.acknowledged).containsExactly(1L, 2L);
    assertThat(fake.inboundEnd().reason()).isEqualTo(BusCompletionReason.CANCELLED);
    assertThat(fake.outboundEnd()).isNull();
  }

  @Test
  void cancellingTellsTheOtherSideAndLeavesTheOutboundOpen() {
    Probe<ByteBuf> probe = new Probe<>();
    stream.receive().subscribe(probe);
    probe.cancel();
    probe.cancel();
    probe.request(1);
    assertThat(fake.inboundEnd().reason()).isEqualTo(BusCompletionReason.CANCELLED);
    assertThat(fake.outboundEnd()).isNull();
    assertThat(fake.requested()).isZero();
    tasks.runAll();
    assertThat(probe.completed).isFalse();
    assertThat(probe.error).isNull();
  }

  @Test
  void aMessageUnderWayWhenCancelledIsNotAcknowledged() {
    Probe<ByteBuf> probe = new Probe<>();
    stream.receive().subscribe(probe);
    probe.request(5);
    fake.remoteSend("late".getBytes(UTF_8));
    probe.cancel();
    tasks.runAll();
    assertThat(probe.values).isEmpty();
    assertThat(fake.acknowledged).isEmpty();
  }

  @Test
  void aSecondSubscriberGetsOnSubscribeAndThenAnError() {
    Probe<ByteBuf> first = new Probe<>();
    Probe<byte[]> second = new Probe<>();
    stream.receive().subscribe(first);
    stream.receive().asByteArray().subscribe(second);
    assertThat(second.subscription).isNotNull();
    assertThat(second.error).isInstanceOf(IllegalStateException.class);
    first.request(1);
    send(1);
    assertThat(first.count).isEqualTo(1);
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void aRequestOfNothingIsAnErrorAndEndsTheStream(long n) {
    Probe<ByteBuf> probe = new Probe<>();
    stream.receive().subscribe(probe);
    probe.request(2);
    fake.remoteSend(new byte[1]);
    tasks.runAll();
    probe.request(n);
    tasks.runAll();
    assertThat(probe.error)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3.9");
    assertThat(fake.end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
  }

  @Test
  void aRequestOfNothingWithinOnNextIsAnErrorAfterIt() {
    List<String> seen = new ArrayList<>();
    stream
        .receive()
        .subscribe(
            new CoreSubscriber<>() {
              private Subscription subscription;

              @Override
              public void onSubscribe(Subscription s) {
                subscription = s;
                s.request(1);
              }

              @Override
              public void onNext(ByteBuf message) {
                subscription.request(0);
                seen.add("next");
              }

              @Override
              public void onError(Throwable error) {
                seen.add(error.getClass().getSimpleName());
              }

              @Override
              public void onComplete() {
                seen.add("complete");
              }
            });
    send(1);
    assertThat(seen).containsExactly("next", "IllegalArgumentException");
    assertThat(fake.acknowledged).isEmpty();
  }

  @Test
  void onlyACompletionOfTheOtherSideCompletes() {
    Probe<String> probe = new Probe<>();
    stream.receive().asString().subscribe(probe);
    probe.request(2);
    fake.remoteSend("a".getBytes(UTF_8));
    fake.remoteSend("b".getBytes(UTF_8));
    fake.remoteComplete();
    tasks.runAll();
    assertThat(probe.values).containsExactly("a", "b");
    assertThat(probe.completed).isTrue();
    assertThat(probe.error).isNull();
  }

  static Stream<Arguments> otherEnds() {
    return Stream.of(
        Arguments.of(BusCompletionReason.CLOSED_BY_REMOTE, StreamEnd.Origin.REMOTE),
        Arguments.of(BusCompletionReason.CLOSED_LOCALLY, StreamEnd.Origin.LOCAL),
        Arguments.of(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK),
        Arguments.of(BusCompletionReason.SHUT_DOWN, StreamEnd.Origin.REMOTE),
        Arguments.of(BusCompletionReason.APPLICATION_ERROR, StreamEnd.Origin.REMOTE));
  }

  @ParameterizedTest
  @MethodSource("otherEnds")
  void everyOtherEndIsAnError(BusCompletionReason reason, StreamEnd.Origin origin) {
    Probe<String> probe = new Probe<>();
    stream.receive().asString().subscribe(probe);
    probe.request(1);
    fake.cut(reason, origin, "gone");
    tasks.runAll();
    assertThat(probe.completed).isFalse();
    assertThat(((StreamException) probe.error).reason()).isEqualTo(reason);
    assertThat(stream.isDisposed()).isTrue();
    assertThat(stream.onClose().block().reason()).isEqualTo(reason);
  }

  @Test
  void aLateSubscriberGetsWhatWaitedAndThenTheEnd() {
    fake.remoteSend("a".getBytes(UTF_8));
    fake.remoteComplete();
    tasks.runAll();
    Probe<String> probe = new Probe<>();
    stream.receive().asString().subscribe(probe);
    tasks.runAll();
    assertThat(probe.completed).isFalse();
    probe.request(1);
    tasks.runAll();
    assertThat(probe.values).containsExactly("a");
    assertThat(probe.completed).isTrue();
  }

  @Test
  void aSubscriberAfterTheEndGetsItWithoutAskingAndWithoutAThread() {
    fake.cut(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");
    tasks.runAll();
    Probe<String> probe = new Probe<>();
    stream.receive().asString().subscribe(probe);
    assertThat(probe.error).isInstanceOf(StreamException.class);
  }

  @Test
  void anOnNextThatThrowsLeavesItsMessageUnacknowledgedAndEndsTheStream() {
    List<String> seen = new ArrayList<>();
    stream
        .receive()
        .subscribe(
            new CoreSubscriber<>() {
              @Override
              public void onSubscribe(Subscription s) {
                s.request(10);
              }

              @Override
              public void onNext(ByteBuf message) {
                seen.add(message.toString(UTF_8));
                if (seen.size() == 2) {
                  throw new IllegalStateException("thrown by the subscriber");
                }
              }

              @Override
              public void onError(Throwable error) {
                seen.add("error");
              }

              @Override
              public void onComplete() {
                seen.add("complete");
              }
            });
    send(3);
    assertThat(seen).containsExactly("m1", "m2");
    assertThat(fake.acknowledged).containsExactly(1L);
    assertThat(fake.end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
  }

  @Test
  void aCodecThatThrowsFailsTheStreamAndTheSubscriber() {
    Codec<String> picky =
        new Codec<>() {
          @Override
          public ByteBuf encode(String value, ByteBufAllocator allocator) {
            throw new AssertionError();
          }

          @Override
          public String decode(ByteBuf message) {
            String text = message.toString(UTF_8);
            if (text.equals("m2")) {
              throw new IllegalArgumentException("cannot read that");
            }
            return text;
          }
        };
    Probe<String> probe = new Probe<>();
    stream.receive().as(picky).subscribe(probe);
    probe.request(10);
    send(3);
    assertThat(probe.values).containsExactly("m1");
    assertThat(probe.error).hasMessage("cannot read that");
    assertThat(fake.acknowledged).containsExactly(1L);
    assertThat(fake.end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
  }

  private static String fails(String value) {
    if (value.equals("m2")) {
      throw new IllegalStateException("the consumer fails");
    }
    return value;
  }

  static Stream<Arguments> failingConsumers() {
    return Stream.<Arguments>of(
        consumer("doOnNext", f -> f.doOnNext(ReceiveTest::fails)),
        consumer("map", f -> f.map(ReceiveTest::fails)),
        consumer("filter", f -> f.filter(v -> !fails(v).isEmpty())),
        consumer("handle", f -> f.handle((v, sink) -> sink.next(fails(v)))),
        consumer("flatMap", f -> f.flatMap(v -> Mono.just(fails(v)))),
        consumer("flatMap inner", f -> f.flatMap(v -> Mono.fromCallable(() -> fails(v)))),
        consumer("concatMap", f -> f.concatMap(v -> Mono.just(fails(v)))),
        consumer("concatMap(2)", f -> f.concatMap(v -> Mono.just(fails(v)).hide(), 2)),
        consumer(
            "concatMap(2) inner", f -> f.concatMap(v -> Mono.defer(() -> Mono.just(fails(v))), 2)),
        consumer(
            "concatMap inner", f -> f.concatMap(v -> Mono.fromCallable(() -> fails(v)).hide())),
        consumer("scan", f -> f.scan((a, v) -> fails(v))),
        consumer("reduce", f -> f.reduce((a, v) -> fails(v))),
        consumer("collectMap", f -> f.collectMap(ReceiveTest::fails)),
        consumer("then", f -> f.doOnNext(ReceiveTest::fails).then()),
        consumer("behind others", f -> f.filter(v -> true).index().map(t -> fails(t.getT2()))),
        consumer("window", f -> f.buffer(1).map(list -> fails(list.get(0)))),
        consumer("resumed", f -> f.map(ReceiveTest::fails).onErrorResume(e -> Mono.just("x"))));
  }

  private static Arguments consumer(
      String name, Function<Flux<String>, ? extends Publisher<?>> consumer) {
    return Arguments.of(name, consumer);
  }

  /**
   * What SEMANTICS says of a throwing onNext holds for the operators too, which never let anything
   * out of it.
   */
  @ParameterizedTest(name = "{0}")
  @MethodSource("failingConsumers")
  void anOperatorThatFailsIsNotACancel(
      String name, Function<Flux<String>, ? extends Publisher<?>> consumer) {
    Flux.from(consumer.apply(stream.receive().asString())).subscribe(v -> {}, e -> {});
    send(4);
    assertThat(fake.end()).as("the stream has ended").isNotNull();
    assertThat(fake.end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(fake.acknowledged).doesNotContain(2L);
  }

  @Test
  void aLambdaThatFailsIsNotACancel() {
    Hooks.onErrorDropped(e -> {});
    try {
      stream.receive().asString().subscribe(ReceiveTest::fails);
      send(4);
    } finally {
      Hooks.resetOnErrorDropped();
    }
    assertThat(fake.end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(fake.acknowledged).containsExactly(1L);
  }

  static Stream<Arguments> wantedCancels() {
    return Stream.<Arguments>of(
        consumer("take", f -> f.take(2)),
        consumer("next", f -> f.next()),
        consumer("takeUntil", f -> f.takeUntil("m2"::equals)),
        consumer("takeWhile", f -> f.takeWhile("m1"::equals)),
        consumer("elementAt", f -> f.elementAt(1)),
        consumer("any", f -> f.any("m2"::equals)),
        consumer("switchMap", f -> f.take(1).switchMap(v -> Mono.just(v))),
        consumer("flatMap", f -> f.flatMap(v -> Mono.just(v)).take(2)),
        consumer("publish", f -> f.publish(p -> p.take(2))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wantedCancels")
  void aWantedCancelIsNoFailure(
      String name, Function<Flux<String>, ? extends Publisher<?>> consumer) {
    Flux.from(consumer.apply(stream.receive().asString())).subscribe();
    send(4);
    assertThat(fake.inboundEnd().reason()).isEqualTo(BusCompletionReason.CANCELLED);
    assertThat(fake.outboundEnd()).isNull();
    assertThat(fake.acknowledged).contains(1L);
  }

  @Test
  void theContextOfTheSubscriberIsSeenByOperators() {
    List<String> seen = new ArrayList<>();
    stream
        .receive()
        .asString()
        .flatMap(v -> Mono.deferContextual(ctx -> Mono.just(v + ctx.get("key"))))
        .contextWrite(ctx -> ctx.put("key", "!"))
        .subscribe(seen::add);
    send(1);
    assertThat(seen).containsExactly("m1!");
  }

  /** Random demand, arrivals, cancels and ends: 2,000 schedules. */
  @Test
  void anySchedule() {
    for (long seed = 1; seed <= 2_000; seed++) {
      try {
        schedule(new Random(seed));
      } catch (Throwable failure) {
        throw new AssertionError("seed " + seed, failure);
      }
    }
  }

  private static void schedule(Random random) {
    TaskQueue tasks = new TaskQueue();
    FakeStream fake = new FakeStream(tasks, FlowOptions.defaults());
    ReactorStream stream = ReactorStream.of(fake, false);
    Probe<String> probe = new Probe<>();
    int messages = random.nextInt(40);
    int sent = 0;
    long demand = 0;
    boolean subscribed = false;
    boolean cancelled = false;
    boolean cut = false;
    for (int step = 0; step < 200; step++) {
      switch (random.nextInt(8)) {
        case 0 -> {
          if (!subscribed) {
            subscribed = true;
            stream.receive().asString().subscribe(probe);
          }
        }
        case 1, 2 -> {
          if (subscribed && !cancelled) {
            int n = 1 + random.nextInt(5);
            demand += n;
            probe.request(n);
          }
        }
        case 3, 4 -> {
          if (sent < messages && !cut) {
            fake.remoteSend(("m" + ++sent).getBytes(UTF_8));
          }
        }
        case 5 -> {
          if (subscribed && random.nextInt(50) == 0) {
            cancelled = true;
            probe.cancel();
          } else if (random.nextInt(80) == 0) {
            cut = true;
            fake.cut(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");
          }
        }
        default -> tasks.runOne();
      }
      assertThat(probe.values.size()).isLessThanOrEqualTo((int) demand);
      assertThat(fake.requested()).isLessThanOrEqualTo(demand);
      assertThat(fake.acknowledged).hasSizeLessThanOrEqualTo(probe.values.size());
    }
    if (!cut) {
      fake.remoteComplete();
    }
    if (!subscribed) {
      stream.receive().asString().subscribe(probe);
    }
    if (!cancelled) {
      probe.request(messages + 1);
    }
    tasks.runAll();
    for (int i = 0; i < probe.values.size(); i++) {
      assertThat(probe.values.get(i)).isEqualTo("m" + (i + 1));
    }
    assertThat(fake.acknowledged).hasSize(probe.values.size());
    assertThat(fake.violations).isEmpty();
    if (cancelled) {
      assertThat(probe.terminals).isLessThanOrEqualTo(1);
    } else {
      assertThat(probe.terminals).isEqualTo(1);
      assertThat(probe.completed).isEqualTo(!cut);
      if (!cut) {
        assertThat(probe.values).hasSize(sent);
      }
    }
  }

  private void send(int messages) {
    for (int i = 1; i <= messages; i++) {
      fake.remoteSend(("m" + i).getBytes(UTF_8));
    }
    tasks.runAll();
  }
}
