// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.peer.PeerState;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.test.memory.Reachability;
import io.dittobus.test.memory.SimulatedNetwork;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Two whole nodes whose session cannot go on: one is killed in the midst of its work and started
 * again, or has waited long enough when the connection comes back. Nothing of it goes on,
 * everything is told how it ended, and there is a new session. A seed replays.
 */
final class RestartRun {

  private static final int STEPS = 30;
  private static final BusOptions OPTIONS =
      BusOptions.defaults().toBuilder()
          .liveness(Duration.ofMillis(400), Duration.ofMillis(1_500))
          .handshakeTimeout(Duration.ofSeconds(2))
          .minReconnectDelay(Duration.ofMillis(20))
          .maxReconnectDelay(Duration.ofMillis(500))
          .build();

  private final long seed;
  private final Random random;
  private final boolean restarts;
  private final SimulatedNetwork network;
  private final SimulatedBus alice;
  private final SimulatedBus bob;
  private final List<StreamProbe> near = new ArrayList<>();
  private final List<StreamProbe> far = new ArrayList<>();

  private RestartRun(long seed) {
    this.seed = seed;
    this.random =
        new Random(seed * 0x9E3779B97F4A7C15L); // the first draws of small seeds are alike
    this.restarts = random.nextBoolean();
    this.network = new SimulatedNetwork(seed);
    BusOptions impatient = OPTIONS.toBuilder().resumeWindow(Duration.ofMillis(300)).build();
    this.alice =
        SimulatedBus.start(network, "alice", random.nextBoolean(), restarts ? OPTIONS : impatient);
    this.bob = SimulatedBus.start(network, "bob", !alice.hasLargerKey(), OPTIONS);
  }

  /** One run. */
  static void run(long seed) {
    new RestartRun(seed).run();
  }

  private void run() {
    boolean aliceDials = restarts && random.nextBoolean();
    (aliceDials ? alice : bob).connectAndWait(aliceDials ? bob : alice);
    for (int i = 0; i < 2; i++) {
      near.add(alice.openAndWait(bob));
      far.add(bob.accepted.get(i));
    }
    for (int i = random.nextInt(STEPS); i > 0; i--) {
      work();
    }
    SimulatedBus other = restarts ? restart(aliceDials) : waitTooLong();
    network.runUntil(
        () -> near.stream().allMatch(end -> end.end != null) && alice.sessionsBegun == 2,
        SimulatedBus.BOUND);
    StreamProbe fresh = alice.openAndWait(other);
    fresh.enqueue(message());
    other.accepted.get(other.accepted.size() - 1).stream.request(1);
    network.runUntil(() -> fresh.acked == 1, SimulatedBus.BOUND);
    network.advance(Duration.ofSeconds(10));
    check(other);
    SimulatedBus[] all =
        restarts ? new SimulatedBus[] {alice, bob, other} : new SimulatedBus[] {alice, bob};
    SimulatedBus.disposeAll(network, all);
  }

  private SimulatedBus restart(boolean aliceDials) {
    network.kill("bob");
    for (int i = random.nextInt(3); i > 0; i--) {
      work();
    }
    network.advance(Duration.ofMillis(random.nextInt(3_000)));
    SimulatedBus again = SimulatedBus.start(network, "bob", !alice.hasLargerKey(), OPTIONS);
    if (!aliceDials || random.nextBoolean()) {
      again.connect(alice);
    }
    return again;
  }

  /** Bob has dialled, and so dials again when Alice has forgotten him. */
  private SimulatedBus waitTooLong() {
    SimulatedBus.loseForGood(network, alice, bob);
    for (int i = random.nextInt(3); i > 0; i--) {
      work();
    }
    network.advance(Duration.ofMillis(1_000 + random.nextInt(2_000)));
    network.reachability("alice", Reachability.OPEN);
    return bob;
  }

  private void work() {
    StreamProbe end = (random.nextBoolean() ? near : far).get(random.nextInt(2));
    if (random.nextBoolean()) {
      end.stream.request(1 + random.nextInt(10));
    } else {
      end.enqueue(message());
    }
    network.advance(Duration.ofNanos(random.nextInt(5_000_000)));
  }

  private ByteBuf message() {
    int bytes = random.nextInt(300);
    return network.allocator().buffer(bytes).writeZero(bytes);
  }

  private void check(SimulatedBus other) {
    for (int i = 0; i < near.size(); i++) {
      StreamProbe here = near.get(i);
      assertThat(here.end().reason()).as("seed %d", seed).isEqualTo(BusCompletionReason.PEER_LOST);
      assertThat(here.acked).as("seed %d", seed).isLessThanOrEqualTo(far.get(i).received);
      here.checkMessages(far.get(i));
      assertThat(here.faults).as("seed %d", seed).isEmpty();
      assertThat(far.get(i).faults).as("seed %d", seed).isEmpty();
    }
    assertThat(alice.sessionsBegun + " " + alice.sessionsEnded)
        .as("seed %d", seed)
        .isEqualTo("2 1");
    assertThat(bob.sessionsEnded).as("seed %d", seed).isEqualTo(1);
    assertThat(other.sessionsBegun - other.sessionsEnded).as("seed %d", seed).isEqualTo(1);
    assertThat(network.connections()).as("seed %d", seed).hasSize(1);
    PeerState last = alice.states.get(alice.states.size() - 1);
    assertThat(last).as("seed %d", seed).isInstanceOf(PeerState.Connected.class);
  }
}
