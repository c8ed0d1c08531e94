// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.peer.PeerState;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.test.MemoryBus;
import io.dittobus.test.memory.Faults;
import io.dittobus.test.memory.MemoryConnection;
import io.dittobus.test.memory.NetworkOptions;
import io.dittobus.test.memory.Reachability;
import io.dittobus.test.memory.SimulatedNetwork;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Two whole nodes with streams both ways, over connections that break in every way there is, until
 * all faults heal. A seed replays.
 */
final class BreakingRun implements AutoCloseable {

  /** What a run can meet. */
  enum Hit {
    CUT,
    CUT_IN_HANDSHAKE,
    CUT_BY_CHANCE,
    HALF_OPEN,
    SILENT,
    STALLED,
    REFUSED,
    DIALLED_BY_THE_OTHER,
    DIALLED_AT_ONCE,
    PAUSED,
    MOVED,
    LOST_TWICE,
    RESUMED
  }

  private static final int STEPS = 60;
  private static final Duration DEAD_AFTER = Duration.ofMillis(1_500);
  private static final BusOptions OPTIONS =
      BusOptions.defaults().toBuilder()
          .liveness(Duration.ofMillis(400), DEAD_AFTER)
          .handshakeTimeout(Duration.ofSeconds(2))
          .minReconnectDelay(Duration.ofMillis(20))
          .maxReconnectDelay(Duration.ofMillis(500))
          .build();

  private final long seed;
  private final Random random;
  private final Map<Hit, Integer> hits;
  private final SimulatedNetwork network;
  private final SimulatedBus alice;
  private final SimulatedBus bob;
  private final List<StreamProbe[]> pairs = new ArrayList<>();

  BreakingRun(long seed, Map<Hit, Integer> hits) {
    this.seed = seed;
    this.hits = hits;
    this.random =
        new Random(seed * 0x9E3779B97F4A7C15L); // the first draws of small seeds are alike
    this.network =
        new SimulatedNetwork(
            seed,
            NetworkOptions.simulated()
                .withLatency(Duration.ofNanos(50_000), Duration.ofMillis(1 + random.nextInt(8)))
                .withLoopsPerHost(1 + random.nextInt(3)));
    this.alice = SimulatedBus.start(network, "alice", random.nextBoolean(), OPTIONS);
    this.bob = SimulatedBus.start(network, "bob", !alice.hasLargerKey(), OPTIONS);
  }

  /** One run; what it meets is not counted. */
  static void run(long seed) {
    try (BreakingRun run = new BreakingRun(seed, new EnumMap<>(Hit.class))) {
      run.run();
    }
  }

  private void hit(Hit what) {
    hits.merge(what, 1, Integer::sum);
  }

