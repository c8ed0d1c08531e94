// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.MessageResult;
import io.dittobus.test.MemoryBus;
import io.dittobus.test.memory.Reachability;
import io.dittobus.test.memory.SimulatedNetwork;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What {@code close} of a bus does to its streams, to those of its peers, and to who waits. */
class ClosingTest {

  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final int SEEDS = 300;

  private SimulatedNetwork network = new SimulatedNetwork(1);
  private SimulatedBus alice = SimulatedBus.start(network, "alice", true);
  private SimulatedBus bob = SimulatedBus.start(network, "bob", false);

  private void newNetwork(int seed) {
    network = new SimulatedNetwork(seed);
    alice = SimulatedBus.start(network, "alice", seed % 2 == 0);
    bob = SimulatedBus.start(network, "bob", seed % 2 != 0);
  }

  private StreamProbe connected() {
    alice.connectAndWait(bob);
    return alice.openAndWait(bob);
  }

  private void emit(StreamProbe from, int messages) {
    for (int i = 0; i < messages; i++) {
      assertThat(from.enqueue(network.allocator().buffer(100).writeZero(100)))
          .isEqualTo(EnqueueResult.OK);
    }
  }

  private Duration closedAfter(SimulatedBus bus) {
    long start = network.nanoTime();
    network.runUntil(() -> bus.timesClosed > 0, SimulatedBus.BOUND);
    return Duration.ofNanos(network.nanoTime() - start);
  }

  private void over(StreamProbe near, StreamProbe far) {
    SimulatedBus.disposeAll(network, alice, bob);
    near.checkMessages(far);
    far.checkMessages(near);
    assertThat(near.faults).isEmpty();
    assertThat(far.faults).isEmpty();
    assertThat(near.end().reason()).isEqualTo(BusCompletionReason.SHUT_DOWN);
    assertThat(far.end().reason()).isEqualTo(BusCompletionReason.SHUT_DOWN);
  }

  @Test
  void whatIsAskedForIsDrainedWithinTheDeadline() {
    StreamProbe near = connected();
    StreamProbe far = bob.accepted.get(0);
    near.stream.request(1);
    far.stream.request(1);
    emit(near, 100);
    emit(far, 100);
    alice.bus().close(DEADLINE);
    assertThat(near.enqueue(network.allocator().buffer(1).writeZero(1)))
        .as("at once, or when the loop has heard of it")
        .isIn(EnqueueResult.OK, EnqueueResult.TERMINATED);
    network.advance(Duration.ofSeconds(4));
    assertThat(alice.timesClosed).isZero();
    assertThat(near.enqueue(network.allocator().buffer(1).writeZero(1)))
        .isEqualTo(EnqueueResult.TERMINATED);
    assertThat(far.enqueue(network.allocator().buffer(1).writeZero(1)))
        .isEqualTo(EnqueueResult.TERMINATED);
    near.stream.request(Long.MAX_VALUE);
    far.stream.request(Long.MAX_VALUE);
    assertThat(closedAfter(alice)).isLessThan(Duration.ofSeconds(1));
    assertThat(alice.streamsCut).isZero();
    assertThat(near.received).isEqualTo(far.taken);
    assertThat(far.received).isEqualTo(near.taken);
    assertThat(near.ended.values()).containsOnly(MessageResult.ACKED);
    assertThat(far.ended.values()).containsOnly(MessageResult.ACKED);
    over(near, far);
  }

  @Test
  void whatIsNotDrainedByTheDeadlineIsCut() {
    StreamProbe near = connected();
    StreamProbe far = bob.accepted.get(0);
    far.stream.request(10);
    emit(near, 100);
    network.runUntilIdle();
    alice.bus().close(DEADLINE);
    Duration after = closedAfter(alice);
    assertThat(after).isBetween(DEADLINE, DEADLINE.plusMillis(100));
    assertThat(alice.streamsCut).isEqualTo(1);
    assertThat(far.received).isEqualTo(10);
    assertThat(near.ended.values().stream().filter(MessageResult.ACKED::equals)).hasSize(10);
    assertThat(near.ended.values().stream().filter(MessageResult.NOT_SENT::equals)).hasSize(90);
    over(near, far);
  }

  private void loseConnection(StreamProbe near, StreamProbe far) {
    near.stream.request(Long.MAX_VALUE);
    far.stream.request(Long.MAX_VALUE);
    network.runUntilIdle();
    SimulatedBus.loseForGood(network, alice, bob);
    network.advance(Duration.ofMillis(100));
    emit(near, 100);
    emit(far, 100);
  }

