// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.DittoBusStreamCallback;
import io.dittobus.api.MessageCallback;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.Priority;
import io.dittobus.api.result.DropCause;
import io.dittobus.api.result.DropCounts;
import io.dittobus.api.result.MessageResult;
import io.dittobus.api.result.StreamCounts;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.session.Session;
import io.dittobus.core.stream.DropLog;
import io.dittobus.core.stream.ReceiveHalf;
import io.dittobus.core.stream.SendHalf;
import io.dittobus.core.stream.SessionStream;
import io.dittobus.core.transport.OwnerLoop;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a stream of the session and its user, on the session's loop: brings in what the
 * user wants ({@link #run} and the other commands), and tells the user what happens (the events).
 * What happens before the user has started the stream is kept, and told then.
 *
 * <p>Commands are tasks of the session's turn; events come from within calls of the session and
 * never call it.
 */
final class StreamDriver implements Runnable, Emits.Drain {

  private final NodeStream user;
  private final PeerSession owner;
  private final SessionStream stream;
  private final Emits emits;
  private final InboundDemand demand;
  private final MessageWaiters waiters = new MessageWaiters();

  private @Nullable DittoBusStreamCallback callback;
  private @Nullable EndCause finishCause;
  private boolean finished;
  private OwnerLoop.@Nullable Timer closeTimer;
  private long closeAtNanos;

  // What has happened, and how much of it the user knows.
  private final SendReport report = new SendReport();
  private long acked;
  private long ackedTold;
  private @Nullable StreamEnd inboundEnd;
  private boolean inboundEndTold;
  private @Nullable StreamEnd outboundEnd;
  private boolean outboundEndTold;
  private @Nullable StreamEnd end;
  private boolean endTold;

  StreamDriver(
      NodeStream user, PeerSession owner, SessionStream stream, Emits emits, InboundDemand demand) {
    this.user = user;
    this.owner = owner;
    this.stream = stream;
    this.emits = emits;
    this.demand = demand;
  }

  NodeStream user() {
    return user;
  }

  boolean isOver() {
    return end != null;
  }

  private Session session() {
    return owner.session();
  }

  // Commands

  /** Takes over what waits in the counters and queues of the user's side. */
  @Override
  public void run() {
    user.takeDirty();
    emits.drain(this);
    demand.settle(session(), stream);
    finishIfDrained();
    tellEnds();
  }

  @Override
  public void message(long sequence, Emission emission, boolean crowded) {
    MessageCallback awaiting = emission.callback();
    if (awaiting != null) {
      waiters.add(sequence, awaiting);
    }
    session()
        .send(
            stream,
            emission.message(),
            awaiting != null,
            emission.hasMetadata(),
            emission.deadlineNanos(),
            crowded);
  }

  @Override
  public void dropped(
      long upToSequence, long messages, DropCause cause, @Nullable MessageCallback awaiting) {
    if (awaiting != null) {
      waiters.add(upToSequence, awaiting);
    }
    session().skip(stream, messages, cause);
  }

  /** The stream is open; its first message may be on the wire. */
  void opened() {
    report.sent(stream.send().writtenWhole());
    if (stream.send().acked() > 0) {
      acked(stream.send().acked());
    }
  }

  /** The user wants to hear what happens, and what has happened. */
  void start(DittoBusStreamCallback newCallback, boolean acksByHand) {
    callback = newCallback;
    tellSent();
    tellAcked();
    // Credit that came before anybody could hear of it is news to this callback, asked for or not.
    emits.takeRoomWanted();
    tellCredit();
    tellEnds();
    session().start(stream, acksByHand);
    run();
  }

  /** What is emitted goes out, then the direction ends for this cause, or for an earlier one. */
  void finish(EndCause cause) {
    if (finishCause == null) {
      finishCause = cause;
    }
    run();
  }

  private void finishIfDrained() {
    EndCause cause = finishCause;
    if (cause != null && !finished && emits.isDrained()) {
      finished = true;
      session().complete(stream, cause);
    }
  }

  /** Changes how the outbound direction shares the link. */
  void prioritize(Priority priority, int weight) {
    session().prioritize(stream, priority, weight);
  }

  /** Ends the outbound direction at once. */
  void reset(EndCause cause) {
    run();
    session().reset(stream, cause);
  }

  /** Ends the inbound direction at once. */
  void cancel(EndCause cause) {
    run();
    session().cancel(stream, cause);
  }

  /** Ends both directions at once. */
  void cut(EndCause cause) {
    run();
    session().cut(stream, cause);
  }

  /** Ends both directions in order, or at once when the time is up. */
  void close(EndCause cause, long deadlineNanos) {
    drain(cause);
    if (isOver() || owner.isOver()) {
      return;
    }
    long at = owner.loop().nanoTime() + deadlineNanos;
    if (closeTimer == null || at - closeAtNanos < 0) {
      cancelCloseTimer();
      closeAtNanos = at;
      closeTimer = owner.loop().schedule(() -> owner.execute(this::closeTimedOut), deadlineNanos);
    }
  }

  private void closeTimedOut() {
    user.cut(EndCause.local(EndCause.Kind.TIMED_OUT, "the stream was not drained by its deadline"));
  }

  /** Ends both directions in order. */
  void drain(EndCause cause) {
    emits.terminate();
    finish(cause);
    session().drainInbound(stream, cause);
  }

  private void cancelCloseTimer() {
    if (closeTimer != null) {
      closeTimer.cancel();
      closeTimer = null;
    }
  }

  // Events

  /** Returns whether the user took the message. */
  boolean messageReceived(long sequence, Metadata metadata, ByteBuf message) {
    DittoBusStreamCallback to = callback;
    if (to == null || user.isInboundCut()) {
      return false;
    }
    demand.delivering(sequence);
    try {
      // A view of its own: who retains it must not see the reading of the link go on in it.
      to.streamMessageReceived(user, sequence, metadata, message.slice());
      return true;
    } catch (Throwable e) {
      user.cut(EndCause.application(0, "the receiver failed: " + e.getClass().getSimpleName()));
      UserCode.threw("the receiver of stream " + user, e);
      return false;
    }
  }

  void batchEnded() {
    DittoBusStreamCallback to = callback;
    if (to != null) {
      UserCode.run("streamBatchEnded", () -> to.streamBatchEnded(user));
    }
  }

  /** Every message up to this one is on the wire. */
  void written(long sequence, long freedBytes) {
    emits.release(freedBytes);
    report.sent(sequence);
    tellSent();
    tellRoom();
  }

  /** Messages were dropped before they were on the wire. */
  void dropped(DropLog.Run run) {
    emits.release(run.chargeBytes());
    emits.countDropped(run.last() - run.first() + 1);
    report.dropped(run);
    waiters.dropped(run);
    tellSent();
    tellRoom();
  }

  private void tellRoom() {
    if (callback != null && emits.takeRoomWanted()) {
      tellCredit();
    }
  }

  /** The remote application has consumed every message up to this one. */
  void acked(long sequence) {
    acked = sequence;
    waiters.acked(sequence);
    tellAcked();
  }

  /** The remote side has granted more. */
  void creditChanged() {
    emits.grant(stream.send().credit().maxMessages());
    emits.takeRoomWanted();
    tellCredit();
  }

  /** The remote side closes in order: what is emitted goes out, and no more is. */
  void drainRequested(EndCause cause) {
    emits.terminate();
    owner.execute(() -> finish(cause));
  }

  void inboundEnded(EndCause cause) {
    if (inboundEnd == null) {
      inboundEnd = Ends.of(cause, stream);
      tellEnds();
    }
  }

  void outboundEnded(EndCause cause) {
    if (outboundEnd == null) {
      boolean cancelled = cause.kind() == EndCause.Kind.CANCELLED && !cause.local();
      if (cancelled) {
        emits.cancel();
      } else {
        emits.terminate();
      }
      outboundEnd = Ends.of(cause, stream);
      tellEnds();
    }
  }

  /** The stream is over; or, though accepted here, it never came to be. */
  void closed(EndCause cause) {
    cancelCloseTimer();
    inboundEnded(cause);
    outboundEnded(cause);
    end = Ends.of(cause, stream);
    tellEnds();
  }

  // Telling the user

  private void tellSent() {
    DittoBusStreamCallback to = callback;
    if (to != null && !outboundEndTold) {
      report.tell((result, upTo) -> tellCompleted(to, result, upTo));
    }
  }

  private void tellCompleted(DittoBusStreamCallback to, MessageResult result, long upTo) {
    UserCode.run("streamSendCompleted", () -> to.streamSendCompleted(user, result, upTo));
  }

  private void tellAcked() {
    DittoBusStreamCallback to = callback;
    long upTo = acked;
    if (to != null && !outboundEndTold && upTo > ackedTold) {
      ackedTold = upTo;
      UserCode.run("streamRemoteAck", () -> to.streamRemoteAck(user, upTo));
    }
  }

  private void tellCredit() {
    DittoBusStreamCallback to = callback;
    if (to != null && !outboundEndTold) {
      UserCode.run("streamCreditChanged", () -> to.streamCreditChanged(user));
    }
  }

  private void tellEnds() {
    DittoBusStreamCallback to = callback;
    StreamEnd in = inboundEnd;
    if (in != null && !inboundEndTold && to != null) {
      inboundEndTold = true;
      UserCode.run("streamInboundEnded", () -> to.streamInboundEnded(user, in));
    }
    tellOutboundEnd();
    StreamEnd over = end;
    if (over != null && inboundEndTold && outboundEndTold && !endTold && to != null) {
      endTold = true;
      UserCode.run("streamClosed", () -> to.streamClosed(user, over));
    }
  }

  /** Not before every accepted message has been seen, so that each is spoken of. */
  private void tellOutboundEnd() {
    DittoBusStreamCallback to = callback;
    StreamEnd out = outboundEnd;
    if (out == null || !emits.isDrained()) {
      return;
    }
    emits.releaseAll();
    waiters.ended(out.lastAcked(), out.lastWritten());
    if (to != null && !outboundEndTold) {
      outboundEndTold = true;
      report.end(
          out.lastWritten(), emits.emitted(), (result, upTo) -> tellCompleted(to, result, upTo));
      UserCode.run("streamOutboundEnded", () -> to.streamOutboundEnded(user, out));
    }
  }

  // Counting

  /** How many messages both directions have seen. */
  StreamCounts counts() {
    run();
    SendHalf send = stream.send();
    ReceiveHalf receive = stream.receive();
    return new StreamCounts(
        send.emitted(),
        send.credit().messages(),
        send.acked(),
        send.remoteReceived(),
        send.hasDrops() ? send.drops().counts() : DropCounts.NONE,
        receive.receivedMessages(),
        receive.receivedSequence(),
        receive.credit().delivered(),
        receive.discarded(),
        receive.remoteDrops());
  }
}
