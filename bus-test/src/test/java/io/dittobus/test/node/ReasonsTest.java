// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.test.memory.SimulatedNetwork;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Why a stream ended, as both its ends see it: the same, with whose doing it was reversed. Both the
 * one who opened the stream and the one who accepted it are the one who acts.
 */
@ParameterizedClass
@ValueSource(booleans = {true, false})
class ReasonsTest {

  private final SimulatedNetwork network = new SimulatedNetwork(1);
  private final SimulatedBus alice = SimulatedBus.start(network, "alice", true);
  private final SimulatedBus bob = SimulatedBus.start(network, "bob", false);
  private final SimulatedBus actingBus;
  private final StreamProbe acting;
  private final StreamProbe other;

  ReasonsTest(boolean openerActs) {
    alice.connectAndWait(bob);
    StreamProbe opener = alice.openAndWait(bob);
    StreamProbe acceptor = bob.accepted.get(0);
    actingBus = openerActs ? alice : bob;
    acting = openerActs ? opener : acceptor;
    other = openerActs ? acceptor : opener;
    acting.stream.request(5);
    other.stream.request(5);
    for (int i = 0; i < 5; i++) {
      acting.enqueue(network.allocator().buffer(10).writeZero(10));
      other.enqueue(network.allocator().buffer(10).writeZero(10));
    }
  }

  @AfterEach
  void everyMessageWasSpokenOf() {
    SimulatedBus.disposeAll(network, alice, bob);
    acting.checkMessages(other);
    other.checkMessages(acting);
    assertThat(acting.faults).isEmpty();
    assertThat(other.faults).isEmpty();
  }

  private void ends(
      BusCompletionReason here, StreamEnd.Origin origin, BusCompletionReason there, String text) {
    network.runUntil(() -> acting.end != null && other.end != null, SimulatedBus.BOUND);
    assertThat(acting.end().reason()).isEqualTo(here);
    assertThat(acting.end().origin()).isEqualTo(origin);
    assertThat(acting.end().text()).isEqualTo(text);
    assertThat(other.end().reason()).isEqualTo(there);
    acting.checkAgreement(other);
  }

  @Test
  void completed() {
    network.runUntilIdle();
    acting.stream.complete();
    network.runUntilIdle();
    assertThat(acting.outboundEnd().reason()).isEqualTo(BusCompletionReason.COMPLETED);
    assertThat(other.inboundEnd().reason()).isEqualTo(BusCompletionReason.COMPLETED);
    assertThat(acting.end).isNull();
    other.stream.complete();
    network.runUntil(() -> acting.end != null && other.end != null, SimulatedBus.BOUND);
    assertThat(acting.end().reason()).isEqualTo(BusCompletionReason.COMPLETED);
    acting.checkAgreement(other);
    assertThat(acting.received + other.received).isEqualTo(10);
  }

  @Test
  void closed() {
    acting.stream.close(Duration.ofSeconds(5));
    ends(
        BusCompletionReason.CLOSED_LOCALLY,
        StreamEnd.Origin.LOCAL,
        BusCompletionReason.CLOSED_BY_REMOTE,
        "");
    assertThat(acting.received + other.received).isEqualTo(10);
  }

  @Test
  void notClosedByItsDeadline() {
    network.runUntilIdle();
    other.enqueue(network.allocator().buffer(10).writeZero(10));
    acting.stream.close(Duration.ofSeconds(5));
    ends(
        BusCompletionReason.TIMED_OUT,
        StreamEnd.Origin.LOCAL,
        BusCompletionReason.TIMED_OUT,
        "the stream was not drained by its deadline");
  }

  @Test
  void disposed() {
    acting.stream.dispose();
    ends(
        BusCompletionReason.CLOSED_LOCALLY,
        StreamEnd.Origin.LOCAL,
        BusCompletionReason.CLOSED_BY_REMOTE,
        "");
  }

  @Test
  void cancelled() {
    network.runUntilIdle();
    acting.stream.cancel();
    network.runUntilIdle();
    assertThat(acting.inboundEnd().reason()).isEqualTo(BusCompletionReason.CANCELLED);
    assertThat(other.outboundEnd().reason()).isEqualTo(BusCompletionReason.CANCELLED);
    assertThat(acting.end).isNull();
    acting.stream.complete();
    ends(BusCompletionReason.CANCELLED, StreamEnd.Origin.LOCAL, BusCompletionReason.CANCELLED, "");
  }

  @Test
  void failedInOneDirection() {
    network.runUntilIdle();
    acting.stream.error(4711, "no more\nof it");
    network.runUntilIdle();
    assertThat(other.inboundEnd().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(other.inboundEnd().applicationCode()).isEqualTo(4711);
    assertThat(other.end).isNull();
    other.stream.complete();
    network.runUntil(() -> acting.end != null && other.end != null, SimulatedBus.BOUND);
    assertThat(acting.end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(acting.end().text()).isEqualTo("no more\nof it");
    assertThat(other.end().text()).isEqualTo("no more\\u000aof it");
    acting.checkAgreement(other);
  }

  @Test
  void failed() {
    acting.stream.fail(-1, "broken");
    ends(
        BusCompletionReason.APPLICATION_ERROR,
        StreamEnd.Origin.LOCAL,
        BusCompletionReason.APPLICATION_ERROR,
        "broken");
    assertThat(other.end().applicationCode()).isEqualTo(-1);
  }

  @Test
  void receiverThrew() {
    acting.throwsAt = 3;
    ends(
        BusCompletionReason.APPLICATION_ERROR,
        StreamEnd.Origin.LOCAL,
        BusCompletionReason.APPLICATION_ERROR,
        "the receiver failed: IllegalStateException");
    assertThat(other.end().lastAcked()).isEqualTo(2);
  }

  @Test
  void shutDown() {
    actingBus.bus().close(Duration.ofSeconds(5));
    ends(
        BusCompletionReason.SHUT_DOWN,
        StreamEnd.Origin.LOCAL,
        BusCompletionReason.SHUT_DOWN,
        "the bus was closed");
    assertThat(acting.received + other.received).isEqualTo(10);
  }

  @Test
  void busDisposed() {
    actingBus.bus().dispose();
    ends(
        BusCompletionReason.SHUT_DOWN,
        StreamEnd.Origin.LOCAL,
        BusCompletionReason.SHUT_DOWN,
        "the bus was closed");
  }

  @Test
  void linkLost() {
    network.runUntilIdle();
    SimulatedBus.loseForGood(network, alice, bob);
    network.runUntil(() -> acting.end != null && other.end != null, SimulatedBus.BOUND);
    for (StreamProbe each : new StreamProbe[] {acting, other}) {
      assertThat(each.end().reason()).isEqualTo(BusCompletionReason.PEER_LOST);
      assertThat(each.end().origin()).isEqualTo(StreamEnd.Origin.LINK);
    }
  }
}
