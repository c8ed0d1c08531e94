// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.result.StreamEnd;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.reactor.inbound.ReceivedMessage;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * SEMANTICS, <i>Acks mean something</i>: more of it than {@link AcknowledgementTest} shows. Sent is
 * by {@code send} and {@code tryEmitNext}, which ask for no ack of their own.
 */
class AckingTest extends BesideANeighbour {

  private static Flux<byte[]> bytes(int messages) {
    return Flux.range(1, messages).map(byte[]::new);
  }

  private List<ReceivedMessage> receiveByHand(Stage stage, int messages) {
    Watcher<ReceivedMessage> watcher = new Watcher<>();
    stage.receive().withAck().subscribe(watcher);
    watcher.request(messages);
    stage.sender().send(bytes(messages)).block(Pair.PATIENCE);
    watcher.awaitCount(messages);
    return List.copyOf(watcher.values);
  }

  /** Waits for this, and for no more than this. */
  private void acked(ReactorStream sender, long sequence) {
    Pair.await(() -> sender.ackedSequence() >= sequence);
    assertThat(Pair.block(roundTrip())).isEqualTo(1);
    assertThat(sender.ackedSequence()).isEqualTo(sequence);
  }

  private Mono<Long> roundTrip() {
    Pair.Ends ends = pair.open();
    ends.alices().receive().onErrorComplete().subscribe();
    return ends.bobs().sink().emitAcked(new byte[1]).doFinally(signal -> ends.bobs().dispose());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 100})
  @DisplayName("acks come by themselves: nothing else is said on that stream")
  void withoutTraffic(int messages) {
    Stage stage = stage(Receiver.HANDLER);
    Watcher<byte[]> watcher = new Watcher<>();
    stage.receive().asByteArray().subscribe(watcher);
    watcher.request(1_000);
    for (int i = 0; i < messages; i++) {
      assertThat(stage.sender().sink().tryEmitNext(new byte[1]).isSuccess()).isTrue();
    }
    acked(stage.sender(), messages);
    stage.sender().dispose();
  }

  @Test
  @DisplayName("by hand: backwards, twice, and up to one, from any thread")
  void byHand() {
    Stage stage = stage(Receiver.OPENER);
    List<ReceivedMessage> messages = receiveByHand(stage, 30);
    for (int i = 9; i > 0; i--) {
      messages.get(i).acknowledge();
    }
    acked(stage.sender(), 0);
    messages.get(0).acknowledge();
    acked(stage.sender(), 10);
    messages.get(0).acknowledge();
    messages.get(19).acknowledgeUpTo();
    messages.get(14).acknowledgeUpTo();
    acked(stage.sender(), 20);
    Flux.fromIterable(messages.subList(20, 30))
        .parallel(4)
        .runOn(Schedulers.parallel())
        .doOnNext(ReceivedMessage::acknowledge)
        .then()
        .block(Pair.PATIENCE);
    acked(stage.sender(), 30);
    stage.sender().dispose();
  }

  @Test
  @DisplayName("by hand, behind a flatMap that ends in any order: exact")
  void behindFlatMap() {
    Stage stage = stage(Receiver.HANDLER);
    List<CountDownLatch> stored =
        List.of(new CountDownLatch(1), new CountDownLatch(1), new CountDownLatch(1));
    stage
        .receive()
        .withAck()
        .flatMap(
            order ->
                Mono.fromCallable(
                        () -> {
                          stored.get((int) order.sequence() - 1).await();
                          return order;
                        })
                    .subscribeOn(Schedulers.boundedElastic())
                    .doOnNext(ReceivedMessage::acknowledge),
            3)
        .onErrorComplete()
        .subscribe();
    stage.sender().send(bytes(3)).block(Pair.PATIENCE);
    stored.get(2).countDown();
    stored.get(1).countDown();
    acked(stage.sender(), 0);
    stored.get(0).countDown();
    acked(stage.sender(), 3);
    stage.sender().dispose();
  }

  @Test
  @DisplayName("deliverOn: exactly those whose onNext has run there, however many have arrived")
  void deliverOn() {
    Stage stage = stage(Receiver.HANDLER);
    Scheduler scheduler = Schedulers.newBoundedElastic(1, 100, "consumer");
    Semaphore mayReturn = new Semaphore(0);
    ConcurrentLinkedQueue<Integer> begun = new ConcurrentLinkedQueue<>();
    stage
        .receive()
        .deliverOn(scheduler)
        .asByteArray()
        .onErrorComplete()
        .subscribe(
            message -> {
              begun.add(message.length);
              mayReturn.acquireUninterruptibly();
            });
    stage.sender().send(bytes(10)).block(Pair.PATIENCE);
    for (int returned = 0; returned < 10; returned++) {
      int running = returned + 1;
      Pair.await(() -> begun.size() == running);
      acked(stage.sender(), returned);
      mayReturn.release();
    }
    acked(stage.sender(), 10);
    stage.sender().dispose();
    scheduler.dispose();
  }

  @Test
  @DisplayName("publishOn queues, and what is queued there is acked: so it is said")
  void publishOn() {
    Stage stage = stage(Receiver.HANDLER);
    Scheduler scheduler = Schedulers.newBoundedElastic(1, 100, "consumer");
    Semaphore mayReturn = new Semaphore(0);
    ConcurrentLinkedQueue<Integer> returned = new ConcurrentLinkedQueue<>();
    stage
        .receive()
        .asByteArray()
        .publishOn(scheduler, 16)
        .onErrorComplete()
        .subscribe(
            message -> {
              mayReturn.acquireUninterruptibly();
              returned.add(message.length);
            });
    stage.sender().send(bytes(16)).block(Pair.PATIENCE);
    acked(stage.sender(), 16);
    assertThat(returned).isEmpty();
    mayReturn.release(16);
    stage.sender().dispose();
    scheduler.dispose();
  }

  @Test
  @DisplayName("within onNext, neither this message nor a later one is acked")
  void notBeforeOnNext() {
    Stage stage = stage(Receiver.HANDLER);
    ConcurrentLinkedQueue<Long> ahead = new ConcurrentLinkedQueue<>();
    stage
        .receive()
        .withAck() // for the sequence; acknowledged below, as the last thing in onNext
        .onErrorComplete()
        .subscribe(
            message -> {
              if (stage.sender().ackedSequence() >= message.sequence()) {
                ahead.add(message.sequence());
              }
              message.acknowledge();
            });
    stage.sender().send(bytes(1_000)).block(Pair.PATIENCE);
    acked(stage.sender(), 1_000);
    assertThat(ahead).isEmpty();
    stage.sender().dispose();
  }

  @Test
  @DisplayName("what a filter swallows was consumed too")
  void filtered() {
    Stage stage = stage(Receiver.OPENER);
    Watcher<byte[]> watcher = new Watcher<>();
    stage.receive().asByteArray().filter(message -> message.length == 20).subscribe(watcher);
    watcher.request(1);
    stage.sender().send(bytes(20)).block(Pair.PATIENCE);
    acked(stage.sender(), 20);
    assertThat(watcher.count()).isEqualTo(1);
    stage.sender().dispose();
  }

  @Test
  @DisplayName("the end says how far it came, and an acknowledgement after it is without effect")
  void atTheEnd() {
    Stage stage = stage(Receiver.OPENER);
    List<ReceivedMessage> messages = receiveByHand(stage, 5);
    messages.get(1).acknowledgeUpTo();
    acked(stage.sender(), 2);
    stage.receiver().dispose();
    StreamEnd sender = Pair.block(stage.sender().onClose());
    StreamEnd receiver = Pair.block(stage.receiver().onClose());
    messages.get(4).acknowledgeUpTo();
    assertThat(List.of(sender.lastWritten(), sender.lastAcked())).containsExactly(5L, 2L);
    assertThat(List.of(receiver.lastReceived(), receiver.lastConsumed())).containsExactly(5L, 2L);
    acked(stage.sender(), 2);
  }
}
