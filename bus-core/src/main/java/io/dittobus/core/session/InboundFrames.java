// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.DropCounts;
import io.dittobus.core.frame.Auth;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameException;
import io.dittobus.core.frame.FrameHandler;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.Ready;
import io.dittobus.core.frame.SingleResult;
import io.dittobus.core.stream.Control;
import io.dittobus.core.stream.ReceiveHalf;
import io.dittobus.core.stream.SendHalf;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Takes the frames of a session and checks that they are allowed. What breaks a rule of the session
 * throws; what breaks a rule of one stream ends that stream. Frames of streams that are over are
 * late, and are passed over.
 */
final class InboundFrames implements FrameHandler {

  private final Session session;
  private final ControlNumbers control;
  private final Arrivals arrivals;

  InboundFrames(Session session, ControlNumbers control, Arrivals arrivals) {
    this.session = session;
    this.control = control;
    this.arrivals = arrivals;
  }

  /** Whether this control frame has been taken on a link before. */
  private boolean isRepeated(long number) throws FrameException {
    if (!arrivals.isNew()) {
      return true;
    }
    control.receive(number);
    return false;
  }

  /** The stream, or null if it is over; a stream that never was is a fault of the session. */
  private @Nullable SessionStream find(long streamId, String frame) throws FrameException {
    SessionStream stream = session.table().get(streamId);
    boolean neverOpened =
        stream == null ? !session.table().isKnown(streamId) : stream.hasToSay(Control.OPEN);
    if (neverOpened) {
      throw new FrameException(frame + " for stream " + streamId + ", which was never opened");
    }
    return stream;
  }

  /** The same, or what carries the single messages. */
  private @Nullable SessionStream findForData(long streamId, String frame) throws FrameException {
    return streamId == Singles.ID ? session.singles().stream() : find(streamId, frame);
  }

  /** The stream; null if it is over, or if this control frame has been taken before. */
  private @Nullable SessionStream findForControl(long number, long streamId, String frame)
      throws FrameException {
    return isRepeated(number) ? null : find(streamId, frame);
  }

  // Opening

  @Override
  public void onOpen(
      long number,
      long streamId,
      ReliabilityMode mode,
      long maxMessages,
      long maxOffset,
      String label,
      Metadata metadata,
      @Nullable ByteBuf firstMessage)
      throws FrameException {
    if (isRepeated(number)) {
      return;
    }
    if (!session.table().isNextPeerId(streamId)) {
      throw new FrameException("OPEN of stream " + streamId + " out of order");
    }
    session.table().notePeerId(streamId);
    int most = Session.maxFirstMessage(session.options());
    if (firstMessage != null && firstMessage.readableBytes() > most) {
      throw new FrameException(
          "a first message of " + firstMessage.readableBytes() + " bytes; at most " + most);
    }
    boolean taken =
        session
            .openings()
            .offered(streamId, mode, maxMessages, maxOffset, label, metadata, firstMessage);
    if (!taken) {
      throw new FrameException("streams are opened faster than their refusals are read");
    }
  }

  @Override
  public void onAccept(
      long number, long streamId, long maxMessages, long maxOffset, Metadata metadata)
      throws FrameException {
    SessionStream stream = findForControl(number, streamId, "ACCEPT");
    if (stream == null) {
      return;
    }
    requireOpening(stream, "ACCEPT");
    session.writer().openAnswered();
    stream.send().credit().grant(maxMessages, maxOffset);
    boolean givenUp = stream.send().state() != SendHalf.State.OPEN;
    stream.opened(metadata);
    if (!givenUp) {
      session.events().streamAccepted(stream);
      session.acknowledgements().consider(stream);
      session.writer().considerData(stream);
    }
  }

  @Override
  public void onRefuse(long number, long streamId, EndCause cause) throws FrameException {
    SessionStream stream = findForControl(number, streamId, "REFUSE");
    if (stream != null) {
      requireOpening(stream, "REFUSE");
      session.writer().openAnswered();
      session.endings().refused(stream, cause);
    }
  }

  private static void requireOpening(SessionStream stream, String frame) throws FrameException {
    if (stream.phase() != SessionStream.Phase.OPENING) {
      throw new FrameException(frame + " for stream " + stream.id() + ", which was not asked for");
    }
  }

  // Data

