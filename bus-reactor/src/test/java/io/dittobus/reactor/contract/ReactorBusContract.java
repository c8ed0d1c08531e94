// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamCounts;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.codec.Codecs;
import io.dittobus.reactor.inbound.ReceivedMessage;
import io.dittobus.reactor.outbound.SendOptions;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.test.StepVerifier;

/** What every bus keeps as it is seen through Flux, Mono and Sink, whatever carries it. */
abstract class ReactorBusContract extends ReactorContractSupport {

  private StreamOptions reliable() {
    return StreamOptions.reliable(newLabel());
  }

  private static Flux<String> texts(int n) {
    return Flux.range(1, n).map(i -> "m" + i);
  }

  // Demand

  @Test
  @DisplayName("request(n) there is what is taken from the publisher here")
  void demandCrosses() {
    Ends ends = open(reliable());
    AtomicLong requested = new AtomicLong();
    ends.bobs().send(texts(100).doOnRequest(requested::addAndGet), Codecs.string()).subscribe();
    StepVerifier.create(ends.alices().receive().asString(), 0)
        .thenRequest(3)
        .expectNext("m1", "m2", "m3")
        .then(() -> await(() -> ends.bobs().ackedSequence() == 3))
        .then(() -> assertThat(requested).hasValue(3))
        .then(() -> assertThat(ends.bobs().sentSequence()).isEqualTo(3))
        .thenRequest(2)
        .expectNext("m4", "m5")
        .thenCancel()
        .verify(PATIENCE);
  }

  @Test
  @DisplayName("what is sent and completed arrives whole, and completes at both ends")
  void sendAndComplete() {
    Ends ends = open(reliable());
    Mono<List<String>> received = ends.alices().receive().asString().collectList().cache();
    received.subscribe();
    ends.bobs().sendAndComplete(texts(2_000), Codecs.string()).block(PATIENCE);
    assertThat(block(received)).containsExactlyElementsOf(texts(2_000).toIterable());
  }

  @Test
  @DisplayName("a remote cancel completes the sender; a publisher's error fails the receiver")
  void ends() {
    Ends cancelled = open(reliable());
    Mono<Void> sending = cancelled.bobs().send(Flux.just("m").repeat(), Codecs.string());
    cancelled.alices().receive().asString().take(3).subscribe();
    sending.block(PATIENCE);
    Ends failed = open(reliable());
    Flux<String> broken = texts(3).concatWith(Flux.error(new IllegalStateException("broken")));
    failed.bobs().sendAndComplete(broken, Codecs.string()).onErrorComplete().subscribe();
    StepVerifier.create(failed.alices().receive().asString().skip(3))
        .expectErrorSatisfies(
            error -> {
              assertThat(error).isInstanceOf(StreamException.class).hasMessageContaining("broken");
              assertThat(((StreamException) error).end().reason())
                  .isEqualTo(BusCompletionReason.APPLICATION_ERROR);
            })
        .verify(PATIENCE);
  }

  @Test
  @DisplayName("a throwing receiver fails both ends, and nothing else")
  void throwingReceiver() {
    Ends ends = open(reliable());
    Ends other = open(reliable());
    ends.alices()
        .receive()
        .asString()
        .subscribe(
            text -> {
              throw new IllegalStateException("of the test");
            },
            error -> {});
    assertThatThrownBy(() -> ends.bobs().sendAndComplete(texts(5), Codecs.string()).block(PATIENCE))
        .isInstanceOf(StreamException.class);
    other.alices().receive().asString().subscribe();
    other.bobs().sendAndComplete(texts(5), Codecs.string()).block(PATIENCE);
  }

  @Test
  @DisplayName("a refusal fails the opening with its reason")
  void refused() {
    assertThatThrownBy(() -> bob.openStream(aliceAddress, reliable()).block(PATIENCE))
        .isInstanceOfSatisfying(
            StreamException.class,
            e -> assertThat(e.end().reason()).isEqualTo(BusCompletionReason.REFUSED_NO_HANDLER));
  }

  // Messages and what goes with them

  @Test
  @DisplayName("metadata and sequences come with the messages")
  void metadata() {
    Ends ends = open(reliable());
    Mono<Void> sending =
        ends.bobs()
            .sendAndComplete(
                texts(2),
                Codecs.string(),
                text -> MessageOptions.none().withMetadata(Metadata.of("text", text)),
                SendOptions.defaults());
    Queue<String> seen = new ConcurrentLinkedQueue<>();
    ends.alices()
        .receive()
        .messages()
        .doOnNext(m -> seen.add(m.sequence() + m.metadata().text("text").orElse("") + m.asString()))
        .then()
        .and(sending)
        .block(PATIENCE);
    assertThat(seen).containsExactly("1m1m1", "2m2m2");
  }

