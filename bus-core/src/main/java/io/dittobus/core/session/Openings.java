// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.core.flow.ReceiveCredit;
import io.dittobus.core.flow.Window;
import io.dittobus.core.flow.WindowBudget;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.stream.Control;
import io.dittobus.core.stream.ReceiveHalf;
import io.dittobus.core.stream.SendHalf;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * How streams come to be: asked for here, or by the other side; accepted or refused (ST-1 to ST-4).
 */
final class Openings {

  private final Session session;
  private final WindowBudget windowBudget;

  Openings(Session session, WindowBudget windowBudget) {
    this.session = session;
    this.windowBudget = windowBudget;
  }

  // Asked for here

  SessionStream open(
      StreamOptions stream,
      @Nullable ByteBuf firstMessage,
      Object attachment,
      @Nullable EndCause refusal) {
    SessionStream opened =
        new SessionStream(
            session.table().nextOwnId(),
            true,
            stream.reliability(),
            stream.label(),
            stream.metadata(),
            newReceiveHalf(stream.flow(), stream.reliability()));
    opened.attach(attachment);
    share(opened, stream.flow());
    if (firstMessage != null) {
      session.emitFirst(opened, firstMessage);
    }
    if (refusal != null) {
      refuseHere(opened, refusal);
    } else if (session.writer().waitingOpens() >= Session.MAX_WAITING_OPENS) {
      refuseHere(opened, EndCause.local(EndCause.Kind.LIMIT, "too many streams are being opened"));
    } else {
      session.table().add(opened);
      session.writer().open(opened);
    }
    return opened;
  }

  private void refuseHere(SessionStream stream, EndCause cause) {
    stream.refused(cause);
    session.events().streamRefused(stream, cause);
  }

  private static void share(SessionStream stream, FlowOptions flow) {
    stream.turn.priority = flow.priority();
    stream.turn.weight = flow.weight();
  }

  private ReceiveHalf newReceiveHalf(FlowOptions flow, ReliabilityMode mode) {
    BusOptions options = session.options();
    Window window =
        new Window(
            BusOptions.MIN_WINDOW,
            options.initialWindow(),
            options.maxWindow(),
            windowBudget,
            session.nowNanos());
    return new ReceiveHalf(new ReceiveCredit(flow.prefetch(), window), mode);
  }

  /** The other side will take no stream beyond this one: those asked for end as refused (GO-1). */
  void notTaken(long lastStreamId, EndCause cause) {
    for (SessionStream stream : session.table().all()) {
      boolean asked = stream.isOpener() && stream.phase() == SessionStream.Phase.OPENING;
      if (asked && stream.id() > lastStreamId) {
        if (stream.hasToSay(Control.OPEN)) {
          session.writer().withdrawOpen(stream);
        } else {
          session.writer().openAnswered();
        }
        session.endings().refused(stream, cause);
      }
    }
  }

  // Asked for by the other side

  /** Offers the stream to the owner, or refuses it; returns false if refusals pile up. */
  boolean offered(
      long streamId,
      ReliabilityMode mode,
      long maxMessages,
      long maxOffset,
      String label,
      Metadata metadata,
      @Nullable ByteBuf firstMessage) {
    EndCause refusal = refusalOf(label);
    if (refusal != null) {
      return session.writer().refuse(streamId, refusal);
    }
    ReceiveHalf receive = newReceiveHalf(FlowOptions.defaults(), mode);
    if (firstMessage != null && !takeFirst(receive, firstMessage)) {
      receive.end(EndCause.completed());
      return session
          .writer()
          .refuse(streamId, EndCause.local(EndCause.Kind.LIMIT, "no room for a first message"));
    }
    SessionStream stream = new SessionStream(streamId, false, mode, label, metadata, receive);
    stream.send().credit().grant(maxMessages, maxOffset);
    session.table().add(stream);
    session.events().streamOffered(stream);
    return true;
  }

  /** Lets the message within OPEN wait, if there is room. */
  private boolean takeFirst(ReceiveHalf receive, ByteBuf message) {
    int bytes = message.readableBytes();
    if (!receive.credit().openedWithMessage(bytes)) {
      return false;
    }
    receive.begin(1, false);
    receive.received(bytes);
    receive.enqueue(session.allocator().buffer(bytes).writeBytes(message));
    return true;
  }

  private @Nullable EndCause refusalOf(String label) {
    if (session.isShuttingDown()) {
      return EndCause.local(EndCause.Kind.SHUT_DOWN, "the bus is closing");
    }
    int limit = session.options().maxIncomingStreams();
    if (session.table().incoming() >= limit) {
      return EndCause.local(EndCause.Kind.LIMIT, "at most " + limit + " streams of one peer");
    }
    if (label.isEmpty()) {
      return EndCause.local(EndCause.Kind.NO_HANDLER, "the label is empty");
    }
    return null;
  }

  void accept(SessionStream stream, Metadata metadata, FlowOptions flow) {
    if (isUndecided(stream)) {
      stream.receive().credit().prefetch(flow.prefetch());
      share(stream, flow);
      stream.opened(metadata);
      session.writer().say(stream, Control.ACCEPT);
    }
  }

  void refuse(SessionStream stream, EndCause cause) {
    if (isUndecided(stream)) {
      stream.refused(cause);
      stream.tellClosed();
      session.writer().say(stream, Control.REFUSE);
    }
  }

  private static boolean isUndecided(SessionStream stream) {
    return stream.phase() == SessionStream.Phase.OFFERED
        && stream.send().state() == SendHalf.State.OPEN
        && stream.receive().state() == ReceiveHalf.State.OPEN;
  }
}