  @Override
  public void onData(
      long streamId,
      boolean first,
      boolean last,
      boolean ackNow,
      boolean hasMetadata,
      long sequence,
      long totalBytes,
      ByteBuf payload)
      throws FrameException {
    if (!arrivals.isNew()) {
      return;
    }
    SessionStream stream = findForData(streamId, "DATA");
    if (stream == null || stream.receive().state() == ReceiveHalf.State.ENDED) {
      return;
    }
    ReceiveHalf receive = stream.receive();
    int bytes = payload.readableBytes();
    String fault = shapeFault(stream, first, last, sequence, totalBytes, bytes);
    if (fault != null) {
      session.endings().violate(stream, EndCause.Kind.PROTOCOL, fault);
      return;
    }
    boolean granted = first ? receive.credit().begin(bytes) : receive.credit().proceed(bytes);
    if (!granted) {
      session.endings().violate(stream, EndCause.Kind.FLOW_CONTROL, "more was sent than granted");
      return;
    }
    if (first) {
      long begun = receive.credit().begun();
      receive.begin(stream.mode().isReliable() ? begun : sequence, hasMetadata);
    }
    if (ackNow) {
      receive.wantAckNow(receive.credit().begun());
    }
    if (first && last) {
      if (receive.isDelivering()) {
        session.delivery().received(stream, payload);
      } else {
        receive.threwAway();
      }
    } else {
      fragment(stream, first, last, totalBytes, payload);
    }
  }

  private @Nullable String shapeFault(
      SessionStream stream,
      boolean first,
      boolean last,
      long sequence,
      long totalBytes,
      int bytes) {
    ReceiveHalf receive = stream.receive();
    if (stream.phase() == SessionStream.Phase.OPENING) {
      return "data before ACCEPT";
    }
    if (receive.state() == ReceiveHalf.State.FINISHED
        || receive.state() == ReceiveHalf.State.DELIVERED) {
      return "data after the end";
    }
    if (first == receive.isInMessage()) {
      return first ? "a message began within another" : "a fragment without its beginning";
    }
    if (first) {
      if (totalBytes > session.options().maxMessageSize()) {
        return "a message of "
            + totalBytes
            + " bytes; at most "
            + session.options().maxMessageSize()
            + " are taken";
      }
      return sequenceFault(stream, sequence);
    }
    long missing = receive.missingBytes();
    if (bytes > missing || last != (bytes == missing)) {
      return "fragments do not add up to the message";
    }
    return null;
  }

  private static @Nullable String sequenceFault(SessionStream stream, long sequence) {
    ReceiveHalf receive = stream.receive();
    if (!stream.mode().isReliable()) {
      boolean rises = sequence > receive.begunSequence();
      return rises ? null : "message " + sequence + " after " + receive.begunSequence();
    }
    long expected = receive.credit().begun() + 1;
    if (expected == 1 && sequence < 0) {
      return "the first message on a link without its sequence";
    }
    if (sequence >= 0 && sequence != expected) {
      return "message " + sequence + " where " + expected + " was expected";
    }
    return null;
  }

  private void fragment(
      SessionStream stream, boolean first, boolean last, long totalBytes, ByteBuf payload) {
    ReceiveHalf receive = stream.receive();
    if (first) {
      receive.beginPartial(totalBytes, payload.readableBytes(), session.nowNanos());
    }
    if (receive.isDelivering()) {
      receive.append(payload, session.allocator(), session.nowNanos());
      if (!last) {
        session.admission().consider(stream);
        session.admit();
      }
    }
    if (last) {
      ByteBuf whole = receive.takePartial();
      if (whole == null) {
        receive.threwAway();
      } else {
        session.delivery().assembled(stream, whole);
      }
    }
  }

  @Override
  public void onAck(long streamId, long acked, long received, long maxMessages, long maxOffset)
      throws FrameException {
    if (streamId == Singles.ID) {
      session.singles().acked(acked, maxMessages, maxOffset);
      return;
    }
    SessionStream stream = find(streamId, "ACK");
    if (stream == null || stream.send().state() == SendHalf.State.ENDED) {
      return;
    }
    if (stream.phase() == SessionStream.Phase.OPENING) {
      session.endings().violate(stream, EndCause.Kind.PROTOCOL, "ACK before ACCEPT");
      return;
    }
    if (acknowledge(stream, acked, received)
        && stream.send().credit().grant(maxMessages, maxOffset)
        && stream.send().hasUseForCredit()) {
      session.writer().considerData(stream);
      session.events().creditChanged(stream);
    }
  }

  /** Returns false if that was a fault, and the stream has ended. */
  private boolean acknowledge(SessionStream stream, long acked, long received) {
    try {
      boolean news = stream.send().acknowledged(acked, received);
      if (news && !stream.isClosedTold()) { // else it was given up before it was open
        session.events().messagesAcked(stream, acked);
      }
      return true;
    } catch (IllegalArgumentException e) {
      session.endings().violate(stream, EndCause.Kind.PROTOCOL, String.valueOf(e.getMessage()));
      return false;
    }
  }

