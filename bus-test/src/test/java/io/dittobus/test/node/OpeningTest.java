// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.IncomingStream;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.test.MemoryBus;
import io.dittobus.test.memory.Reachability;
import io.dittobus.test.memory.SimulatedNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How connecting and opening fail, as the one who wanted it sees it. */
class OpeningTest {

  private final SimulatedNetwork network = new SimulatedNetwork(1);
  private final SimulatedBus alice = SimulatedBus.start(network, "alice", true);
  private final SimulatedBus bob = SimulatedBus.start(network, "bob", false);

  @AfterEach
  void nothingIsLeft() {
    SimulatedBus.disposeAll(network, alice, bob);
  }

  @Test
  void whoDialsItselfIsTold() {
    alice.connect(alice);
    network.runUntil(() -> !alice.connectFailures.isEmpty(), SimulatedBus.BOUND);
    network.advance(Duration.ofSeconds(20));
    assertThat(alice.connectFailures).hasSize(1);
    assertThat(alice.connectFailures.get(0).code()).isEqualTo(ErrorCode.NOT_ADMITTED);
    assertThat(alice.connected).isEmpty();
    assertThat(alice.sessionsBegun).isZero();
    assertThat(network.connections()).isEmpty();
  }

  @Test
  void aStreamToOneselfIsAnArgumentError() {
    assertThatThrownBy(() -> alice.open(alice)).isInstanceOf(IllegalArgumentException.class);
    network.advance(Duration.ofSeconds(20));
    assertThat(alice.openFailures).isEmpty();
  }

  @Test
  void aPeerThatIsNotThereIsWaitedForUntilTheTimeoutOfTheOpening() {
    long start = network.nanoTime();
    StreamOptions options = StreamOptions.reliable("test").withOpenTimeout(Duration.ofSeconds(3));
    alice.bus().openStreamToAddress(PeerIdentity.ephemeral().address(), options, null);
    network.advance(Duration.ofMillis(2_999));
    assertThat(alice.openFailures).isEmpty();
    network.runUntil(() -> !alice.openFailures.isEmpty(), SimulatedBus.BOUND);
    assertThat(Duration.ofNanos(network.nanoTime() - start)).isEqualTo(Duration.ofSeconds(3));
    failedOnce(BusCompletionReason.TIMED_OUT, StreamEnd.Origin.LOCAL);
  }

  @Test
  void aPeerThatComesInTimeGetsTheStream() {
    alice.open(bob);
    network.advance(Duration.ofSeconds(5));
    bob.connect(alice);
    network.runUntil(
        () -> alice.opened.size() == 1 && bob.accepted.size() == 1, SimulatedBus.BOUND);
    assertThat(alice.openFailures).isEmpty();
  }

  @Test
  void whoStartsLateHearsOfTheCreditThatCameBefore() {
    alice.connectAndWait(bob);
    List<DittoBusStream> unstarted = new ArrayList<>();
    alice.opener = unstarted::add;
    alice.open(bob);
    network.runUntil(() -> !unstarted.isEmpty() && !bob.accepted.isEmpty(), SimulatedBus.BOUND);
    bob.accepted.get(0).stream.request(5);
    network.runUntil(() -> unstarted.get(0).grantedMessages() == 5, SimulatedBus.BOUND);
    StreamProbe late = StreamProbe.start(unstarted.get(0));
    network.runUntil(() -> late.grantedWhenTold == 5, SimulatedBus.BOUND);
  }

  @Test
  void whatNobodyAnswersTimesOut() {
    alice.connectAndWait(bob);
    List<IncomingStream> offered = new ArrayList<>();
    bob.handler = offered::add;
    long start = network.nanoTime();
    alice.open(bob, StreamOptions.reliable("test").withOpenTimeout(Duration.ofSeconds(3)));
    network.runUntil(() -> !alice.openFailures.isEmpty(), SimulatedBus.BOUND);
    assertThat(Duration.ofNanos(network.nanoTime() - start)).isEqualTo(Duration.ofSeconds(3));
    failedOnce(BusCompletionReason.TIMED_OUT, StreamEnd.Origin.LOCAL);

    // Who accepts too late gets a stream that has ended.
    StreamProbe late =
        StreamProbe.start(offered.get(0).accept(Metadata.empty(), FlowOptions.defaults()));
    network.runUntil(() -> late.end != null, SimulatedBus.BOUND);
    assertThat(late.faults).isEmpty();
    assertThat(alice.opened).isEmpty();
  }

  @Test
  void aLabelThatNobodyHandlesIsRefused() {
    alice.connectAndWait(bob);
    bob.handler = offered -> new io.dittobus.api.DittoBusCallback() {}.newIncomingStream(offered);
    alice.open(bob);
    network.runUntil(() -> !alice.openFailures.isEmpty(), SimulatedBus.BOUND);
    failedOnce(BusCompletionReason.REFUSED_NO_HANDLER, StreamEnd.Origin.REMOTE);
    assertThat(alice.openFailures.get(0).text()).isEqualTo("nobody handles 'test'");
  }

