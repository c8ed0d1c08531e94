// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerState;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A session goes over to other connections, and other loops, while its streams are at work. */
class MovingTest {

  private static final int STREAMS = 5;
  private static final int MOVES = 40;

  private static byte[] message(long number) {
    return ByteBuffer.allocate(200).putLong(number).array();
  }

  /** Sends until told to stop, and checks at the other end; comes with the number of messages. */
  private static Mono<Long> transfer(Pair pair, CompletableFuture<Void> stop) {
    AtomicLong expected = new AtomicLong();
    CompletableFuture<Long> received = new CompletableFuture<>();
    Pair.Ends ends =
        pair.open(
            stream ->
                stream
                    .receive()
                    .asByteArray()
                    .doOnNext(
                        bytes ->
                            assertThat(ByteBuffer.wrap(bytes).getLong())
                                .isEqualTo(expected.getAndIncrement()))
                    .doOnError(received::completeExceptionally)
                    .doOnComplete(() -> received.complete(expected.get())));
    AtomicLong sent = new AtomicLong();
    Flux<byte[]> source =
        Flux.<byte[]>generate(sink -> sink.next(message(sent.getAndIncrement())))
            .takeUntil(last -> stop.isDone());
    return ends.bobs()
        .sendAndComplete(source)
        .then(Mono.fromFuture(received))
        .doOnNext(count -> assertThat(count).isEqualTo(sent.get()));
  }

  @RepeatedTest(2) // whose key is larger is chance
  @DisplayName("nothing is lost, doubled or reordered, however often it moves")
  void moves() {
    try (Pair pair = new Pair()) {
      CompletableFuture<Void> stop = new CompletableFuture<>();
      Endpoint alices = pair.alice.listenEndpoints().get(0);
      Mono<List<Long>> transfers =
          Flux.range(0, STREAMS).flatMap(i -> transfer(pair, stop), STREAMS).collectList();
      CompletableFuture<List<Long>> done = transfers.toFuture();
      for (int i = 0; i < MOVES; i++) {
        assertThat(Pair.block(pair.bob.move(pair.aliceAddress, alices)))
            .isEqualTo(pair.aliceAddress);
      }
      stop.complete(null);
      assertThat(Pair.block(Mono.fromFuture(done))).hasSize(STREAMS).allMatch(count -> count > 0);
      assertThat(pair.alice.peers()).containsExactly(pair.bob.address());
    }
  }

  @Test
  @DisplayName("a connection that breaks is seen in the states of the peer, and in nothing else")
  void states() {
    List<Relay> relays = new CopyOnWriteArrayList<>();
    BusOptions options = BusOptions.defaults();
    try (Pair pair =
        new Pair(
            options,
            port -> {
              relays.add(Relay.to(port));
              return relays.get(0).port();
            })) {
      List<PeerState> states = new CopyOnWriteArrayList<>();
      var watching = pair.bob.peerStates(pair.aliceAddress).subscribe(states::add);
      Pair.Ends ends = pair.open(stream -> stream.receive().then());
      relays.get(0).close();
      Pair.await(() -> states.stream().anyMatch(PeerState.Lost.class::isInstance));
      Mono<Void> transfer =
          ends.bobs().sendAndComplete(Flux.range(0, 100).map(MovingTest::message));
      CompletableFuture<Void> sent = transfer.toFuture();
      Pair.block(pair.bob.move(pair.aliceAddress, pair.alice.listenEndpoints().get(0)));
      Pair.block(Mono.fromFuture(sent).thenReturn(true));
      assertThat(states.get(0)).isInstanceOf(PeerState.Connected.class);
      assertThat(states.get(states.size() - 1)).isInstanceOf(PeerState.Connected.class);
      watching.dispose();
    }
  }
}
