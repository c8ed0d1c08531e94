// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.reactor.inbound.ReceivedMessage;
import io.dittobus.test.MemoryBus;
import io.dittobus.test.memory.Faults;
import io.dittobus.test.memory.SimulatedNetwork;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Demand from the remote subscriber to the local publisher, in virtual time. */
class ExactDemandSimulationTest {

  private static final int SEEDS = 1_000;
  private static final Duration BOUND = Duration.ofMinutes(5);
  private static final List<PeerIdentity> BY_KEY =
      Stream.of(PeerIdentity.ephemeral(), PeerIdentity.ephemeral())
          .sorted(Comparator.comparing(PeerIdentity::publicKey))
          .toList();

  /** Asks when told to; acknowledges all but what it holds back. */
  private static final class Receiver extends BaseSubscriber<ReceivedMessage> {
    final List<ReceivedMessage> heldBack = new ArrayList<>();
    final Random random;
    final boolean holdsBack;
    long asked;
    long received;
    boolean completed;
    @Nullable String fault;

    Receiver(Random random) {
      this.random = random;
      this.holdsBack = random.nextInt(3) == 0;
    }

    void ask(long n) {
      asked += n;
      request(n);
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {}

    @Override
    protected void hookOnNext(ReceivedMessage message) {
      received++;
      int number = message.buffer().getInt(message.buffer().readerIndex());
      if (number != received || message.sequence() != received) {
        fault = "message " + number + " came as number " + received;
      }
      if (received > asked) {
        fault = "message " + number + " came without demand";
      }
      if (holdsBack && random.nextBoolean()) {
        heldBack.add(message);
      } else {
        message.acknowledge();
      }
    }

    void acknowledgeSome() {
      for (int i = random.nextInt(1 + heldBack.size()); i > 0; i--) {
        heldBack.remove(random.nextInt(heldBack.size())).acknowledge();
      }
    }

    @Override
    protected void hookOnComplete() {
      completed = true;
    }

    @Override
    protected void hookOnError(Throwable error) {
      fault = error.toString();
    }
  }

  /** One schedule. */
  private static final class Run {
    final Random random;
    final Random sizes;
    final SimulatedNetwork network;
    final int prefetch;
    final int total;
    final Receiver receiver;
    private final ReactorBus alice;
    private final ReactorBus bob;
    long askedOfPublisher;
    long taken;
    @Nullable String fault;

    Run(long seed) {
      random = new Random(seed);
      sizes = new Random(~seed);
      network = new SimulatedNetwork(seed);
      prefetch = random.nextInt(3) == 0 ? random.nextInt(20) : 0;
      total = 1 + random.nextInt(300);
      receiver = new Receiver(random);
      int larger = random.nextInt(2);
      alice = start("alice", BY_KEY.get(larger));
      bob = start("bob", BY_KEY.get(1 - larger));
    }

    private ReactorBus start(String host, PeerIdentity identity) {
      return get(ReactorBus.start(MemoryBus.on(network, host).identity(identity)));
    }

    private <T> T get(Mono<T> mono) {
      AtomicReference<T> result = new AtomicReference<>();
      mono.subscribe(result::set);
      network.runUntil(() -> result.get() != null, BOUND);
      return result.get();
    }

    private Flux<byte[]> source() {
      return Flux.range(1, total)
          .map(
              i -> {
                taken++;
                return ByteBuffer.allocate(4 + sizes.nextInt(200)).putInt(0, i).array();
              })
          .doOnRequest(
              n -> {
                askedOfPublisher += n;
                check(askedOfPublisher, "asked of the publisher");
              });
    }

    private void check(long what, String line) {
      if (what > receiver.asked + prefetch) {
        fault = what + " " + line + ", allowed: " + receiver.asked + " + " + prefetch;
      }
    }

    void run() {
      DittoAddress peer = get(bob.connect(MemoryBus.endpoint("alice")));
      AtomicReference<ReactorStream> incoming = new AtomicReference<>();
      FlowOptions flow = FlowOptions.defaults().withPrefetch(prefetch);
      alice
          .streams("numbers")
          .flow(flow)
          .handle(
              stream -> {
                incoming.set(stream);
                return stream.onClose();
              })
          .subscribe();
      ReactorStream sending = get(bob.openStream(peer, StreamOptions.reliable("numbers")));
      network.runUntil(() -> incoming.get() != null, BOUND);
      network.faults(Faults.stalls(0.1, Duration.ofMillis(5)));
      incoming.get().receive().withAck().subscribe(receiver);
      AtomicReference<Boolean> acknowledged = new AtomicReference<>(false);
      sending
          .sendAndComplete(source())
          .subscribe(
              nothing -> {}, error -> fault = error.toString(), () -> acknowledged.set(true));
      while (receiver.asked < total) {
        receiver.ask(1 + random.nextInt(random.nextInt(4) == 0 ? 100 : 7));
        receiver.acknowledgeSome();
        network.advance(Duration.ofNanos(random.nextInt(3_000_000)));
        check(sending.sentSequence(), "on the wire");
        if (random.nextInt(4) == 0) {
          network.runUntilIdle();
          long due = Math.min(total, receiver.asked);
          assertThat(receiver.received).as("arrived of what was asked for").isEqualTo(due);
          long held = Math.min(total, receiver.asked + prefetch);
          assertThat(sending.sentSequence()).as("on the wire").isEqualTo(held);
          assertThat(taken).as("taken from the publisher").isEqualTo(held);
        }
      }
      network.runUntil(() -> receiver.completed, BOUND);
      while (!receiver.heldBack.isEmpty()) {
        assertThat(acknowledged.get()).as("acknowledged before all is consumed").isFalse();
        receiver.acknowledgeSome();
        network.runUntilIdle();
      }
      network.runUntil(acknowledged::get, BOUND);
      assertThat(sending.ackedSequence()).isEqualTo(total);
      assertThat(fault).isNull();
      assertThat(receiver.fault).isNull();
      network.close();
      assertThat(network.bufferBytesInUse()).isZero();
    }
  }

  @Test
  @DisplayName(
      "1,000 schedules: never more than was asked for is taken or sent, and all of it comes")
  void inSimulation() {
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        new Run(seed).run();
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }
}
