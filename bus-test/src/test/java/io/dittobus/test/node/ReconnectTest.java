// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.peer.PeerState;
import io.dittobus.test.memory.MemoryConnection;
import io.dittobus.test.memory.Reachability;
import io.dittobus.test.memory.SimulatedNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** When a peer is dialled again; with the default delays, 100 ms and 10 s (RS-7). */
class ReconnectTest {

  private static final int SEEDS = 40;
  private static final int ATTEMPTS = 20;
  private static final long MILLISECOND = 1_000_000;

  /** How long a refused dial may take. */
  private static final long DIAL_NANOS = 50 * MILLISECOND;

  private static SimulatedBus[] lostFor(SimulatedNetwork network) {
    SimulatedBus alice = SimulatedBus.start(network, "alice", network.seed() % 2 == 0);
    SimulatedBus bob = SimulatedBus.start(network, "bob", !alice.hasLargerKey());
    alice.connectAndWait(bob);
    SimulatedBus.loseForGood(network, bob);
    return new SimulatedBus[] {alice, bob};
  }

  /** Waits for the next attempt to dial; what passed until then. */
  private static long untilNextAttempt(SimulatedNetwork network, SimulatedBus bus, int attempt) {
    long start = network.nanoTime();
    network.runUntil(() -> attempts(bus) >= attempt, SimulatedBus.BOUND);
    return network.nanoTime() - start;
  }

  private static int attempts(SimulatedBus bus) {
    PeerState last = bus.states.get(bus.states.size() - 1);
    return last instanceof PeerState.Lost lost ? lost.attempts() : 0;
  }

  @Test
  @DisplayName("delays are drawn below a bound that doubles up to a cap, which is kept")
  void backoff() {
    List<List<Long>> delays = new ArrayList<>();
    for (int i = 0; i < ATTEMPTS; i++) {
      delays.add(new ArrayList<>());
    }
    for (int seed = 0; seed < SEEDS; seed++) {
      SimulatedNetwork network = new SimulatedNetwork(seed);
      SimulatedBus[] both = lostFor(network);
      network.runUntil(both[0]::isLost, SimulatedBus.BOUND);
      for (int i = 0; i < ATTEMPTS; i++) {
        long delay = untilNextAttempt(network, both[0], i + 1);
        delays.get(i).add(delay);
        long bound = Math.min(10_000, 100L << Math.min(i, 10)) * MILLISECOND;
        assertThat(delay).as("attempt %d, seed %d", i + 1, seed).isLessThan(bound + DIAL_NANOS);
      }
      SimulatedBus.disposeAll(network, both);
    }
    // Drawn from all of it: half of the bound in the middle, and not the same for everybody.
    for (int i = 0; i < ATTEMPTS; i++) {
      double bound = Math.min(10_000, 100L << Math.min(i, 10)) * (double) MILLISECOND;
      double mean = delays.get(i).stream().mapToLong(Long::longValue).average().orElseThrow();
      assertThat(mean).as("attempt %d", i + 1).isBetween(bound * 0.3, bound * 0.7 + DIAL_NANOS);
      assertThat(delays.get(i).stream().distinct().count()).isGreaterThan(SEEDS / 2);
    }
  }

  @Test
  @DisplayName(
      "a connection that lived for long begins with short delays again, a short one does not")
  void healthyTime() {
    for (int seed = 0; seed < SEEDS; seed++) {
      SimulatedNetwork network = new SimulatedNetwork(seed);
      SimulatedBus[] both = lostFor(network);
      untilNextAttempt(network, both[0], 8);
      network.reachability("bob", Reachability.OPEN);
      awaitConnection(network, both[0]);
      network.advance(Duration.ofSeconds(11));
      network.reachability("bob", Reachability.REFUSING);
      network.connections().forEach(MemoryConnection::cut);
      network.runUntil(both[0]::isLost, SimulatedBus.BOUND);
      long first = untilNextAttempt(network, both[0], 1);
      assertThat(first).as("seed %d", seed).isLessThan(100 * MILLISECOND);
      SimulatedBus.disposeAll(network, both);
    }
  }

  private static void awaitConnection(SimulatedNetwork network, SimulatedBus bus) {
    network.runUntil(
        () -> bus.states.get(bus.states.size() - 1) instanceof PeerState.Connected,
        SimulatedBus.BOUND);
  }
}
