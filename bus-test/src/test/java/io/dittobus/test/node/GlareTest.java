// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.test.memory.NetworkOptions;
import io.dittobus.test.memory.SimulatedNetwork;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two buses dial each other at about the same time: one session comes of it, and all are glad. */
class GlareTest {

  private static final int SEEDS = 300;
  private static final long MESSAGES = 20;

  @Test
  void bothConnectsSucceedAndOneSessionComesOfThem() {
    for (int seed = 0; seed < SEEDS; seed++) {
      glare(seed, 1);
    }
  }

  @Test
  void soItIsWithSeveralDialsFromEachSide() {
    for (int seed = 0; seed < SEEDS / 3; seed++) {
      glare(seed, 3);
    }
  }

  @Test
  @Tag("long")
  void soItIsTenThousandTimes() {
    for (int seed = 0; seed < 10_000; seed++) {
      run(seed);
    }
  }

  /** One run. */
  static void run(long seed) {
    glare((int) seed, 1 + (int) (seed % 3));
  }

  private static void glare(int seed, int dials) {
    Random random = new Random(seed);
    SimulatedNetwork network =
        new SimulatedNetwork(
            seed,
            NetworkOptions.simulated()
                .withLatency(Duration.ofNanos(50_000), Duration.ofMillis(1 + random.nextInt(5))));
    SimulatedBus alice = SimulatedBus.start(network, "alice", random.nextBoolean());
    SimulatedBus bob = SimulatedBus.start(network, "bob", !alice.hasLargerKey());
    for (int i = 0; i < dials; i++) {
      dialSoon(network, random, alice, bob);
      dialSoon(network, random, bob, alice);
    }
    alice.open(bob);
    network.runUntil(
        () ->
            alice.connected.size() + alice.connectFailures.size() == dials
                && bob.connected.size() + bob.connectFailures.size() == dials
                && alice.opened.size() == 1
                && bob.accepted.size() == 1,
        SimulatedBus.BOUND);
    // What still is to come may not change it.
    network.advance(Duration.ofSeconds(10));

    String which = "seed " + seed;
    assertThat(alice.connectFailures).as(which).isEmpty();
    assertThat(bob.connectFailures).as(which).isEmpty();
    assertThat(alice.connected).as(which).hasSize(dials).containsOnly(bob.bus().localAddress());
    assertThat(bob.connected).as(which).hasSize(dials).containsOnly(alice.bus().localAddress());
    assertThat(alice.bus().peers()).as(which).containsExactly(bob.bus().localAddress());
    assertThat(bob.bus().peers()).as(which).containsExactly(alice.bus().localAddress());
    assertThat(alice.sessionsBegun + " " + bob.sessionsBegun).as(which).isEqualTo("1 1");
    assertThat(alice.sessionsEnded + " " + bob.sessionsEnded).as(which).isEqualTo("0 0");
    assertThat(network.connections()).as(which).hasSize(1);
    assertThat(alice.handshakeFailures).as(which).isEmpty();
    assertThat(bob.handshakeFailures).as(which).isEmpty();
    talk(network, which, alice.opened.get(0), bob.accepted.get(0));
    SimulatedBus.disposeAll(network, alice, bob);
  }

  private static void dialSoon(
      SimulatedNetwork network, Random random, SimulatedBus from, SimulatedBus to) {
    var unused = network.loop().schedule(() -> from.connect(to), random.nextInt(6_000_000));
  }

  private static void talk(
      SimulatedNetwork network, String which, StreamProbe near, StreamProbe far) {
    near.stream.request(Long.MAX_VALUE);
    far.stream.request(Long.MAX_VALUE);
    for (int i = 0; i < MESSAGES; i++) {
      near.enqueue(message(network, 10));
      far.enqueue(message(network, 1000));
    }
    near.stream.complete();
    far.stream.complete();
    network.runUntil(() -> near.end != null && far.end != null, SimulatedBus.BOUND);
    assertThat(near.received).as(which).isEqualTo(MESSAGES);
    assertThat(far.received).as(which).isEqualTo(MESSAGES);
    near.checkMessages(far);
    far.checkMessages(near);
    assertThat(near.faults).as(which).isEmpty();
    assertThat(far.faults).as(which).isEmpty();
  }

  private static ByteBuf message(SimulatedNetwork network, int bytes) {
    return network.allocator().buffer(bytes).writeZero(bytes);
  }
}
