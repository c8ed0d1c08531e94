// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.core.frame.EndCause;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;

/**
 * What a session tells its owner, from within its inputs, commands and {@code pollWrite}. None of
 * these may call back into the session: what an application wants is kept, and given to the session
 * when the call that is under way has returned.
 */
public interface SessionEvents {

  /** The other side asks for a stream: accept or refuse it. */
  void streamOffered(SessionStream stream);

  /** A stream that was asked for here is open. */
  void streamAccepted(SessionStream stream);

  /**
   * A stream that was asked for here, or offered, did not come to be. The last event of this
   * stream.
   */
  void streamRefused(SessionStream stream, EndCause cause);

  /**
   * A message for the application, which has asked for it.
   *
   * @param message borrowed until this returns
   * @return whether the application took it; if not, it wants no more, and a command that says so
   *     follows
   */
  boolean messageReceived(SessionStream stream, long sequence, ByteBuf message);

  /** The messages that had arrived together have been delivered. */
  void batchEnded(SessionStream stream);

  /**
   * Every message up to this one has been put on the wire.
   *
   * @param freedBytes bytes of charge that no longer wait
   */
  void messagesWritten(SessionStream stream, long sequence, long freedBytes);

  /** The remote application has consumed every message up to this one. */
  void messagesAcked(SessionStream stream, long sequence);

  /** The remote side has granted more. */
  void creditChanged(SessionStream stream);

  /**
   * The remote side closes the stream in order: finish what was emitted, for this cause, and emit
   * no more.
   */
  void drainRequested(SessionStream stream, EndCause cause);

  /** The inbound direction is over, for the application. Once. */
  void inboundEnded(SessionStream stream, EndCause cause);

  /** The outbound direction is over, for the application. Once. */
  void outboundEnded(SessionStream stream, EndCause cause);

  /** The stream is over. Once, and its last event. */
  void streamClosed(SessionStream stream, EndCause cause);

  /** The other side is closing: it takes no new streams. */
  void peerGoingAway(EndCause cause);

  /** A round trip was measured. */
  void roundTripMeasured(long nanos);

  /**
   * The session is over, and all its streams have been told; write what is left and close the link.
   * Once.
   */
  void sessionEnded(EndCause cause);
}
