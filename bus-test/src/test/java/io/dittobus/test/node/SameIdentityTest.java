// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.test.memory.NetworkOptions;
import io.dittobus.test.memory.SimulatedNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Several lives of one peer come at about the same time, as when it is restarted again and again:
 * one session is left, and nothing of the others.
 */
class SameIdentityTest {

  private static final int SEEDS = 300;
  private static final int LIVES = 6;

  @Test
  void oneOfManyLivesIsLeft() {
    for (int seed = 0; seed < SEEDS; seed++) {
      run(seed);
    }
  }

  private static void run(int seed) {
    Random random = new Random(seed);
    SimulatedNetwork network =
        new SimulatedNetwork(
            seed,
            NetworkOptions.simulated()
                .withLatency(Duration.ofNanos(50_000), Duration.ofNanos(60_000))
                .withLoopsPerHost(1 + random.nextInt(4)));
    SimulatedBus alice = SimulatedBus.start(network, "alice", random.nextBoolean());
    PeerIdentity identity = PeerIdentity.ephemeral();
    List<SimulatedBus> lives = new ArrayList<>();
    for (int i = 0; i < LIVES; i++) {
      lives.add(SimulatedBus.start(network, "life" + i, identity, BusOptions.defaults()));
    }
    for (SimulatedBus life : lives) {
      var unused = network.loop().schedule(() -> life.connect(alice), random.nextInt(30_000));
    }
    network.advance(Duration.ofSeconds(30));
    String which = "seed " + seed;
    assertThat(alice.bus().peers()).as(which).containsExactly(identity.address());
    assertThat(lives.stream().filter(life -> !life.bus().peers().isEmpty())).as(which).hasSize(1);
    assertThat(network.connections()).as(which).hasSize(1);
    assertThat(alice.sessionsBegun - alice.sessionsEnded).as(which).isEqualTo(1);
    for (SimulatedBus life : lives) {
      assertThat(life.connected.size() + life.connectFailures.size())
          .as("told how the connect ended, %s", which)
          .isEqualTo(1);
    }
    List<SimulatedBus> all = new ArrayList<>(lives);
    all.add(alice);
    SimulatedBus.disposeAll(network, all.toArray(SimulatedBus[]::new));
  }
}
