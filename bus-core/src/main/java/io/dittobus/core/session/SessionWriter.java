// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.api.options.Priority;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.frame.SingleResult;
import io.dittobus.core.stream.Control;
import io.dittobus.core.stream.ReceiveHalf;
import io.dittobus.core.stream.SendHalf;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Decides what is written next: first what concerns the whole session, then what single streams
 * have to say besides data, then data by turns (SC-1). Whatever the other side can make us say
 * waits here at most once, or is counted against a bound.
 */
final class SessionWriter {

  /**
   * Refusals of streams that never got a place in the table, waiting to be written, before the peer
   * is called hostile.
   */
  private static final int MAX_REFUSALS = 2 * Session.MAX_UNANSWERED_OPENS;

  private record Refusal(long streamId, EndCause cause) {}

  private record Result(long message, SingleResult result) {}

  private record GoAway(long lastStreamId, long deadlineMillis, EndCause cause) {}

  private final Session session;
  private final ControlNumbers control;
  private final Arrivals arrivals;
  private final ReplayLog log;
  private final DataLine dataLine = new DataLine();
  private final ArrayDeque<SessionStream> controlLine = new ArrayDeque<>();
  private final ArrayDeque<SessionStream> openLine = new ArrayDeque<>();
  private final ArrayDeque<Refusal> refusals = new ArrayDeque<>();

  /** As many as the window of single messages lets in twice: it moves with what is written. */
  private final ArrayDeque<Result> results = new ArrayDeque<>();

  private @Nullable GoAway goAway;
  private long pong = -1;
  private int unansweredOpens;

  SessionWriter(Session session, ControlNumbers control, Arrivals arrivals, ReplayLog log) {
    this.session = session;
    this.control = control;
    this.arrivals = arrivals;
    this.log = log;
  }

  // What there is to write

  /** The stream has this to say. */
  void say(SessionStream stream, Control what) {
    boolean opensLater = stream.hasToSay(Control.OPEN) && !stream.inControlLine;
    stream.say(what);
    if (!opensLater) {
      enlist(stream);
    }
  }

  private void enlist(SessionStream stream) {
    if (!stream.inControlLine) {
      stream.inControlLine = true;
      controlLine.add(stream);
    }
  }

  /** A stream is to be asked for, as soon as few enough are unanswered. */
  void open(SessionStream stream) {
    stream.say(Control.OPEN);
    openLine.add(stream);
    admitOpens();
  }

  /** An OPEN of ours was answered. */
  void openAnswered() {
    unansweredOpens--;
    admitOpens();
  }

  private void admitOpens() {
    while (!openLine.isEmpty() && unansweredOpens < Session.MAX_UNANSWERED_OPENS) {
      SessionStream next = openLine.remove();
      if (next.hasToSay(Control.OPEN)) {
        unansweredOpens++;
        enlist(next);
      }
    }
  }

  /** Takes an OPEN back that has not been written. */
  void withdrawOpen(SessionStream stream) {
    stream.said(Control.OPEN);
    if (stream.inControlLine) {
      openAnswered();
    }
  }

  int waitingOpens() {
    return openLine.size();
  }

  /** Refuses a stream that gets no place in the table. */
  boolean refuse(long streamId, EndCause cause) {
    if (refusals.size() >= MAX_REFUSALS) {
      return false;
    }
    refusals.add(new Refusal(streamId, cause));
    return true;
  }

  /** A single message has come to this; said before it can be acknowledged with others. */
  void result(long message, SingleResult result) {
    results.add(new Result(message, result));
  }

  void prioritize(SessionStream stream, Priority priority, int weight) {
    dataLine.prioritize(stream, priority, weight);
  }

  void goAway(long lastStreamId, long deadlineMillis, EndCause cause) {
    goAway = new GoAway(lastStreamId, deadlineMillis, cause);
  }

  void pong(long number) {
    pong = number;
  }

  /** The stream may have become able to write data, or FIN. */
  void considerData(SessionStream stream) {
    dataLine.consider(stream);
    if (stream.send().isFinDue()) {
      say(stream, Control.FIN);
    }
  }

