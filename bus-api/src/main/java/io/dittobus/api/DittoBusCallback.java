// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api;

import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerState;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.CloseReport;
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
   * How the bus stands with a peer has changed. A connection that is lost and comes back while its
   * session waits is seen here only.
   */
  default void peerStateChanged(DittoAddress peer, PeerState state) {}

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
        BusCompletionReason.REFUSED_NO_HANDLER, "nobody handles '" + stream.label() + "'");
  }

  /**
   * A single message came in, and the peer waits to hear that it was consumed: when this returns,
   * unless {@link IncomingMessage#refuse} or {@link IncomingMessage#acknowledgeLater} was called.
   * If it throws, the message is not consumed, and its sender is told {@code UNKNOWN}. By default
   * it is refused, as nobody handles it.
   */
  default void singleMessageReceived(IncomingMessage message) {
    message.refuse();
  }

  /**
   * A single message that was sent from here has ended, one way or the other.
   *
   * @param sendCtx what the caller gave
   * @param reliability how it was sent: {@code RELIABLE} or {@code UNRELIABLE}
   */
  default void finishedSendingSingleMessage(
      @Nullable Object sendCtx, ReliabilityMode reliability, BusSingleSendResult result) {}

  /**
   * The bus is closed.
   *
   * @param report what could not be brought to its end
   */
  default void busClosed(CloseReport report) {}
}
