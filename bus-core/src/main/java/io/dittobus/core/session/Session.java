// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.Priority;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.result.DropCause;
import io.dittobus.core.flow.Charge;
import io.dittobus.core.flow.WindowBudget;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameException;
import io.dittobus.core.frame.FrameReader;
import io.dittobus.core.frame.FrameType;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.SingleResult;
import io.dittobus.core.stream.DropLog;
import io.dittobus.core.stream.ReceiveHalf;
import io.dittobus.core.stream.SendHalf;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What two peers share from READY on: streams, credit, acknowledgements. It has four groups of
 * methods and no others:
 *
 * <ul>
 *   <li><b>getters</b>;
 *   <li><b>inputs</b>: {@link #handleBytes}, {@link #handleTimeout}, {@link #linkDown}, {@link
 *       #linkUp};
 *   <li><b>commands</b>, what the application wants: {@link #open} to {@link #shutDown};
 *   <li><b>outputs</b>: {@link #pollWrite}, {@link #nextTimeoutNanos}, and the {@link
 *       SessionEvents}.
 * </ul>
 *
 * <p>One thread at a time. It knows no socket, thread or clock: time is what the last input said.
 * After any input or command there may be something to write, and another time to wake up at.
 * Commands on a stream or direction that has ended are without effect.
 */
public final class Session {

  /** Streams asked for and not answered, at a time; more wait here (ST-4). */
  public static final int MAX_UNANSWERED_OPENS = 1024;

  /** Streams that may wait to be asked for. */
  public static final int MAX_WAITING_OPENS = 64 * 1024;

  private final BusOptions options;
  private final Hello remote;
  private final SessionEvents events;
  private final ByteBufAllocator allocator;
  private final StreamTable streams;
  private final ControlNumbers control = new ControlNumbers();
  private final Arrivals arrivals = new Arrivals();
  private final ReplayLog replayLog;
  private final SessionWriter writer;
  private final Delivery delivery = new Delivery(this);
  private final Endings endings = new Endings(this);
  private final InboundFrames inbound = new InboundFrames(this, control, arrivals);
  private final Acknowledgements acknowledgements;
  private final Openings openings;
  private final Admission admission;
  private final Liveness liveness;
  private final Expiries expiries = new Expiries(this);
  private final Singles singles;
  private final WindowBudget windowBudget;
  private final boolean resumes;
  private FrameReader reader;
  private long nowNanos;

  /** Whether there is no link, and when the session ends if none comes. */
  private boolean suspended;

  private long resumeUntilNanos;
  private String lostLine = "";
  private boolean ended;
  private boolean shuttingDown;
  private boolean peerGoingAway;

  /**
   * A session over a link that is READY.
   *
   * @param remote what the other side said in the handshake
   * @param ownKeyLarger whether this side's key is the larger one
   * @param busWindowBudget shared with the other sessions of the bus
   * @param reader the reader of the link, from the handshake; the session releases it
   */
  public Session(
      BusOptions options,
      Hello remote,
      boolean ownKeyLarger,
      WindowBudget busWindowBudget,
      FrameReader reader,
      ByteBufAllocator allocator,
      SessionEvents events,
      long nowNanos) {
    this.options = options;
    this.remote = remote;
    this.events = events;
    this.allocator = allocator;
    this.reader = reader;
    this.nowNanos = nowNanos;
    this.resumes = remote.resumes() && !options.resumeWindow().isZero();
    this.replayLog = new ReplayLog(allocator, resumes ? options.resumeBudget() : 0);
    this.writer = new SessionWriter(this, control, arrivals, replayLog);
    this.streams = new StreamTable(ownKeyLarger);
    this.acknowledgements = new Acknowledgements(this, options.maxAckDelay().toNanos());
    this.admission = new Admission(options.reassemblyBudget());
    this.liveness = new Liveness(options, nowNanos);
    this.windowBudget = new WindowBudget(options.sessionWindowBudget(), busWindowBudget);
    this.openings = new Openings(this, windowBudget);
    this.singles = new Singles(this, remote);
  }

  /** Largest first message that a side with these options takes in OPEN, in bytes (ST-11). */
  public static int maxFirstMessage(BusOptions options) {
    return Math.min(FrameType.MAX_PAYLOAD, options.maxWindow() - Charge.PER_MESSAGE);
  }

  // Getters

  /** Whether it is over: only {@link #pollWrite} has something to do yet. */
  public boolean isEnded() {
    return ended;
  }

  /** Whether {@link #shutDown} was called and everything is done and written. */
  public boolean isDrained() {
    return shuttingDown && !hasUnfinished() && writer.isIdle();
  }

  /** Whether there are streams, or single messages on their way. */
  public boolean hasUnfinished() {
    return streams.size() > 0 || !singles.isIdle();
  }

  /** Whether it has lost its link, and waits for another one. */
  public boolean isSuspended() {
    return suspended;
  }

  /** Whether it waits for another link when it loses its own. */
  public boolean resumes() {
    return resumes;
  }

  /** Why it has lost its link, while it {@linkplain #isSuspended waits for another}. */
  public String lostLine() {
    return lostLine;
  }

  /** Kept frames of the other side that have arrived, in all (RS-1). */
  public long arrivedFrames() {
    return arrivals.frames();
  }

  /** Kept frames of this side that the other one has told have arrived, in all (RS-3). */
  public long receiptedFrames() {
    return replayLog.receipted();
  }

  /** Bytes of memory that what may have to be written again takes. */
  public long retainedBytes() {
    return replayLog.pinnedBytes();
  }

  /** Whether the other side takes no new streams. */
  public boolean isPeerGoingAway() {
    return peerGoingAway;
  }

  /** Streams that are not forgotten yet. */
  public int streamCount() {
    return streams.size();
  }

  /** The streams that are not forgotten yet, lowest id first. */
  public List<SessionStream> streams() {
    return streams.all();
  }

  /** Reliable single messages that were sent here and have not ended. */
  public int unfinishedSingles() {
    return singles.unfinished();
  }

  /** Largest message that the other side takes, in bytes. */
  public int remoteMaxMessageSize() {
    return remote.maxMessageSize();
  }

  /** Smoothed round-trip time; 0 while unknown. */
  public long roundTripNanos() {
    return liveness.roundTripNanos();
  }

  /** Bytes of the reassembly budget that are free. */
  public long freeReassemblyBytes() {
    return admission.freeBytes();
  }

  /** Bytes of the window budget that are free. */
  public long freeWindowBytes() {
    return windowBudget.free();
  }

  // Inputs

  /** Bytes came in over the link; borrowed. */
  public void handleBytes(ByteBuf in, long now) {
    nowNanos = now;
    liveness.heard(now);
    int bytes = in.readableBytes();
    try {
      boolean whole = true;
      while (whole && !ended && !suspended) {
        whole = reader.readFrame(in, inbound);
      }
    } catch (FrameException e) {
      fail(EndCause.local(EndCause.Kind.PROTOCOL, e.line()));
    }
    arrivals.read(bytes, now);
    delivery.endBatch();
  }

  /**
   * Time has come to this; does what was due at {@link #nextTimeoutNanos}. Early calls do no harm.
   */
  public void handleTimeout(long now) {
    nowNanos = now;
    if (ended) {
      return;
    }
    acknowledgements.timeout(now);
    expiries.timeout(now);
    arrivals.timeout(now);
    if (suspended) {
      if (now - resumeUntilNanos >= 0) {
        String time = options.resumeWindow().toMillis() + " ms";
        end(EndCause.linkLost(lostLine + ", and no other connection came within " + time));
      }
      return;
    }
    if (liveness.timeout(now)) {
      linkDown("the peer was silent for " + liveness.silentNanos(now) / 1_000_000 + " ms", now);
      return;
    }
    SessionStream stalled = admission.stalled(now);
    if (stalled != null) {
      endings.violate(stalled, EndCause.Kind.PROTOCOL, "a large message stalled on its way");
    }
  }

  /**
   * The link is down. The session waits for another one, or ends if that was expected or the two
   * sides do not resume.
   */
  public void linkDown(String why, long now) {
    nowNanos = now;
    if (ended || suspended) {
      return;
    }
    if (shuttingDown || peerGoingAway) {
      end(new EndCause(EndCause.Kind.SHUT_DOWN, shuttingDown, 0, "the bus was closed"));
    } else if (!resumes) {
      end(EndCause.linkLost(why));
    } else {
      suspended = true;
      lostLine = why;
      resumeUntilNanos = now + options.resumeWindow().toNanos();
      reader.release();
      writer.suspended();
      for (SessionStream stream : streams.all()) {
        stream.send().linkDown();
        tellDrops(stream);
      }
      singles.linkDown();
    }
  }

  /**
   * Another link is READY, and the former one, if it still lived, is fenced: what had not arrived
   * at the other side is written again, then all goes on (RS-4).
   *
   * @param newReader the reader of the link; the session releases it
   * @param arrivedThere kept frames of this side that have arrived there, by its last word
   * @param saidHere kept frames of the other side behind which it begins again
   * @return whether it can go on; if not, it has ended
   */
  public boolean linkUp(FrameReader newReader, long arrivedThere, long saidHere, long now) {
    nowNanos = now;
    if (!suspended) {
      reader.release();
    }
    reader = newReader;
    suspended = false;
    if (saidHere > arrivals.frames() || !replayLog.replayAfter(arrivedThere)) {
      fail(EndCause.local(EndCause.Kind.PROTOCOL, "the other side resumes from elsewhere"));
      return false;
    }
    arrivals.repeatAfter(saidHere);
    liveness.linkUp(now);
    for (SessionStream stream : streams.all()) {
      stream.receive().linkUp(now);
      stream.send().linkUp();
      acknowledgements.again(stream);
    }
    singles.linkUp(now);
    return true;
  }

  // Commands

  /**
   * Asks the other side for a stream. Ends in {@code streamAccepted} or {@code streamRefused}.
   *
   * @param firstMessage emitted at once, and written within OPEN if the other side takes it there;
   *     belongs to the session from now on. Null for none.
   * @param attachment what the owner knows it by
   * @return the stream; refused already if this side or the other is closing, or too many wait
   */
  public SessionStream open(
      StreamOptions stream, @Nullable ByteBuf firstMessage, Object attachment) {
    EndCause refusal = null;
    if (ended || shuttingDown || peerGoingAway) {
      refusal = new EndCause(EndCause.Kind.SHUT_DOWN, !peerGoingAway, 0, "the bus is closing");
    }
    return openings.open(stream, firstMessage, attachment, refusal);
  }

  /** Accepts a stream that was offered. Without effect if the other side has given up. */
  public void accept(SessionStream stream, Metadata metadata, FlowOptions flow) {
    openings.accept(stream, metadata, flow);
  }

  /** Refuses a stream that was offered. Without effect if the other side has given up. */
  public void refuse(SessionStream stream, EndCause cause) {
    openings.refuse(stream, cause);
  }

  /** Events of the stream may be delivered from now on. */
  public void start(SessionStream stream, boolean acksByHand) {
    stream.start(acksByHand);
    demandMoved(stream);
  }

  /** Emits a message of which nothing more is to be said. */
  public void send(SessionStream stream, ByteBuf message, boolean ackNow) {
    send(stream, message, ackNow, false, SendHalf.NO_DEADLINE, false);
  }

  /**
   * Emits a message. Belongs to the session from now on.
   *
   * @param ackNow whether the other side is to acknowledge it as soon as it is consumed
   * @param hasMetadata whether its bytes begin with metadata
   * @param deadlineNanos when it is to be dropped if it still waits, or {@link
   *     SendHalf#NO_DEADLINE}
   * @param crowded whether too much waits, so that it is to take the place of the last one where
   *     the mode allows that
   */
  public void send(
      SessionStream stream,
      ByteBuf message,
      boolean ackNow,
      boolean hasMetadata,
      long deadlineNanos,
      boolean crowded) {
    SendHalf send = stream.send();
    send.enqueue(message, stream.mode(), ackNow, hasMetadata, deadlineNanos, crowded);
    tellDrops(stream);
    expiries.consider(stream);
    writer.considerData(stream);
  }

  /** Messages were emitted, and dropped before they came here. */
  public void skip(SessionStream stream, long messages, DropCause why) {
    stream.send().skip(messages, why);
    tellDrops(stream);
  }

  /** Changes how the stream's data shares the link. */
  public void prioritize(SessionStream stream, Priority priority, int weight) {
    writer.prioritize(stream, priority, weight);
  }

  /**
   * Sends a single message, which bears its head. Belongs to the session from now on. Ends in
   * {@code singleEnded}.
   *
   * @param deadlineNanos when it ends if it still waits, or {@link SendHalf#NO_DEADLINE}
   */
  public void sendSingle(ByteBuf message, boolean reliable, long deadlineNanos, Object attachment) {
    singles.send(message, reliable, deadlineNanos, attachment);
  }

  /** The application is done with a single message that came in. */
  public void endSingle(long number, boolean reliable, SingleResult result) {
    singles.ended(number, reliable, result);
  }

  /** The application asks for more messages, at least 1. */
  public void request(SessionStream stream, long messages) {
    ReceiveHalf receive = stream.receive();
    if (receive.isDelivering()) {
      receive.credit().request(messages);
      demandMoved(stream);
    }
  }

  private void demandMoved(SessionStream stream) {
    delivery.deliver(stream);
    delivery.endBatch();
    admission.consider(stream);
    admit();
    acknowledgements.consider(stream);
  }

  /**
   * The application consumed one message. Without effect if it was not delivered, or acknowledged
   * before.
   */
  public void acknowledge(SessionStream stream, long sequence) {
    delivery.consumed(stream, sequence, false);
  }

  /** The application consumed every message up to this one that was delivered. */
  public void acknowledgeUpTo(SessionStream stream, long sequence) {
    delivery.consumed(stream, sequence, true);
  }

  /**
   * No more messages from this side, for this cause ({@code COMPLETED} or {@code CLOSED}, {@code
   * SHUT_DOWN}).
   */
  public void complete(SessionStream stream, EndCause cause) {
    stream.send().finish(cause);
    writer.considerData(stream);
  }

  /** Cuts the outbound direction. */
  public void reset(SessionStream stream, EndCause cause) {
    endings.resetOutbound(stream, cause);
  }

  /** Stops the inbound direction at once. */
  public void cancel(SessionStream stream, EndCause cause) {
    endings.stopInbound(stream, cause);
  }

  /**
   * Asks the other side to finish what it has emitted and no more; stops it at once if nothing was
   * ever asked for.
   */
  public void drainInbound(SessionStream stream, EndCause cause) {
    endings.drainInbound(stream, cause);
  }

  /** Cuts both directions; also a stream that is being opened. */
  public void cut(SessionStream stream, EndCause cause) {
    endings.cut(stream, cause);
  }

  /**
   * Says GOAWAY, and takes and opens no more streams. Those that there are go on: to close them is
   * the owner's part.
   */
  public void shutDown(long deadlineMillis) {
    if (!shuttingDown && !ended) {
      shuttingDown = true;
      EndCause cause = EndCause.local(EndCause.Kind.SHUT_DOWN, "the bus is closing");
      writer.goAway(streams.lastPeerId(), deadlineMillis, cause);
    }
  }

  /** Ends the session at once; all streams are told. */
  public void abort(EndCause cause) {
    end(cause);
  }

  /**
   * Ends the session at once; all streams are told, and so is the other side.
   *
   * @param told what it is told
   */
  public void abort(EndCause cause, EndCause told) {
    if (!ended) {
      writer.goAway(streams.lastPeerId(), 0, told);
      end(cause);
    }
  }

  // Outputs

  /** Whether {@link #pollWrite} would write something. */
  public boolean hasWork() {
    if (ended) {
      return writer.hasLastWord();
    }
    return !suspended && (writer.hasWork() || liveness.isPingDue());
  }

  /**
   * Writes what there is to write, as far as it fits.
   *
   * @param out a buffer with a fixed room of at least 32 KiB, and at most 64 KiB, when empty; the
   *     session may retain it, so what was written must not be overwritten
   * @return whether anything was written
   */
  public boolean pollWrite(ByteBuf out) {
    int before = out.writerIndex();
    if (ended) {
      writer.writeGoAway(out);
    } else if (!suspended) {
      writer.write(out);
    }
    return out.writerIndex() > before;
  }

  /** When {@link #handleTimeout} is to be called next. */
  public long nextTimeoutNanos() {
    long next = suspended ? resumeUntilNanos : admission.nextLookNanos(liveness.nextTimeoutNanos());
    next = earlier(next, suspended ? null : arrivals.nextTimeoutNanos());
    return earlier(earlier(next, acknowledgements.nextTimeoutNanos()), expiries.nextTimeoutNanos());
  }

  private static long earlier(long one, @Nullable Long other) {
    return other != null && other - one < 0 ? other : one;
  }

  // Within the package

  long nowNanos() {
    return nowNanos;
  }

  ReplayLog replayLog() {
    return replayLog;
  }

  Liveness liveness() {
    return liveness;
  }

  SessionEvents events() {
    return events;
  }

  SessionWriter writer() {
    return writer;
  }

  StreamTable table() {
    return streams;
  }

  Delivery delivery() {
    return delivery;
  }

  Endings endings() {
    return endings;
  }

  Admission admission() {
    return admission;
  }

  Acknowledgements acknowledgements() {
    return acknowledgements;
  }

  Openings openings() {
    return openings;
  }

  Expiries expiries() {
    return expiries;
  }

  Singles singles() {
    return singles;
  }

  BusOptions options() {
    return options;
  }

  ByteBufAllocator allocator() {
    return allocator;
  }

  public boolean isShuttingDown() {
    return shuttingDown;
  }

  /** The other side is closing, and will not look at our streams beyond this one (GO-1). */
  void peerGoesAway(long lastStreamId, EndCause cause) {
    if (!peerGoingAway) {
      peerGoingAway = true;
      singles.peerGoesAway();
      openings.notTaken(lastStreamId, cause);
      events.peerGoingAway(cause);
    }
  }

  /** The large message of this stream has been handed over, or will not be: others get its room. */
  void releaseAdmission(SessionStream stream) {
    if (admission.release(stream)) {
      admit();
    }
  }

  /** Lets large messages in as far as the budget goes. */
  void admit() {
    SessionStream stream;
    while ((stream = admission.admitNext(nowNanos)) != null) {
      acknowledgements.consider(stream);
    }
  }

  /** Emits the first message of a stream that is being opened. */
  void emitFirst(SessionStream stream, ByteBuf message) {
    int bytes = message.readableBytes();
    if (remote.initialMessages() > 0
        && bytes <= Math.min(remote.initialBytes(), FrameType.MAX_PAYLOAD)) {
      stream.send().rideInOpen(message);
    } else {
      // It waits for ACCEPT, in any mode: there is no credit before.
      stream
          .send()
          .enqueue(message, ReliabilityMode.RELIABLE, false, false, SendHalf.NO_DEADLINE, false);
    }
  }

  void messagesWritten(SessionStream stream, long freedBytes) {
    if (singles.carries(stream)) {
      singles.written();
      return;
    }
    events.messagesWritten(stream, stream.send().writtenWhole(), freedBytes);
  }

  /** The owner learns what was dropped. */
  void tellDrops(SessionStream stream) {
    if (!stream.send().hasDrops()) {
      return;
    }
    DropLog.Run run;
    while ((run = stream.send().drops().poll()) != null) {
      if (singles.carries(stream)) {
        singles.dropped(run);
      } else {
        events.messagesDropped(stream, run);
      }
    }
  }

  /** Forgets a stream that is over and has nothing more to say. */
  void forgetIfDone(SessionStream stream) {
    if (stream.isOver() && !stream.hasToSay()) {
      expiries.forget(stream);
      streams.remove(stream);
    }
  }

  /** The session cannot go on: the other side learns why. */
  void fail(EndCause cause) {
    if (!ended) {
      writer.goAway(streams.lastPeerId(), 0, cause);
      end(cause);
    }
  }

  void end(EndCause cause) {
    if (ended) {
      return;
    }
    ended = true;
    if (!suspended) {
      reader.release();
    }
    replayLog.release();
    try {
      for (SessionStream stream : streams.all()) {
        endings.lost(stream, cause);
        streams.remove(stream);
      }
      singles.lost(cause);
    } finally {
      events.sessionEnded(cause);
    }
  }
}