  @Test
  @DisplayName("a first message comes with the opening")
  void firstMessage() {
    String label = newLabel();
    Sinks.One<String> first = Sinks.one();
    alice
        .streams(label)
        .handle(stream -> stream.receive().asString().next().doOnNext(first::tryEmitValue).then())
        .subscribe();
    block(bob.openStream(aliceAddress, StreamOptions.reliable(label), "first".getBytes(UTF_8)));
    assertThat(block(first.asMono())).isEqualTo("first");
  }

  @Test
  @DisplayName("acks by hand, in any order, reach emitAcked")
  void acks() {
    Ends ends = open(reliable());
    Queue<ReceivedMessage> open = new ConcurrentLinkedQueue<>();
    ends.alices().receive().withAck().subscribe(open::add);
    Mono<Long> second = Mono.defer(() -> ends.bobs().sink().emitAcked("b".getBytes(UTF_8))).cache();
    assertThat(ends.bobs().sink().tryEmitNext("a".getBytes(UTF_8))).isEqualTo(EmitResult.OK);
    second.subscribe();
    await(() -> open.size() == 2);
    List<ReceivedMessage> messages = List.copyOf(open);
    messages.get(1).acknowledge();
    messages.get(0).acknowledge();
    assertThat(block(second)).isEqualTo(2);
  }

  // The unreliable modes

  @Test
  @DisplayName("UNRELIABLE: send is never held, the receiver gets what it asked for, counts agree")
  void unreliable() {
    Ends ends = open(StreamOptions.unreliable(newLabel()));
    AtomicLong requested = new AtomicLong();
    Queue<Long> sequences = new ConcurrentLinkedQueue<>();
    ends.alices()
        .receive()
        .messages()
        .limitRate(4)
        .doOnNext(message -> sequences.add(message.sequence()))
        .subscribe();
    await(() -> ends.bobs().availableCredit() == 4);
    ends.bobs()
        .sendAndComplete(texts(5_000).doOnRequest(requested::addAndGet), Codecs.string())
        .block(PATIENCE);
    assertThat(requested).hasValue(Long.MAX_VALUE);
    StreamCounts here = block(ends.bobs().counts());
    StreamCounts there = block(ends.alices().counts());
    assertThat(here.emitted()).isEqualTo(5_000);
    assertThat(here.written() + here.dropped().total()).isEqualTo(5_000);
    assertThat(ends.bobs().droppedMessages()).isEqualTo(here.dropped().total());
    assertThat(there.delivered()).isEqualTo(sequences.size()).isEqualTo(here.written());
    assertThat(there.remoteDropped()).isEqualTo(here.dropped());
    assertThat(List.copyOf(sequences)).isSorted().doesNotHaveDuplicates();
  }

  @Test
  @DisplayName("SEQUENCED: whoever asks late gets the newest, and the sender was never held")
  void sequenced() {
    Ends ends = open(StreamOptions.sequenced(newLabel()));
    ends.bobs().send(texts(1_000), Codecs.string()).subscribe();
    await(() -> block(ends.bobs().counts()).dropped().replaced() == 999);
    StepVerifier.create(ends.alices().receive().messages(), 1)
        .assertNext(
            message -> {
              assertThat(message.sequence()).isEqualTo(1_000);
              assertThat(message.asString()).isEqualTo("m1000");
            })
        .thenCancel()
        .verify(PATIENCE);
  }

  @Test
  @DisplayName("emitAcked of a message that is dropped or replaced fails at once, with the cause")
  void dropsAreTold() {
    Ends unreliable = open(StreamOptions.unreliable(newLabel()));
    Ends sequenced = open(StreamOptions.sequenced(newLabel()));
    byte[] message = {1};
    assertThat(code(unreliable.bobs().sink().emitAcked(message)))
        .isEqualTo(ErrorCode.DROPPED_NO_CREDIT);
    Mono<Long> old = sequenced.bobs().sink().emitAcked(message).cache();
    old.subscribe(sequence -> {}, error -> {});
    sequenced.bobs().sink().tryEmitNext(message);
    assertThat(code(old)).isEqualTo(ErrorCode.DROPPED_REPLACED);
    MessageOptions brief = MessageOptions.none().withTimeToLive(Duration.ofMillis(5));
    assertThat(code(sequenced.bobs().sink().emitAcked(message, brief)))
        .isEqualTo(ErrorCode.DROPPED_EXPIRED);
  }

  private static ErrorCode code(Mono<?> failing) {
    try {
      failing.block(PATIENCE);
    } catch (DittoBusException e) {
      return e.code();
    }
    throw new AssertionError("did not fail");
  }

  @Test
  @DisplayName("in the unreliable modes emit never waits, and never overflows")
  void unreliableEmit() {
    Ends ends = open(StreamOptions.unreliable(newLabel()));
    Flux.range(0, 2_000)
        .concatMap(i -> ends.bobs().sink().emit(new byte[] {1}))
        .blockLast(PATIENCE);
    await(() -> ends.bobs().droppedMessages() == 2_000);
  }

  // The sink

