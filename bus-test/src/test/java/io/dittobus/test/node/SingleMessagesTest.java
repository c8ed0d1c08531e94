// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dittobus.api.IncomingMessage;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.test.memory.Faults;
import io.dittobus.test.memory.SimulatedNetwork;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Single messages between whole buses, in virtual time. */
class SingleMessagesTest {

  private final SimulatedNetwork network = new SimulatedNetwork(1);
  private final SimulatedBus alice = SimulatedBus.start(network, "alice", true);
  private final SimulatedBus bob = SimulatedBus.start(network, "bob", false);

  private void send(String text, boolean reliable) {
    send(text, reliable, SingleMessageOptions.label("l"));
  }

  private void send(String text, boolean reliable, SingleMessageOptions options) {
    ByteBuf data = network.allocator().buffer();
    data.writeCharSequence(text, StandardCharsets.UTF_8);
    if (reliable) {
      alice.bus().sendSingleReliableMessage(bob.bus().localAddress(), data, options, text);
    } else {
      alice.bus().sendSingleUnreliableMessage(bob.bus().localAddress(), data, options, text);
    }
  }

  private void end() {
    SimulatedBus.disposeAll(network, alice, bob);
  }

  @Test
  @DisplayName("they arrive in order, with label, metadata and sender, and are acknowledged")
  void delivered() {
    List<String> got = new ArrayList<>();
    bob.messageHandler =
        message -> {
          assertThat(message.peer()).isEqualTo(alice.bus().localAddress());
          assertThat(message.metadata()).isEqualTo(Metadata.of("k", "v"));
          got.add(
              message.label()
                  + " "
                  + message.reliability()
                  + " "
                  + message.data().toString(StandardCharsets.UTF_8));
        };
    alice.connectAndWait(bob);
    SingleMessageOptions options =
        SingleMessageOptions.label("l").withMetadata(Metadata.of("k", "v"));
    send("one", true, options);
    send("two", false, options);
    send("", true, options.withLabel(""));
    network.runUntil(() -> alice.singleResults.size() == 3, SimulatedBus.BOUND);
    assertThat(got).containsExactly("l RELIABLE one", "l UNRELIABLE two", " RELIABLE ");
    assertThat(alice.singleResults)
        .containsEntry("one", BusSingleSendResult.DELIVERED)
        .containsEntry("two", BusSingleSendResult.TRANSMITTED)
        .containsEntry("", BusSingleSendResult.DELIVERED);
    end();
  }

  @Test
  @DisplayName(
      "nobody listens: refused; the handler throws: unknown; nothing of it kills the session")
  void refusedAndFailed() {
    alice.connectAndWait(bob);
    send("nobody", true);
    network.runUntil(() -> alice.singleResults.size() == 1, SimulatedBus.BOUND);
    bob.messageHandler =
        message -> {
          throw new IllegalStateException("handler");
        };
    send("throws", true);
    network.runUntil(() -> alice.singleResults.size() == 2, SimulatedBus.BOUND);
    bob.messageHandler = IncomingMessage::refuse;
    send("no", true);
    network.runUntil(() -> alice.singleResults.size() == 3, SimulatedBus.BOUND);
    assertThat(alice.singleResults)
        .containsEntry("nobody", BusSingleSendResult.REFUSED)
        .containsEntry("throws", BusSingleSendResult.UNKNOWN)
        .containsEntry("no", BusSingleSendResult.REFUSED);
    assertThat(alice.sessionsEnded).isZero();
    end();
  }

  @Test
  @DisplayName("acknowledged later, out of order, each is told at its own time")
  void acknowledgedLater() {
    List<IncomingMessage> open = new ArrayList<>();
    bob.messageHandler =
        message -> {
          message.acknowledgeLater();
          open.add(message);
        };
    alice.connectAndWait(bob);
    for (String text : List.of("a", "b", "c")) {
      send(text, true);
    }
    network.runUntil(() -> open.size() == 3, SimulatedBus.BOUND);
    open.get(1).acknowledge();
    open.get(1).refuse();
    network.runUntil(() -> alice.singleResults.size() == 1, SimulatedBus.BOUND);
    assertThat(alice.singleResults).containsEntry("b", BusSingleSendResult.DELIVERED);
    open.get(2).fail();
    open.get(0).acknowledge();
    network.runUntil(() -> alice.singleResults.size() == 3, SimulatedBus.BOUND);
    assertThat(alice.singleResults)
        .containsEntry("a", BusSingleSendResult.DELIVERED)
        .containsEntry("c", BusSingleSendResult.UNKNOWN);
    end();
  }

  @Test
  @DisplayName(
      "before there is a session reliable ones wait, in order; unreliable ones are dropped")
  void beforeTheSession() {
    List<String> got = new ArrayList<>();
    bob.messageHandler = message -> got.add(message.data().toString(StandardCharsets.UTF_8));
    for (int i = 0; i < 20; i++) {
      send("r" + i, true);
      send("u" + i, false);
    }
    assertThat(alice.singleResults.values()).hasSize(20).containsOnly(BusSingleSendResult.DROPPED);
    alice.connect(bob);
    network.runUntil(() -> alice.singleResults.size() == 40, SimulatedBus.BOUND);
    assertThat(got).hasSize(20).startsWith("r0", "r1", "r2").endsWith("r19");
    end();
  }

