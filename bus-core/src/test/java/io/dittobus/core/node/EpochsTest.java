// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.peer.PeerKey;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class EpochsTest {

  private static final PeerKey PEER = PeerKey.of(new byte[PeerKey.LENGTH]);

  private final Epochs epochs = new Epochs();

  @Test
  @DisplayName("RS-6: no epoch is used twice with one life of a peer, whoever knew of the last one")
  void neverTwice() {
    assertThat(epochs.latest(PEER, 7)).isZero();
    assertThat(epochs.next(PEER, 7, 0)).isEqualTo(1);
    assertThat(epochs.next(PEER, 7, 0)).isEqualTo(2);
    assertThat(epochs.next(PEER, 7, 9)).isEqualTo(10);
    epochs.learn(PEER, 7, 5); // late, and known to be so
    assertThat(epochs.next(PEER, 7, 3)).isEqualTo(11);
    assertThat(epochs.latest(PEER, 7)).isEqualTo(11);
  }

  @Test
  @DisplayName("RS-6: another life of the peer begins anew")
  void anotherLife() {
    epochs.learn(PEER, 7, 5);
    assertThat(epochs.latest(PEER, 8)).isZero();
    assertThat(epochs.next(PEER, 8, 0)).isEqualTo(1);
  }

  @Test
  @DisplayName("those of peers that were not met for long are forgotten, not those of others")
  void bounded() {
    epochs.learn(PEER, 7, 5);
    for (int i = 1; i < 100_000; i++) {
      byte[] key = new byte[PeerKey.LENGTH];
      key[0] = (byte) i;
      key[1] = (byte) (i >> 8);
      key[2] = (byte) (i >> 16);
      epochs.learn(PeerKey.of(key), 7, 1);
      if (i % 1_000 == 0) {
        assertThat(epochs.latest(PEER, 7)).isEqualTo(5);
      }
    }
    byte[] first = new byte[PeerKey.LENGTH];
    first[0] = 1;
    assertThat(epochs.latest(PeerKey.of(first), 7)).isZero();
  }
}