  @Override
  public void onDrops(long streamId, DropCounts counts) throws FrameException {
    if (!arrivals.isNew()) {
      return;
    }
    SessionStream stream = find(streamId, "DROPS");
    if (stream != null && stream.mode().isReliable()) {
      session.endings().violate(stream, EndCause.Kind.PROTOCOL, "drops of a reliable stream");
    } else if (stream != null) {
      stream.receive().remoteDropped(counts);
    }
  }

  @Override
  public void onResult(long number, long message, SingleResult result) throws FrameException {
    if (!isRepeated(number)) {
      session.singles().result(message, result);
    }
  }

  // Ends

  @Override
  public void onFin(long number, long streamId, long messages, long offset, EndCause cause)
      throws FrameException {
    SessionStream stream = findForControl(number, streamId, "FIN");
    if (stream == null) {
      return;
    }
    if (!agree(stream, messages, offset)) {
      lastWordIsFaulty(stream, "FIN with other counts than arrived");
    } else if (stream.phase() == SessionStream.Phase.OPENING) {
      lastWordIsFaulty(stream, "FIN before ACCEPT");
    } else if (stream.receive().isInMessage()) {
      lastWordIsFaulty(stream, "FIN within a message");
    } else {
      session.endings().finReceived(stream, cause);
    }
  }

  @Override
  public void onReset(long number, long streamId, long messages, long offset, EndCause cause)
      throws FrameException {
    SessionStream stream = findForControl(number, streamId, "RESET");
    if (stream == null) {
      return;
    }
    if (agree(stream, messages, offset)) {
      session.endings().resetReceived(stream, cause);
    } else {
      lastWordIsFaulty(stream, "RESET with other counts than arrived");
    }
  }

  private static boolean agree(SessionStream stream, long messages, long offset) {
    ReceiveHalf receive = stream.receive();
    return receive.state() == ReceiveHalf.State.ENDED
        || (messages == receive.credit().begun() && offset == receive.credit().offset());
  }

  /** The stream is cut; its sender has said that nothing more comes, and will not say it again. */
  private void lastWordIsFaulty(SessionStream stream, String fault) {
    session.endings().violate(stream, EndCause.Kind.PROTOCOL, fault);
    session.endings().confirmStop(stream);
  }

  @Override
  public void onStop(long number, long streamId, boolean drain, EndCause cause)
      throws FrameException {
    SessionStream stream = findForControl(number, streamId, "STOP");
    if (stream != null) {
      session.endings().stopReceived(stream, drain, cause);
    }
  }

  @Override
  public void onDone(long number, long streamId, long acked, long received, EndCause cause)
      throws FrameException {
    SessionStream stream = findForControl(number, streamId, "DONE");
    if (stream == null || stream.send().state() == SendHalf.State.ENDED) {
      return;
    }
    SendHalf.State state = stream.send().state();
    if (state != SendHalf.State.FIN_SENT
        && state != SendHalf.State.RESET_SENT
        && state != SendHalf.State.RESETTING) {
      session.endings().violate(stream, EndCause.Kind.PROTOCOL, "DONE before the end");
    } else if (acknowledge(stream, acked, received)) {
      session.endings().doneReceived(stream, cause);
    }
  }

  // The session

  @Override
  public void onReceipt(long frames) throws FrameException {
    session.replayLog().receipt(frames);
  }

  @Override
  public void onPing(long number) {
    session.writer().pong(number);
  }

  @Override
  public void onPong(long number) {
    if (session.liveness().pong(number, session.nowNanos())) {
      session.events().roundTripMeasured(session.roundTripNanos());
    }
  }

  @Override
  public void onGoAway(long lastStreamId, long deadlineMillis, EndCause cause) {
    if (cause.kind() == EndCause.Kind.SHUT_DOWN) {
      session.peerGoesAway(lastStreamId, cause);
    } else {
      session.end(cause);
    }
  }

  @Override
  public void onHello(Hello hello) throws FrameException {
    throw new FrameException("HELLO after READY");
  }

  @Override
  public void onAuth(Auth auth) throws FrameException {
    throw new FrameException("AUTH after READY");
  }

  @Override
  public void onReady(Ready ready) throws FrameException {
    throw new FrameException("READY after READY");
  }

  @Override
  public void onReject(EndCause cause) {
    // It was on its way when this side became ready (HS-7).
    session.linkDown("the other side has rejected the connection", session.nowNanos());
  }
}