  @Test
  @DisplayName("emit waits for room, and a program without a publisher goes as fast as it is asked")
  void emitWaits() {
    Ends ends = open(reliable().withFlow(FlowOptions.defaults().withMaxQueuedMessages(4)));
    Mono<List<String>> received = ends.alices().receive().asString().collectList().cache();
    received.subscribe();
    texts(1_000)
        .concatMap(text -> ends.bobs().sink().emit(text.getBytes(UTF_8)))
        .blockLast(PATIENCE);
    ends.bobs().sink().tryEmitComplete();
    assertThat(block(received)).containsExactlyElementsOf(texts(1_000).toIterable());
  }

  @Test
  @DisplayName("writable tells of credit that came")
  void writable() {
    Ends ends = open(reliable());
    StepVerifier.create(ends.bobs().sink().writable().distinctUntilChanged())
        .expectNext(0L)
        .then(() -> ends.alices().receive().asString().subscribe(text -> {}))
        .expectNext(Long.MAX_VALUE)
        .then(() -> ends.bobs().sink().tryEmitComplete())
        .expectComplete()
        .verify(PATIENCE);
  }

  // Single messages

  @Test
  @DisplayName("a single message is delivered when the handler's Mono completes")
  void single() {
    String label = newLabel();
    Sinks.Empty<Void> done = Sinks.empty();
    Queue<String> seen = new ConcurrentLinkedQueue<>();
    alice
        .messages(label)
        .handle(
            message -> {
              seen.add(message.asString() + " " + message.metadata().text("k").orElse(""));
              return done.asMono();
            })
        .subscribe();
    SingleMessageOptions options =
        SingleMessageOptions.label(label).withMetadata(Metadata.of("k", "v"));
    Mono<Void> sent =
        Mono.defer(
                () -> bob.sendMessage(aliceAddress, Unpooled.copiedBuffer("one", UTF_8), options))
            .cache();
    StepVerifier.create(sent)
        .then(() -> await(() -> seen.size() == 1))
        .then(done::tryEmitEmpty)
        .expectComplete()
        .verify(PATIENCE);
    assertThat(seen).containsExactly("one v");
  }

  @Test
  @DisplayName("singles: refused where nobody listens, UNKNOWN where the handler fails")
  void singleFailures() {
    byte[] message = {1};
    assertThat(code(bob.sendMessage(aliceAddress, newLabel(), message)))
        .isEqualTo(ErrorCode.MESSAGE_REFUSED);
    String label = newLabel();
    alice
        .messages(label)
        .handle(m -> Mono.error(new IllegalStateException("of the test")))
        .subscribe();
    assertThat(code(bob.sendMessage(aliceAddress, label, message))).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(code(bob.sendMessage(aliceAddress, label, new byte[100_001])))
        .isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
    assertThatThrownBy(() -> bob.sendMessage(bob.address(), label, message).block(PATIENCE))
        .isInstanceOf(IllegalArgumentException.class);
    alice.messages(label + "!").handle(m -> Mono.empty()).subscribe();
    assertThat(block(bob.sendUnreliableMessage(aliceAddress, label + "!", message)))
        .isEqualTo(BusSingleSendResult.TRANSMITTED);
  }

  @Test
  @DisplayName("a handler that is slow holds at most the window, and each message ends")
  void singleWindow() {
    String label = newLabel();
    AtomicLong within = new AtomicLong();
    AtomicLong most = new AtomicLong();
    alice
        .messages(label)
        .handle(
            message ->
                Mono.fromRunnable(() -> most.accumulateAndGet(within.incrementAndGet(), Math::max))
                    .then(Mono.delay(Duration.ofMillis(1)))
                    .doOnTerminate(within::decrementAndGet))
        .subscribe();
    Flux.range(0, 100)
        .flatMap(i -> bob.sendMessage(aliceAddress, label, new byte[] {1}), 50)
        .then()
        .block(PATIENCE);
    assertThat(most.get()).isBetween(1L, 4L);
  }

  // Closing

  @Test
  @DisplayName("close drains, and its report says what could not be")
  void closing() {
    Ends ends = open(reliable());
    ends.alices().receive().asString().subscribe(text -> {});
    ends.bobs().send(texts(500), Codecs.string()).block(PATIENCE);
    Ends stalled = open(reliable());
    stalled.alices().receive().asString().subscribe(new OneOnly());
    stalled.bobs().sink().tryEmitNext(new byte[] {1});
    stalled.bobs().sink().tryEmitNext(new byte[] {2});
    await(() -> stalled.bobs().ackedSequence() == 1);
    bob.close(Duration.ofMillis(100)).block(PATIENCE);
    assertThat(block(bob.closeReport()).streamsCut()).isEqualTo(1);
    assertThat(block(bob.closeReport()).messagesNotSent()).isEqualTo(1);
    assertThat(ends.bobs().ackedSequence()).isEqualTo(500);
  }

  /** Asks for one, and for nothing more. */
  private static final class OneOnly extends BaseSubscriber<String> {
    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      request(1);
    }
  }
}
