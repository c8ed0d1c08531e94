// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.result.MessageResult;
import io.dittobus.api.result.StreamEnd;
import io.netty.buffer.ByteBuf;

/**
 * The events of one {@link DittoBusStream}. They come one at a time, on its executor, and must not
 * block: the event loop that runs them serves other streams too.
 *
 * <p>An exception out of {@link #streamMessageReceived} leaves that message unacknowledged and ends
 * the stream, at both sides, with an application error; out of any other method it is logged.
 */
public interface DittoBusStreamCallback {

  /**
   * A message came in. Never more of them than were requested. By default, for those who only send,
   * it fails, and so does the stream.
   *
   * @param messageSequence its sequence. In the unreliable modes it may be more than one above the
   *     one before: those between were dropped.
   * @param data borrowed until this returns; retain it to keep it. Its reader index may be moved.
   */
  default void streamMessageReceived(DittoBusStream stream, long messageSequence, ByteBuf data) {
    throw new IllegalStateException("Messages were requested, and nothing handles them");
  }

  /**
   * The same with the metadata of the message, empty if it has none. This is what the bus calls; by
   * default it leaves the metadata out.
   */
  default void streamMessageReceived(
      DittoBusStream stream, long messageSequence, Metadata metadata, ByteBuf data) {
    streamMessageReceived(stream, messageSequence, data);
  }

  /**
   * Messages have been taken over, or never will be. Cumulative: it speaks of every message up to
   * this one that was not spoken of before.
   *
   * @param result {@code SENT}, {@code NOT_SENT} or {@code UNKNOWN}; in the unreliable modes also
   *     one of the {@code DROPPED_…}
   */
  default void streamSendCompleted(
      DittoBusStream stream, MessageResult result, long messageSequence) {}

  /**
   * The remote application has consumed every message up to this one (in the unreliable modes:
   * every one that arrived). Cumulative.
   */
  default void streamRemoteAck(DittoBusStream stream, long messageSequence) {}

  /** The remote side has granted more, or there is room in the queue again. */
  default void streamCreditChanged(DittoBusStream stream) {}

  /**
   * The messages that had arrived together have all been delivered: a moment to flush what was
   * gathered.
   */
  default void streamBatchEnded(DittoBusStream stream) {}

  /**
   * The inbound direction is over: after the last message if {@code COMPLETED}, at once otherwise.
   * Once. Messages may still be acknowledged.
   */
  default void streamInboundEnded(DittoBusStream stream, StreamEnd end) {}

  /**
   * The outbound direction is over: everything was acknowledged if {@code COMPLETED}; the remote
   * side cancelled or failed, or this side did, otherwise. Once.
   */
  default void streamOutboundEnded(DittoBusStream stream, StreamEnd end) {}

  /** The stream is over. Once, and the last event. */
  default void streamClosed(DittoBusStream stream, StreamEnd end) {}
}
