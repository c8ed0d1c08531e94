// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Who has dialled a link, and waits for what becomes of it. Any thread. */
interface Dialling {

  /** Where to. */
  Endpoint endpoint();

  /** The key that must answer; null if any may. */
  @Nullable PeerKey peer();

  /** Whether a session with the peer is to come over to this link, though its own may live. */
  boolean moves();

  /** There is a connection; what is to be done with it if time runs out. */
  void onGiveUp(Runnable task);

  /** There is a session with this peer, over this link or another. */
  void succeeded(DittoAddress peer);

  /** This link is not needed: there is another one with this peer, or about to be. */
  void notNeeded(PeerKey peer);

  /** Nothing came of it. */
  void failed(ErrorCode code, String line);
}