  @Test
  void aHandlerThatThrowsRefuses() {
    alice.connectAndWait(bob);
    bob.handler =
        offered -> {
          throw new IllegalStateException("not for the wire");
        };
    alice.open(bob);
    network.runUntil(() -> !alice.openFailures.isEmpty(), SimulatedBus.BOUND);
    failedOnce(BusCompletionReason.REFUSED_NO_HANDLER, StreamEnd.Origin.REMOTE);
    assertThat(alice.openFailures.get(0).text())
        .isEqualTo("the handler failed: IllegalStateException");
  }

  @ParameterizedTest
  @EnumSource(
      value = BusCompletionReason.class,
      names = {"REFUSED_NO_HANDLER", "REFUSED_LIMIT", "REFUSED_FORBIDDEN"})
  void theReasonOfARefusalReachesTheOpener(BusCompletionReason reason) {
    alice.connectAndWait(bob);
    bob.handler = offered -> offered.refuse(reason, "not today");
    alice.open(bob);
    network.runUntil(() -> !alice.openFailures.isEmpty(), SimulatedBus.BOUND);
    failedOnce(reason, StreamEnd.Origin.REMOTE);
    assertThat(alice.openFailures.get(0).text()).isEqualTo("not today");
  }

  @ParameterizedTest
  @EnumSource(ReliabilityMode.class)
  void everyModeOpensAndBothEndsKnowIt(ReliabilityMode mode) {
    alice.connectAndWait(bob);
    StreamProbe opened = alice.openAndWait(bob, StreamOptions.of(mode, "test"));
    assertThat(opened.stream.reliability()).isEqualTo(mode);
    assertThat(bob.accepted.get(0).stream.reliability()).isEqualTo(mode);
  }

  @Test
  void moreStreamsThanThePeerTakesAreRefused() {
    SimulatedBus small =
        SimulatedBus.start(
            network,
            "small",
            PeerIdentity.ephemeral(),
            BusOptions.defaults().toBuilder().maxIncomingStreams(2).build());
    alice.connectAndWait(small);
    for (int i = 0; i < 3; i++) {
      alice.open(small);
    }
    network.runUntil(
        () -> alice.opened.size() == 2 && !alice.openFailures.isEmpty(), SimulatedBus.BOUND);
    failedOnce(BusCompletionReason.REFUSED_LIMIT, StreamEnd.Origin.REMOTE);
    alice.opened.get(0).stream.dispose();
    network.runUntil(() -> alice.opened.get(0).end != null, SimulatedBus.BOUND);
    network.runUntilIdle();
    alice.open(small);
    network.runUntil(() -> alice.opened.size() == 3, SimulatedBus.BOUND);
    small.bus().dispose();
    network.runUntil(() -> small.timesClosed == 1, SimulatedBus.BOUND);
  }

  @ParameterizedTest
  @ValueSource(strings = {"REFUSING", "SILENT"})
  void aConnectThatGetsNoAnswerFailsOnce(Reachability how) {
    network.reachability("bob", how);
    alice.connect(bob);
    network.runUntil(() -> !alice.connectFailures.isEmpty(), SimulatedBus.BOUND);
    network.advance(Duration.ofSeconds(20));
    assertThat(alice.connectFailures).hasSize(1);
    assertThat(alice.connectFailures.get(0).code()).isEqualTo(ErrorCode.CONNECT_FAILED);
  }

  /** Both sides' streams stand in lines of logs. */
  @Test
  void aLabelCannotForgeALineOfTheLog() {
    alice.connectAndWait(bob);
    List<String> offers = new ArrayList<>();
    bob.handler =
        offered -> {
          offers.add(offered.toString());
          offered.accept(Metadata.empty(), FlowOptions.defaults());
        };
    alice.open(bob, StreamOptions.reliable("x\nERROR all is lost\u001b[31m"));
    network.runUntil(() -> alice.opened.size() == 1, SimulatedBus.BOUND);
    offers.add(alice.opened.get(0).stream.toString());
    assertThat(offers).hasSize(2).noneMatch(line -> line.matches("(?s).*[\n\u001b].*"));
  }

  @Test
  void aHostThatIsUnknownFailsOnce() {
    alice.bus().connect(MemoryBus.endpoint("nowhere"), null);
    network.runUntil(() -> !alice.connectFailures.isEmpty(), SimulatedBus.BOUND);
    network.advance(Duration.ofSeconds(20));
    assertThat(alice.connectFailures).hasSize(1);
    assertThat(alice.connectFailures.get(0).code()).isEqualTo(ErrorCode.CONNECT_FAILED);
  }

  private void failedOnce(BusCompletionReason reason, StreamEnd.Origin origin) {
    network.advance(Duration.ofSeconds(20));
    assertThat(alice.openFailures).hasSize(1);
    StreamEnd end = alice.openFailures.get(0);
    assertThat(end.reason()).isEqualTo(reason);
    assertThat(end.origin()).isEqualTo(origin);
  }
}