  /** Who has dialled still dials for a session that waits. */
  @Test
  void aConnectionThatComesBackWithinTheDeadlineIsDrained() {
    StreamProbe near = connected();
    StreamProbe far = bob.accepted.get(0);
    loseConnection(near, far);
    alice.bus().close(DEADLINE);
    network.advance(Duration.ofSeconds(1));
    assertThat(alice.timesClosed).isZero();
    network.reachability("bob", Reachability.OPEN);
    assertThat(closedAfter(alice)).isLessThan(DEADLINE);
    assertThat(alice.report()).isEqualTo(new CloseReport(0, 0, 0, 0));
    assertThat(near.ended.values()).hasSize(100).containsOnly(MessageResult.ACKED);
    assertThat(far.ended.values()).hasSize(100).containsOnly(MessageResult.ACKED);
    over(near, far);
  }

  @Test
  void oneThatDoesNotComeBackIsWaitedForUntilTheDeadline() {
    StreamProbe near = connected();
    StreamProbe far = bob.accepted.get(0);
    loseConnection(near, far);
    alice.bus().close(DEADLINE);
    assertThat(closedAfter(alice)).isBetween(DEADLINE, DEADLINE.plusSeconds(1));
    assertThat(alice.report().messagesNotSent()).isEqualTo(100);
    assertThat(near.end().reason()).isEqualTo(BusCompletionReason.SHUT_DOWN);
    SimulatedBus.disposeAll(network, alice, bob);
    near.checkMessages(far);
    assertThat(near.faults).isEmpty();
  }

  /** It listens no more, and does not know where the other one is: there is nothing to wait for. */
  @Test
  void whoWasDialledDoesNotWaitForAConnection() {
    StreamProbe near = connected();
    StreamProbe far = bob.accepted.get(0);
    loseConnection(near, far);
    bob.bus().close(DEADLINE);
    assertThat(closedAfter(bob)).isLessThan(Duration.ofSeconds(1));
    assertThat(bob.report().messagesNotSent()).isEqualTo(100);
    SimulatedBus.disposeAll(network, alice, bob);
    far.checkMessages(near);
    assertThat(far.faults).isEmpty();
  }

  @Test
  void afterAMoveThereIsNothingToWaitForEither() {
    for (int seed = 0; seed < 20; seed++) {
      newNetwork(seed);
      alice.connectAndWait(bob);
      alice.bus().move(bob.bus().localAddress(), MemoryBus.endpoint("bob"), "move");
      network.runUntil(() -> alice.connected.size() == 2, SimulatedBus.BOUND);
      SimulatedBus first = seed % 3 == 0 ? alice : bob;
      first.bus().close(DEADLINE);
      assertThat(closedAfter(first)).as("seed %d", seed).isLessThan(Duration.ofSeconds(1));
      SimulatedBus second = first == alice ? bob : alice;
      second.bus().close(DEADLINE);
      assertThat(closedAfter(second)).as("seed %d", seed).isLessThan(Duration.ofSeconds(1));
      SimulatedBus.disposeAll(network, alice, bob);
    }
  }

  @Test
  void zeroCutsAtOnce() {
    StreamProbe near = connected();
    StreamProbe far = bob.accepted.get(0);
    emit(near, 100);
    network.runUntilIdle();
    alice.bus().close(Duration.ZERO);
    assertThat(closedAfter(alice)).isLessThan(Duration.ofMillis(100));
    assertThat(alice.streamsCut).isEqualTo(1);
    over(near, far);
  }

  /** The other side's answer is waited for, so that both ends know of one cause, but not long. */
  @Test
  void aPeerThatDoesNotAnswerHoldsUpTheEndForAMomentOnly() {
    StreamProbe near = connected();
    emit(near, 100);
    network.runUntilIdle();
    network.connections().get(0).stall("bob", Duration.ofMinutes(1));
    alice.bus().close(DEADLINE);
    alice.bus().close(Duration.ZERO);
    assertThat(near.end).as("not at once").isNull();
    network.runUntil(() -> near.end != null, SimulatedBus.BOUND);
    assertThat(near.end().reason()).isEqualTo(BusCompletionReason.SHUT_DOWN);
    assertThat(closedAfter(alice)).isLessThan(Duration.ofSeconds(3));
    assertThat(alice.streamsCut).isEqualTo(1);
    SimulatedBus.disposeAll(network, alice, bob);
  }

  @Test
  void withoutADeadlineItWaitsForAsLongAsItTakes() {
    StreamProbe near = connected();
    StreamProbe far = bob.accepted.get(0);
    far.stream.request(1);
    emit(near, 2);
    alice.bus().close(ChronoUnit.FOREVER.getDuration());
    network.advance(Duration.ofHours(1));
    assertThat(alice.timesClosed).isZero();
    near.stream.request(1);
    far.stream.request(1);
    assertThat(closedAfter(alice)).isLessThan(Duration.ofSeconds(1));
    assertThat(far.received).isEqualTo(2);
    over(near, far);
  }