  /** The link is down: what is of no use on another one is forgotten. */
  void suspended() {
    pong = -1;
  }

  /** Whether {@link #write} would write something. */
  boolean hasWork() {
    return pong >= 0
        || goAway != null
        || arrivals.isDue()
        || log.isReplaying()
        || hasLines() && (!log.isFull() || hasAcks());
  }

  /** Whether everything is said. */
  boolean isIdle() {
    return pong < 0 && goAway == null && !log.isReplaying() && !hasLines();
  }

  private boolean hasLines() {
    return !controlLine.isEmpty()
        || !refusals.isEmpty()
        || !results.isEmpty()
        || !dataLine.isEmpty();
  }

  /** Whether GOAWAY is still to be written. */
  boolean hasLastWord() {
    return goAway != null;
  }

  // Writing

  /** Fills the buffer as far as there is something to write. */
  void write(ByteBuf out) {
    if (log.isReplaying()) {
      log.writeAgain(out);
      return;
    }
    int from = out.writerIndex();
    boolean mayGoOn = writeSession(out);
    if (mayGoOn && log.isFull()) {
      writeAcks(out);
    } else if (mayGoOn && writeResults(out) && writeControl(out) && writeRefusals(out)) {
      writeData(out);
    }
    log.keep(out, from);
    if (out.writerIndex() > from && arrivals.isWorthTelling() && hasRoom(out)) {
      FrameWriter.receipt(out, arrivals.tell());
    }
  }

  /** The number of the control frame that is written now. */
  private long number() {
    log.frames(1);
    return control.next();
  }

  private static boolean hasRoom(ByteBuf out) {
    return out.writableBytes() >= FrameWriter.MAX_CONTROL_BYTES;
  }

  private boolean writeSession(ByteBuf out) {
    if (!hasRoom(out)) {
      return false;
    }
    if (pong >= 0) {
      FrameWriter.pong(out, pong);
      pong = -1;
    }
    Liveness liveness = session.liveness();
    if (liveness.isPingDue() && hasRoom(out)) {
      FrameWriter.ping(out, liveness.ping(session.nowNanos()));
    }
    if (arrivals.isDue() && hasRoom(out)) {
      FrameWriter.receipt(out, arrivals.tell());
    }
    return writeGoAway(out);
  }

  private boolean writeResults(ByteBuf out) {
    while (!results.isEmpty()) {
      if (!hasRoom(out)) {
        return false;
      }
      Result next = results.remove();
      FrameWriter.result(out, number(), next.message, next.result);
    }
    return true;
  }

  boolean writeGoAway(ByteBuf out) {
    GoAway last = goAway;
    if (last != null) {
      if (!hasRoom(out)) {
        return false;
      }
      FrameWriter.goAway(out, last.lastStreamId, last.deadlineMillis, last.cause);
      goAway = null;
    }
    return true;
  }

  private boolean writeControl(ByteBuf out) {
    SessionStream stream;
    while ((stream = controlLine.peek()) != null) {
      for (Control what : CONTROLS) {
        if (stream.hasToSay(what)) {
          if (out.writableBytes() < mostBytes(stream, what)) {
            return false;
          }
          stream.said(what);
          writeControl(out, stream, what);
        }
      }
      controlLine.remove();
      stream.inControlLine = false;
      session.forgetIfDone(stream);
    }
    return true;
  }

  /** Only what is not kept, while no more can be kept (RS-2). The streams stay in line. */
  private void writeAcks(ByteBuf out) {
    for (SessionStream stream : controlLine) {
      if (!hasRoom(out)) {
        return;
      }
      if (mayAck(stream)) {
        stream.said(Control.ACK);
        writeControl(out, stream, Control.ACK);
      }
    }
  }

  private boolean hasAcks() {
    for (SessionStream stream : controlLine) {
      if (mayAck(stream)) {
        return true;
      }
    }
    return false;
  }

  private static boolean mayAck(SessionStream stream) {
    return stream.hasToSay(Control.ACK)
        && !stream.hasToSay(Control.OPEN)
        && !stream.hasToSay(Control.ACCEPT);
  }

  private static final Control[] CONTROLS = Control.values();

