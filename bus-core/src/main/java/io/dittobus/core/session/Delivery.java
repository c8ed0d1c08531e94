// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.api.options.Metadata;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameException;
import io.dittobus.core.frame.MessageHead;
import io.dittobus.core.stream.ReceiveHalf;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * Hands messages to the application as it asks for them, and notes what it has consumed. A message
 * that finds demand is passed on in place; one that does not is copied, so that what waits pins
 * nothing but itself.
 */
final class Delivery {

  private final Session session;
  private final List<SessionStream> batch = new ArrayList<>();

  Delivery(Session session) {
    this.session = session;
  }

  /** A whole message came in; borrowed. */
  void received(SessionStream stream, ByteBuf message) {
    ReceiveHalf receive = stream.receive();
    receive.received(message.readableBytes());
    if (receive.hasWaiting() || !mayDeliver(stream)) {
      receive.enqueue(session.allocator().buffer(message.readableBytes()).writeBytes(message));
    } else {
      handOver(stream, message, receive.messageHasMetadata());
    }
  }

  /** A whole message was put together; belongs to this from now on. */
  void assembled(SessionStream stream, ByteBuf message) {
    stream.receive().received(message.readableBytes());
    stream.receive().enqueue(message);
    deliver(stream);
  }

  private static boolean mayDeliver(SessionStream stream) {
    return stream.isStarted()
        && stream.receive().isDelivering()
        && stream.receive().credit().hasDemand();
  }

  /** Delivers what waits, as far as it is asked for, and the end if that is reached. */
  void deliver(SessionStream stream) {
    ReceiveHalf receive = stream.receive();
    while (receive.hasWaiting() && mayDeliver(stream)) {
      boolean hasMetadata = receive.waitingHasMetadata();
      ByteBuf message = receive.pollWaiting();
      try {
        handOver(stream, message, hasMetadata);
      } finally {
        message.release();
      }
    }
    session.endings().considerInboundEnd(stream);
  }

  private void handOver(SessionStream stream, ByteBuf message, boolean hasMetadata) {
    ReceiveHalf receive = stream.receive();
    session.releaseAdmission(stream);
    if (session.singles().carries(stream)) {
      receive.credit().deliver();
      session.singles().received(receive.deliveredSequence(), message);
      return;
    }
    Metadata metadata = Metadata.empty();
    if (hasMetadata) {
      try {
        metadata = MessageHead.readMetadata(message);
      } catch (FrameException e) {
        session.endings().violate(stream, EndCause.Kind.PROTOCOL, e.line());
        return;
      }
    }
    receive.credit().deliver();
    if (!stream.inBatch) {
      stream.inBatch = true;
      batch.add(stream);
    }
    long sequence = receive.deliveredSequence();
    boolean taken = session.events().messageReceived(stream, sequence, metadata, message);
    if (!taken) {
      receive.decline();
    } else if (!stream.acksByHand()) {
      consumed(stream, sequence, true);
    }
  }

  /** The application has consumed one message, or all up to it. */
  void consumed(SessionStream stream, long sequence, boolean upTo) {
    ReceiveHalf receive = stream.receive();
    ReceiveHalf.State state = receive.state();
    if (state == ReceiveHalf.State.STOPPED || state == ReceiveHalf.State.ENDED) {
      return;
    }
    long roundTrip = session.roundTripNanos();
    boolean moved =
        upTo
            ? receive.consumeUpTo(sequence, session.nowNanos(), roundTrip)
            : receive.consume(sequence, session.nowNanos(), roundTrip);
    if (moved) {
      session.acknowledgements().consider(stream);
      session.endings().considerInboundDone(stream);
    }
  }

  /** What had come in together has been delivered. */
  void endBatch() {
    for (int i = 0; i < batch.size(); i++) {
      SessionStream stream = batch.get(i);
      stream.inBatch = false;
      if (stream.receive().isDelivering()) {
        session.events().batchEnded(stream);
      }
    }
    batch.clear();
  }
}
