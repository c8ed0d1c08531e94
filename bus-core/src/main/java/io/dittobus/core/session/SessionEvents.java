// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.MessageHead;
import io.dittobus.core.stream.DropLog;
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
   * @param metadata what travelled with it
   * @param message borrowed until this returns
   * @return whether the application took it; if not, it wants no more, and a command that says so
   *     follows
   */
  boolean messageReceived(SessionStream stream, long sequence, Metadata metadata, ByteBuf message);

  /** The messages that had arrived together have been delivered. */
  void batchEnded(SessionStream stream);

  /**
   * Every message up to this one has been put on the wire.
   *
   * @param freedBytes bytes of charge that no longer wait
   */
  void messagesWritten(SessionStream stream, long sequence, long freedBytes);

  /** Messages were dropped before they were on the wire, all for one cause. */
  void messagesDropped(SessionStream stream, DropLog.Run run);

  /** The remote application has consumed every message up to this one that arrived. */
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

  /**
   * A single message came in. A call of {@link Session#endSingle} follows.
   *
   * @param number what it is known by
   * @param message the payload; borrowed until this returns
   */
  void singleReceived(long number, MessageHead.Single head, ByteBuf message);

  /** A single message is on the wire as a whole. */
  void singleWritten(Object attachment);

  /** A single message has ended; its last event. */
  void singleEnded(Object attachment, BusSingleSendResult result);

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