  private static int mostBytes(SessionStream stream, Control what) {
    return switch (what) {
      case OPEN -> {
        ByteBuf first = stream.send().openMessage();
        yield FrameWriter.MAX_METADATA_FRAME_BYTES + (first == null ? 0 : first.readableBytes());
      }
      case ACCEPT -> FrameWriter.MAX_METADATA_FRAME_BYTES;
      default -> FrameWriter.MAX_CONTROL_BYTES;
    };
  }

  private void writeControl(ByteBuf out, SessionStream stream, Control what) {
    long id = stream.id();
    ReceiveHalf receive = stream.receive();
    switch (what) {
      case OPEN -> {
        FrameWriter.open(
            out,
            number(),
            id,
            stream.mode(),
            receive.credit().maxMessages(),
            receive.credit().maxOffset(),
            stream.label(),
            stream.metadata(),
            stream.send().openMessage());
        stream.send().openWritten();
        receive.limitsAnnounced();
      }
      case ACCEPT -> {
        FrameWriter.accept(
            out,
            number(),
            id,
            receive.credit().maxMessages(),
            receive.credit().maxOffset(),
            stream.answerMetadata());
        receive.limitsAnnounced();
      }
      case REFUSE -> FrameWriter.refuse(out, number(), id, receive.cause());
      case ACK -> {
        if (receive.hasNews()) {
          writeAck(out, id, receive);
        }
      }
      case FIN -> {
        writeCounted(out, stream, true);
        stream.send().finWritten();
      }
      case RESET -> {
        writeCounted(out, stream, false);
        stream.send().resetWritten();
      }
      case STOP -> FrameWriter.stop(out, number(), id, stream.drainsPeer(), stream.stopCause());
      case DONE ->
          FrameWriter.done(
              out, number(), id, receive.ackedSequence(), receive.ackedReceived(), receive.cause());
    }
  }

  private static void writeAck(ByteBuf out, long id, ReceiveHalf receive) {
    FrameWriter.ack(
        out,
        id,
        receive.ackedSequence(),
        receive.ackedReceived(),
        receive.credit().maxMessages(),
        receive.credit().maxOffset());
    receive.announced();
  }

  private void writeCounted(ByteBuf out, SessionStream stream, boolean fin) {
    long messages = stream.send().credit().messages();
    long offset = stream.send().credit().offset();
    EndCause cause = stream.send().cause();
    writeDrops(out, stream);
    if (fin) {
      FrameWriter.fin(out, number(), stream.id(), messages, offset, cause);
    } else {
      FrameWriter.reset(out, number(), stream.id(), messages, offset, cause);
    }
  }

  /** Where messages are missing the other side learns why. Needs no more room than is left. */
  private void writeDrops(ByteBuf out, SessionStream stream) {
    SendHalf send = stream.send();
    boolean told = stream.mode().isReliable() || !send.hasDrops() || !send.drops().isChanged();
    if (!told) {
      FrameWriter.drops(out, stream.id(), send.drops().tell());
      log.frames(1);
    }
  }

  private boolean writeRefusals(ByteBuf out) {
    while (!refusals.isEmpty()) {
      if (!hasRoom(out)) {
        return false;
      }
      Refusal next = refusals.remove();
      FrameWriter.refuse(out, number(), next.streamId, next.cause);
    }
    return true;
  }

  private void writeData(ByteBuf out) {
    boolean room = true;
    while (room && !dataLine.isEmpty()) {
      SessionStream stream = dataLine.first();
      if (!hasRoom(out)) {
        return;
      }
      writeDrops(out, stream);
      try {
        room = dataLine.writeTurn(out);
      } catch (IllegalReferenceCountException e) {
        // The sender's fault: it costs this stream, and no other.
        session.endings().cut(stream, EndCause.application(0, String.valueOf(e.getMessage())));
      }
      log.frames(dataLine.takeFrames());
      long freed = stream.send().takeFreedBytes();
      if (freed > 0) {
        session.messagesWritten(stream, freed);
      }
      if (stream.send().isFinDue()) {
        say(stream, Control.FIN);
      }
    }
    if (!controlLine.isEmpty()) {
      writeControl(out);
    }
  }
}
