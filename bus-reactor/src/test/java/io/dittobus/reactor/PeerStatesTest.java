// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.peer.PeerState;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

class PeerStatesTest {

  private static final DittoAddress PEER = PeerIdentity.ephemeral().address();
  private static final DittoAddress OTHER = PeerIdentity.ephemeral().address();
  private static final PeerState CONNECTED = new PeerState.Connected();
  private static final PeerState LOST = new PeerState.Lost(Instant.EPOCH, 0);
  private static final PeerState GONE =
      new PeerState.Gone(
          StreamEnd.unopened(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, ""));

  private final PeerStates states = new PeerStates();

  @Test
  @DisplayName("who comes late gets the present state, then what follows, of this peer only")
  void presentFirst() {
    states.tell(PEER, new PeerState.Connecting());
    states.tell(PEER, CONNECTED);
    StepVerifier.create(states.of(PEER))
        .expectNext(CONNECTED)
        .then(() -> states.tell(OTHER, LOST))
        .then(() -> states.tell(PEER, LOST))
        .expectNext(LOST)
        .then(states::close)
        .expectComplete()
        .verify(Duration.ofSeconds(10));
  }

  @Test
  @DisplayName("of a peer that was never met there is none; it comes when it is met")
  void neverMet() {
    List<PeerState> seen = new ArrayList<>();
    var watching = states.of(PEER).subscribe(seen::add);
    assertThat(seen).isEmpty();
    states.tell(PEER, CONNECTED);
    states.tell(PEER, GONE);
    states.tell(PEER, CONNECTED);
    assertThat(seen).containsExactly(CONNECTED, GONE, CONNECTED);
    watching.dispose();
  }

  @Test
  @DisplayName("who is slow gets the latest only")
  void latest() {
    StepVerifier.create(states.of(PEER), 0)
        .then(() -> states.tell(PEER, CONNECTED))
        .then(() -> states.tell(PEER, LOST))
        .then(() -> states.tell(PEER, GONE))
        .thenRequest(1)
        .expectNext(GONE)
        .thenCancel()
        .verify(Duration.ofSeconds(10));
  }

  @Test
  @DisplayName("what was known of a peer that is gone is forgotten, unless it is watched")
  void forgotten() {
    states.tell(PEER, CONNECTED);
    states.tell(PEER, GONE);
    StepVerifier.create(states.of(PEER))
        .expectSubscription()
        .then(states::close)
        .expectComplete()
        .verify(Duration.ofSeconds(10));
    StepVerifier.create(states.of(PEER)).expectComplete().verify(Duration.ofSeconds(10));
  }
}