  @Test
  void aSecondCloseShortensTheDeadline() {
    StreamProbe near = connected();
    emit(near, 100);
    network.runUntilIdle();
    alice.bus().close(DEADLINE);
    network.advance(Duration.ofSeconds(1));
    alice.bus().close(Duration.ofSeconds(2));
    assertThat(closedAfter(alice)).isBetween(Duration.ofSeconds(2), Duration.ofMillis(2_100));
    over(near, bob.accepted.get(0));
  }

  @Test
  void aSecondCloseDoesNotLengthenTheDeadline() {
    StreamProbe near = connected();
    emit(near, 100);
    network.runUntilIdle();
    alice.bus().close(DEADLINE);
    network.advance(Duration.ofSeconds(1));
    alice.bus().close(Duration.ofMinutes(1));
    assertThat(closedAfter(alice))
        .isBetween(DEADLINE.minusSeconds(1), DEADLINE.minusSeconds(1).plusMillis(100));
    over(near, bob.accepted.get(0));
  }

  @Test
  void bothCloseAtOnce() {
    StreamProbe near = connected();
    StreamProbe far = bob.accepted.get(0);
    near.stream.request(Long.MAX_VALUE);
    far.stream.request(Long.MAX_VALUE);
    emit(near, 100);
    emit(far, 100);
    alice.bus().close(DEADLINE);
    bob.bus().close(DEADLINE);
    assertThat(closedAfter(alice)).isLessThan(Duration.ofSeconds(1));
    assertThat(closedAfter(bob)).isLessThan(Duration.ofSeconds(1));
    assertThat(alice.streamsCut + bob.streamsCut).isZero();
    assertThat(near.received + far.received).isEqualTo(200);
    over(near, far);
  }

  @Test
  void whatIsAskedOfABusThatIsClosedFails() {
    connected();
    alice.bus().close(DEADLINE);
    alice.connect(bob);
    alice.open(bob);
    network.runUntil(
        () -> !alice.connectFailures.isEmpty() && !alice.openFailures.isEmpty(),
        SimulatedBus.BOUND);
    assertThat(alice.connectFailures.get(0).code()).isEqualTo(ErrorCode.BUS_CLOSED);
    assertThat(alice.openFailures.get(0).reason()).isEqualTo(BusCompletionReason.SHUT_DOWN);
    SimulatedBus.disposeAll(network, alice, bob);
    assertThat(alice.connectFailures).hasSize(1);
    assertThat(alice.openFailures).hasSize(1);
  }

  /** Whatever the dial, the handshake and the opening have come to. */
  @Test
  void whoWaitsIsToldOnceWhenTheBusCloses() {
    for (int seed = 0; seed < SEEDS; seed++) {
      newNetwork(seed);
      closeWhileConnecting(seed, false);
    }
  }

  /** A stream with a third one is drained meanwhile, so that the bus lives on for a while. */
  @Test
  void soItIsWhileAnotherStreamIsDrained() {
    for (int seed = 0; seed < SEEDS; seed++) {
      newNetwork(seed);
      closeWhileConnecting(seed, true);
    }
  }

  private void closeWhileConnecting(int seed, boolean draining) {
    Random random = new Random(seed);
    SimulatedBus carol =
        SimulatedBus.start(
            network,
            "carol",
            io.dittobus.api.peer.PeerIdentity.ephemeral(),
            io.dittobus.api.options.BusOptions.defaults());
    if (draining) {
      alice.connectAndWait(carol);
      alice.openAndWait(carol).stream.request(1);
      emit(alice.opened.get(0), 1);
      network.runUntilIdle();
    }
    int connectedBefore = alice.connected.size();
    int openedBefore = alice.opened.size();
    alice.connect(bob);
    if (random.nextBoolean()) {
      bob.connect(alice);
    }
    alice.open(bob);
    network.advance(Duration.ofNanos(random.nextInt(12_000_000)));
    alice.bus().close(Duration.ofSeconds(random.nextInt(3)));
    network.runUntil(() -> alice.timesClosed > 0, SimulatedBus.BOUND);
    network.advance(Duration.ofSeconds(30));
    String which = "seed " + seed + ", draining: " + draining;
    assertThat(alice.connected.size() - connectedBefore + alice.connectFailures.size())
        .as("told how the connect ended, %s", which)
        .isEqualTo(1);
    assertThat(alice.opened.size() - openedBefore + alice.openFailures.size())
        .as("told how the opening ended, %s", which)
        .isEqualTo(1);
    assertThat(alice.connectFailures)
        .as(which)
        .allMatch(error -> error.code() == ErrorCode.BUS_CLOSED);
    assertThat(alice.openFailures)
        .as(which)
        .allMatch(end -> end.reason() == BusCompletionReason.SHUT_DOWN);
    SimulatedBus.disposeAll(network, alice, bob, carol);
  }
}
