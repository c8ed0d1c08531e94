// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.admission;

import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerKey;
import java.util.Map;
import java.util.Set;

/**
 * What a peer that has joined may do, by label: asked for each incoming stream and single message,
 * before its handler is. What is not permitted is refused as forbidden.
 */
@FunctionalInterface
public interface Permission {

  /** Every peer may use every label. */
  Permission ALL = (peer, label) -> true;

  /**
   * Whether this peer may open a stream, or send a single message, with this label. Called on event
   * loops: must not block. An exception means no.
   *
   * @param peer who it is, by its whole key
   * @param label as the peer sent it; empty for a single message without one
   */
  boolean permits(DittoAddress peer, String label);

  /**
   * Only these peers may use these labels; nobody may use any other.
   *
   * @param peersByLabel the keys of the peers that may use it, for each label
   */
  static Permission byLabel(Map<String, Set<PeerKey>> peersByLabel) {
    Map<String, Set<PeerKey>> copy = Map.copyOf(peersByLabel);
    return (peer, label) -> {
      Set<PeerKey> permitted = copy.get(label);
      return permitted != null && permitted.contains(peer.peerKey());
    };
  }
}