  @Test
  @DisplayName("a peer that does not come in time is unreachable")
  void unreachable() {
    send("late", true, SingleMessageOptions.defaults().withTimeout(Duration.ofSeconds(2)));
    network.advance(Duration.ofMillis(1_999));
    assertThat(alice.singleResults).isEmpty();
    network.advance(Duration.ofMillis(2));
    assertThat(alice.singleResults).containsEntry("late", BusSingleSendResult.UNREACHABLE);
    end();
  }

  @Test
  @DisplayName("as many wait for one peer as may; more overflow, at once")
  void overflow() {
    int most = BusOptions.defaults().maxQueuedSingleMessages();
    for (int i = 0; i <= most; i++) {
      send("m" + i, true);
    }
    assertThat(alice.singleResults)
        .containsExactly(Map.entry("m" + most, BusSingleSendResult.OVERFLOW));
    bob.messageHandler = IncomingMessage::acknowledgeLater;
    alice.connectAndWait(bob);
    network.advance(Duration.ofSeconds(1));
    int window = BusOptions.defaults().singleWindowMessages();
    for (int i = 0; i < window + 1; i++) {
      send("n" + i, true);
    }
    assertThat(alice.singleResults)
        .as("the window is under way, its places are free again")
        .hasSize(2)
        .containsEntry("n" + window, BusSingleSendResult.OVERFLOW);
    end();
    assertThat(alice.singleResults).hasSize(most + window + 2);
  }

  @Test
  @DisplayName("one that is larger than the peer takes is too large, waiting or not")
  void tooLarge() {
    SimulatedBus small =
        SimulatedBus.start(
            network,
            "small",
            PeerIdentity.ephemeral(),
            BusOptions.defaults().toBuilder().maxMessageSize(100).build());
    ByteBuf data = network.allocator().buffer().writeZero(100);
    alice
        .bus()
        .sendSingleReliableMessage(
            small.bus().localAddress(), data, SingleMessageOptions.defaults(), "waiting");
    alice.connect(small);
    network.runUntil(() -> alice.sessionsBegun > 0, SimulatedBus.BOUND);
    ByteBuf again = network.allocator().buffer().writeZero(100);
    alice
        .bus()
        .sendSingleUnreliableMessage(
            small.bus().localAddress(), again, SingleMessageOptions.defaults(), "now");
    network.runUntil(() -> alice.singleResults.size() == 2, SimulatedBus.BOUND);
    assertThat(alice.singleResults.values()).containsOnly(BusSingleSendResult.TOO_LARGE);
    SimulatedBus.disposeAll(network, alice, bob, small);
  }

