// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.DropCounts;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Takes frames, one call each, in order of arrival. Every shape has been checked; meaning has not.
 * A handler that finds a frame not allowed for the whole session throws {@link FrameException}; the
 * faults of a single stream are its own business. Buffers are borrowed until the call returns.
 *
 * <p>Control frames of streams bear a control number, counted from 1 per session and side (CT-1).
 */
public interface FrameHandler {

  /** HELLO. */
  void onHello(Hello hello) throws FrameException;

  /** AUTH: what a side shows to be admitted. */
  void onAuth(Auth auth) throws FrameException;

  /** READY. */
  void onReady(Ready ready) throws FrameException;

  /** REJECT: the handshake is refused. */
  void onReject(EndCause cause) throws FrameException;

  /**
   * OPEN: a stream is asked for, with the credit of its opener's side.
   *
   * @param firstMessage the opener's first message; null if there is none
   */
  void onOpen(
      long control,
      long streamId,
      ReliabilityMode mode,
      long maxMessages,
      long maxOffset,
      String label,
      Metadata metadata,
      @Nullable ByteBuf firstMessage)
      throws FrameException;

  /** ACCEPT, with the credit of the acceptor's side. */
  void onAccept(long control, long streamId, long maxMessages, long maxOffset, Metadata metadata)
      throws FrameException;

  /** REFUSE. */
  void onRefuse(long control, long streamId, EndCause cause) throws FrameException;

  /** FIN: the direction is whole, with its final counts. */
  void onFin(long control, long streamId, long messages, long offset, EndCause cause)
      throws FrameException;

  /** STOP: the receiver wants no more, or (drain) no more than what was emitted. */
  void onStop(long control, long streamId, boolean drain, EndCause cause) throws FrameException;

  /** RESET: the direction is cut, with its final counts. */
  void onReset(long control, long streamId, long messages, long offset, EndCause cause)
      throws FrameException;

  /** DONE: the direction is over at its receiver, for this cause, with its final counts. */
  void onDone(long control, long streamId, long acked, long received, EndCause cause)
      throws FrameException;

  /**
   * DATA: a message or a fragment of one.
   *
   * @param hasMetadata whether the message's bytes begin with metadata; with the first fragment
   * @param sequence the message's sequence, or -1 if implied
   * @param totalBytes with the first fragment the length of the message, else -1
   */
  void onData(
      long streamId,
      boolean first,
      boolean last,
      boolean ackNow,
      boolean hasMetadata,
      long sequence,
      long totalBytes,
      ByteBuf payload)
      throws FrameException;

  /** ACK: what was consumed and received, and the limits. */
  void onAck(long streamId, long acked, long received, long maxMessages, long maxOffset)
      throws FrameException;

  /** DROPS: how many messages the sender of a direction has dropped, in all. */
  void onDrops(long streamId, DropCounts counts) throws FrameException;

  /** RESULT: what became of a single message. */
  void onResult(long control, long message, SingleResult result) throws FrameException;

  /** RECEIPT: so many kept frames have arrived, in all. */
  void onReceipt(long frames) throws FrameException;

  /** PING, to be answered with the same number. */
  void onPing(long number) throws FrameException;

  /** PONG. */
  void onPong(long number) throws FrameException;

  /**
   * GOAWAY: no stream of this side beyond that one will be taken.
   *
   * @param lastStreamId the last stream of this side's that the other has seen, 0 if none
   * @param deadlineMillis when the other cuts what is left, for information
   */
  void onGoAway(long lastStreamId, long deadlineMillis, EndCause cause) throws FrameException;
}
