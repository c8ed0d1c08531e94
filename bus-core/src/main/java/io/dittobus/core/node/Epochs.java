// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.peer.PeerKey;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The highest epoch that is known of each peer's life (RS-6): it outlives the sessions, so that no
 * epoch is used twice. Those of peers that have not been met for long are forgotten. Any thread.
 */
final class Epochs {

  private static final int MAX_PEERS = 64 * 1024;

  private record Known(long incarnation, long epoch) {}

  private final Map<PeerKey, Known> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<PeerKey, Known> eldest) {
          return size() > MAX_PEERS;
        }
      };

  /** The highest epoch that is known with this life of the peer; 0 for none. */
  synchronized long latest(PeerKey peer, long incarnation) {
    Known last = known.get(peer);
    return last == null || last.incarnation != incarnation ? 0 : last.epoch;
  }

  /** This epoch was used with this life of the peer. */
  synchronized void learn(PeerKey peer, long incarnation, long epoch) {
    known.put(peer, new Known(incarnation, Math.max(epoch, latest(peer, incarnation))));
  }

  /** An epoch that was not used yet, as far as this side knows and the other, who says this one. */
  synchronized long next(PeerKey peer, long incarnation, long other) {
    long next = Math.max(other, latest(peer, incarnation)) + 1;
    learn(peer, incarnation, next);
    return next;
  }
}