  void run() {
    alice.connectAndWait(bob);
    if (random.nextBoolean()) { // now both know where the other is
      bob.connect(alice);
      hit(Hit.DIALLED_BY_THE_OTHER);
    }
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      boolean near = random.nextBoolean();
      StreamProbe opened = near ? alice.openAndWait(bob) : bob.openAndWait(alice);
      List<StreamProbe> there = near ? bob.accepted : alice.accepted;
      pairs.add(new StreamProbe[] {opened, there.get(there.size() - 1)});
    }
    for (int i = 0; i < STEPS; i++) {
      step();
      network.advance(Duration.ofNanos(random.nextInt(30_000_000)));
      look();
    }
    heal();
    finish();
    look();
    check();
  }

  private StreamProbe anyEnd() {
    return pairs.get(random.nextInt(pairs.size()))[random.nextInt(2)];
  }

  private void step() {
    switch (random.nextInt(16)) {
      case 0, 1, 2, 3 -> anyEnd().stream.request(1 + random.nextInt(20));
      case 4, 5, 6, 7, 8 -> {
        StreamProbe end = anyEnd();
        for (int i = 1 + random.nextInt(5); i > 0; i--) {
          end.enqueue(message());
        }
      }
      default -> fault();
    }
  }

  private ByteBuf message() {
    int bytes = random.nextInt(8) == 0 ? random.nextInt(60_000) : random.nextInt(300);
    return network.allocator().buffer(bytes).writeZero(bytes);
  }

  private void fault() {
    List<MemoryConnection> all = network.connections("alice", "bob");
    String side = random.nextBoolean() ? "alice" : "bob";
    boolean ready = isConnected(alice) && isConnected(bob);
    switch (random.nextInt(10)) {
      case 0, 1 -> {
        for (MemoryConnection each : all) {
          each.cut();
          hit(ready ? Hit.CUT : Hit.CUT_IN_HANDSHAKE);
        }
      }
      case 2 -> {
        if (!all.isEmpty()) {
          all.get(random.nextInt(all.size())).halfOpen(side);
          hit(Hit.HALF_OPEN);
        }
      }
      case 3 -> {
        if (!all.isEmpty() && random.nextInt(3) == 0) {
          all.get(random.nextInt(all.size())).lose();
          hit(Hit.SILENT);
        }
      }
      case 4 -> {
        if (!all.isEmpty()) {
          Duration time = Duration.ofMillis(random.nextInt(2_500));
          all.get(random.nextInt(all.size())).stall(side, time);
          hit(Hit.STALLED);
        }
      }
      case 5 -> {
        Reachability[] ways = Reachability.values();
        network.reachability(side, ways[random.nextInt(ways.length)]);
        hit(Hit.REFUSED);
      }
      case 8 -> {
        SimulatedBus mover = random.nextBoolean() ? alice : bob;
        SimulatedBus to = mover == alice ? bob : alice;
        mover.bus().move(to.bus().localAddress(), MemoryBus.endpoint(to.host), "move");
        hit(Hit.MOVED);
      }
      case 6 -> {
        alice.connect(bob);
        bob.connect(alice);
        hit(Hit.DIALLED_AT_ONCE);
      }
      case 7 -> {
        if (random.nextBoolean()) {
          network.faults(new Faults(0, Duration.ZERO, 0.02, 0.1));
          hit(Hit.CUT_BY_CHANCE);
        } else {
          network.faults(Faults.NONE);
        }
      }
      default -> {
        network.advance(Duration.ofMillis(random.nextInt(4_000)));
        hit(Hit.PAUSED);
      }
    }
  }

  private static boolean isConnected(SimulatedBus bus) {
    List<PeerState> states = bus.states;
    return !states.isEmpty() && states.get(states.size() - 1) instanceof PeerState.Connected;
  }

  private void heal() {
    network.faults(Faults.NONE);
    network.reachability("alice", Reachability.OPEN);
    network.reachability("bob", Reachability.OPEN);
  }

  private void finish() {
    for (StreamProbe[] pair : pairs) {
      for (StreamProbe end : pair) {
        end.stream.request(Long.MAX_VALUE);
        end.stream.complete();
      }
    }
    network.runUntil(
        () -> pairs.stream().allMatch(pair -> pair[0].end != null && pair[1].end != null),
        SimulatedBus.BOUND);
    network.runUntil(
        () ->
            isConnected(alice)
                && isConnected(bob)
                && network.connections("alice", "bob").size() == 1,
        SimulatedBus.BOUND);
    // What still is to come may not change it.
    network.advance(Duration.ofSeconds(10));
  }

  /** What holds at any time. */
  private void look() {
    for (StreamProbe[] pair : pairs) {
      for (int i = 0; i < 2; i++) {
        StreamProbe from = pair[i];
        StreamProbe to = pair[1 - i];
        assertThat(from.faults).as("seed %d", seed).isEmpty();
        assertThat(to.received).as("seed %d", seed).isLessThanOrEqualTo(from.taken);
        assertThat(from.acked).as("acked, seed %d", seed).isLessThanOrEqualTo(to.received);
      }
    }
    assertThat(alice.sessionsBegun + " " + bob.sessionsBegun).as("seed %d", seed).isEqualTo("1 1");
    assertThat(alice.sessionsEnded + bob.sessionsEnded).as("seed %d", seed).isZero();
  }

  private void check() {
    for (StreamProbe[] pair : pairs) {
      for (int i = 0; i < 2; i++) {
        StreamProbe from = pair[i];
        assertThat(pair[1 - i].received).as("seed %d", seed).isEqualTo(from.taken);
        assertThat(from.end().reason())
            .as("seed %d", seed)
            .isEqualTo(BusCompletionReason.COMPLETED);
        from.checkMessages(pair[1 - i]);
        assertThat(from.faults).as("seed %d", seed).isEmpty();
      }
    }
    assertThat(network.connections("alice", "bob")).as("seed %d", seed).hasSize(1);
    for (SimulatedBus bus : List.of(alice, bob)) {
      int lost = 0;
      for (PeerState state : bus.states) {
        boolean again = state instanceof PeerState.Lost gone && gone.attempts() == 0;
        lost += again ? 1 : 0;
      }
      for (int i = 1; i < lost; i++) {
        hit(Hit.LOST_TWICE);
      }
      for (int i = 0; i < lost; i++) {
        hit(Hit.RESUMED);
      }
    }
  }

  @Override
  public void close() {
    SimulatedBus.disposeAll(network, alice, bob);
  }
}
