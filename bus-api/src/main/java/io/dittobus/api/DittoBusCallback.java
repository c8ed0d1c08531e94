// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api;

import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.StreamEnd;
import org.jspecify.annotations.Nullable;

/**
 * The global events of a {@link DittoBus}. Those that concern one peer come serially; those of
 * different peers may come at the same time on different threads. A callback must not block, and
 * what it throws is logged.
 */
public interface DittoBusCallback {

  /**
   * A {@link DittoBus#connect} succeeded.
   *
   * @param connectCtx what the caller gave
   * @param peer who answered
   */
  default void connectSucceeded(@Nullable Object connectCtx, DittoAddress peer) {}

  /** A {@link DittoBus#connect} failed. */
  default void connectFailed(@Nullable Object connectCtx, DittoBusException error) {}

  /** A session with a peer has begun, whoever dialled. */
  default void peerConnected(DittoAddress peer) {}

  /** The session with a peer is over; all its streams have ended. */
  default void peerDisconnected(DittoAddress peer, StreamEnd end) {}

  /**
   * A {@link DittoBus#openStreamToAddress} succeeded. Nothing of the stream is delivered before
   * {@link DittoBusStream#start}, which may be called here or later.
   *
   * @param openCtx what the caller gave
   */
  default void streamOpenSucceeded(@Nullable Object openCtx, DittoBusStream stream) {
    stream.dispose();
  }

  /** A {@link DittoBus#openStreamToAddress} failed; the end tells why. */
  default void streamOpenFailed(@Nullable Object openCtx, StreamEnd end) {}

  /**
   * A peer asks for a stream. Accept or refuse it, here or later; the peer's open timeout runs. By
   * default it is refused, as nobody handles it.
   */
  default void newIncomingStream(IncomingStream stream) {
    stream.refuse(
        io.dittobus.api.result.BusCompletionReason.REFUSED_NO_HANDLER,
        "nobody handles '" + stream.label() + "'");
  }

  /**
   * The bus is closed.
   *
   * @param streamsCut streams that were not drained by the deadline
   */
  default void busClosed(int streamsCut) {}
}