  @Test
  @DisplayName("to oneself is an argument error, and the buffer stays the caller's")
  void toOneself() {
    ByteBuf data = network.allocator().buffer();
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                alice
                    .bus()
                    .sendSingleReliableMessage(
                        alice.bus().localAddress(), data, SingleMessageOptions.defaults(), null));
    assertThat(data.refCnt()).isEqualTo(1);
    data.release();
    end();
  }

  @Test
  @DisplayName("closing waits for what is under way both ways, and tells what was not finished")
  void closing() {
    List<IncomingMessage> open = new ArrayList<>();
    bob.messageHandler =
        message -> {
          message.acknowledgeLater();
          open.add(message);
        };
    alice.connectAndWait(bob);
    send("slow", true);
    send("stuck", true);
    network.runUntil(() -> open.size() == 2, SimulatedBus.BOUND);
    alice.bus().close(Duration.ofSeconds(1));
    send("after", true);
    assertThat(alice.singleResults).containsEntry("after", BusSingleSendResult.UNREACHABLE);
    network.advance(Duration.ofMillis(500));
    open.get(0).acknowledge();
    network.runUntil(() -> alice.timesClosed > 0, SimulatedBus.BOUND);
    assertThat(alice.singleResults)
        .containsEntry("slow", BusSingleSendResult.DELIVERED)
        .containsEntry("stuck", BusSingleSendResult.UNKNOWN);
    assertThat(alice.report().singleMessagesUnfinished()).isEqualTo(1);
    end();
  }

  @Test
  @DisplayName("whatever happens to the link, each ends once, and as what it came to")
  void eachEndsOnce() {
    Map<BusSingleSendResult, Integer> seen = new EnumMap<>(BusSingleSendResult.class);
    for (int seed = 0; seed < 300; seed++) {
      new Run(seed).run(seen);
    }
    assertThat(seen)
        .containsKeys(
            BusSingleSendResult.DELIVERED,
            BusSingleSendResult.REFUSED,
            BusSingleSendResult.UNKNOWN,
            BusSingleSendResult.UNREACHABLE,
            BusSingleSendResult.TRANSMITTED,
            BusSingleSendResult.DROPPED,
            BusSingleSendResult.OVERFLOW)
        .allSatisfy((result, times) -> assertThat(times).as("%s", result).isGreaterThan(20));
    end();
  }

  /** One run: two buses that send each other messages while their link is cut and made again. */
  private static final class Run {
    final Random random;
    final SimulatedNetwork network;
    final List<SimulatedBus> buses = new ArrayList<>();
    final List<IncomingMessage> open = new ArrayList<>();
    final Set<String> consumed = new HashSet<>();
    final Set<String> refused = new HashSet<>();
    final Set<String> arrived = new HashSet<>();
    final int[] last = {-1, -1};
    int sent;

    Run(int seed) {
      random = new Random(seed);
      network = new SimulatedNetwork(seed);
      BusOptions options =
          BusOptions.defaults().toBuilder().singleWindow(8, 8192).singleQueue(16, 20_000).build();
      boolean first = random.nextBoolean();
      List<PeerIdentity> identities = List.of(PeerIdentity.ephemeral(), PeerIdentity.ephemeral());
      for (int i = 0; i < 2; i++) {
        SimulatedBus bus =
            SimulatedBus.start(network, "bus" + i, identities.get(first ? i : 1 - i), options);
        int receiver = i;
        bus.messageHandler = message -> handle(receiver, message);
        buses.add(bus);
      }
    }

    private void handle(int receiver, IncomingMessage message) {
      String text = message.data().toString(StandardCharsets.UTF_8).trim();
      assertThat(arrived.add(text)).as("%s came twice", text).isTrue();
      int number = Integer.parseInt(text.substring(2));
      assertThat(number).as("in order").isGreaterThan(last[receiver]);
      last[receiver] = number;
      switch (random.nextInt(4)) {
        case 0 -> {
          refused.add(text);
          message.refuse();
        }
        case 1 -> consumed.add(text);
        default -> {
          message.acknowledgeLater();
          message.data().retain();
          open.add(message);
        }
      }
    }

    void run(Map<BusSingleSendResult, Integer> seen) {
      buses.get(0).connect(buses.get(1));
      network.faults(Faults.stalls(0.1, Duration.ofMillis(5)));
      for (int step = 0; step < 150; step++) {
        step();
        network.advance(Duration.ofNanos(random.nextInt(600_000)));
      }
      network.faults(Faults.NONE);
      do {
        while (!open.isEmpty()) {
          endOne();
        }
        network.advance(Duration.ofSeconds(1));
      } while (!open.isEmpty());
      SimulatedBus.disposeAll(network, buses.toArray(SimulatedBus[]::new));
      for (SimulatedBus bus : buses) {
        bus.singleResults.forEach(
            (ctx, result) -> {
              check(ctx, result);
              seen.merge(result, 1, Integer::sum);
            });
      }
      int results = buses.stream().mapToInt(bus -> bus.singleResults.size()).sum();
      assertThat(results).as("seed %d", network.seed()).isEqualTo(sent);
    }

    private void check(String text, BusSingleSendResult result) {
      boolean right =
          switch (result) {
            case DELIVERED -> consumed.contains(text);
            case REFUSED -> refused.contains(text);
            case UNREACHABLE, DROPPED, OVERFLOW -> !arrived.contains(text);
            case TRANSMITTED, UNKNOWN -> true;
            case TOO_LARGE -> false;
          };
      assertThat(right).as("%s ended as %s, seed %d", text, result, network.seed()).isTrue();
    }

    private void step() {
      int dice = random.nextInt(100);
      if (dice < 60) {
        send(random.nextInt(2));
      } else if (dice < 92 && !open.isEmpty()) {
        endOne();
      } else if (dice < 95 && !network.connections().isEmpty()) {
        network.connections().get(0).cut();
      } else if (dice < 98) {
        buses.get(0).connect(buses.get(1));
      }
    }

    private void send(int from) {
      for (int i = random.nextInt(6); i >= 0; i--) {
        boolean reliable = random.nextInt(3) > 0;
        String text = (reliable ? "r" : "u") + from + sent++;
        int padding = random.nextInt(10) == 0 ? random.nextInt(12_000) : random.nextInt(50);
        ByteBuf data = network.allocator().buffer();
        data.writeCharSequence(text + " ".repeat(padding), StandardCharsets.UTF_8);
        SimulatedBus sender = buses.get(from);
        var peer = buses.get(1 - from).bus().localAddress();
        if (reliable) {
          SingleMessageOptions options =
              SingleMessageOptions.defaults()
                  .withTimeout(Duration.ofMillis(1 + random.nextInt(200)));
          sender.bus().sendSingleReliableMessage(peer, data, options, text);
        } else {
          sender
              .bus()
              .sendSingleUnreliableMessage(peer, data, SingleMessageOptions.defaults(), text);
        }
      }
    }

    private void endOne() {
      IncomingMessage message = open.remove(random.nextInt(open.size()));
      String text = message.data().toString(StandardCharsets.UTF_8).trim();
      message.data().release();
      switch (random.nextInt(3)) {
        case 0 -> message.fail();
        case 1 -> {
          refused.add(text);
          message.refuse();
        }
        default -> {
          consumed.add(text);
          message.acknowledge();
        }
      }
    }
  }
}
