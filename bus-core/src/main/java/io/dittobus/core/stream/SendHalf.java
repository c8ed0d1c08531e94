// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.DropCause;
import io.dittobus.core.flow.Charge;
import io.dittobus.core.flow.SendCredit;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameType;
import io.dittobus.core.frame.FrameWriter;
import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import org.jspecify.annotations.Nullable;

/**
 * The outbound direction of a stream: what waits, what credit allows, how far it has come, how it
 * ends. Owned by the session's thread.
 */
public final class SendHalf {

  /**
   *
   *
   * <pre>
   * OPEN ──finish──► FINISHING ──FIN written──► FIN_SENT ──DONE──► ENDED
   *   │                  │                          │
   *   └──────reset───────┴──────────────────────────┴──► RESETTING ──RESET written──► RESET_SENT ──DONE──► ENDED
   * </pre>
   */
  public enum State {
    /** Takes messages. */
    OPEN,
    /** Takes no more; what waits goes out, then FIN. */
    FINISHING,
    /** All is written; the receiver has still to consume. */
    FIN_SENT,
    /** What waited is dropped; RESET goes out. */
    RESETTING,
    /** Cut; the receiver has still to confirm. */
    RESET_SENT,
    /** Over. */
    ENDED
  }

  /**
   * A message is not begun with less than this many payload bytes of credit, unless it is smaller
   * (FR-3).
   */
  public static final int MIN_FRAGMENT = 1024;

  /** The deadline of a message that waits as long as it takes. */
  public static final long NO_DEADLINE = Long.MIN_VALUE;

  private final ReliabilityMode mode;
  private final SendCredit credit = new SendCredit();
  private final OutboundQueue queue = new OutboundQueue();
  private State state = State.OPEN;
  private EndCause cause = EndCause.completed();
  private @Nullable DropLog drops;
  private @Nullable ByteBuf openMessage;
  private @Nullable ByteBuf current;
  private boolean currentAckNow;
  private boolean sequenceKnownOnLink;
  private long emitted;
  private long begun;
  private long whole;
  private long acked;
  private long remoteReceived;
  private long freedBytes;
  private long endedDrops;
  private long earliestDeadlineNanos = NO_DEADLINE;
  private boolean linkIsDown;

  /** A direction whose messages are sent in this mode. */
  public SendHalf(ReliabilityMode mode) {
    this.mode = mode;
  }

  /** Where this direction stands. */
  public State state() {
    return state;
  }

  /** The limits, and what was used of them. */
  public SendCredit credit() {
    return credit;
  }

  /** Why it ended, or will end. */
  public EndCause cause() {
    return cause;
  }

  /** The earlier of two deadlines. */
  static long earlier(long one, long other) {
    if (one == NO_DEADLINE || other == NO_DEADLINE) {
      return one == NO_DEADLINE ? other : one;
    }
    return other - one < 0 ? other : one;
  }

  // Emission

  /** Takes a message over of which nothing more is to be said. */
  public void enqueue(ByteBuf message, boolean ackNow) {
    enqueue(message, mode, ackNow, false, NO_DEADLINE, false);
  }

  /**
   * Takes a message over, if it is still open. What finds no credit waits, is dropped or replaced,
   * as the mode says.
   *
   * @param message belongs to this half from now on
   * @param how the mode of this message
   * @param crowded whether too much waits, so that it is to take the place of the last one
   */
  public void enqueue(
      ByteBuf message,
      ReliabilityMode how,
      boolean ackNow,
      boolean hasMetadata,
      long deadlineNanos,
      boolean crowded) {
    emitted++;
    if (state != State.OPEN) {
      dropAtTheEnd(1);
      OutboundQueue.release(message);
      return;
    }
    if (how == ReliabilityMode.UNRELIABLE && linkIsDown) {
      drop(emitted, message, DropCause.NO_LINK);
      return;
    }
    if (how == ReliabilityMode.UNRELIABLE && !fits(message.readableBytes())) {
      drop(emitted, message, DropCause.NO_CREDIT);
      return;
    }
    boolean replaces = how == ReliabilityMode.UNRELIABLE_SEQUENCED && !queue.isEmpty();
    if (replaces && (crowded || linkIsDown || !lastFits())) {
      long replaced = queue.last().sequence;
      drop(replaced, queue.pollLast(), DropCause.REPLACED);
    }
    OutboundQueue.Entry entry = queue.add(message);
    entry.sequence = emitted;
    entry.ackNow = ackNow;
    entry.hasMetadata = hasMetadata;
    entry.mode = how;
    entry.deadlineNanos = deadlineNanos;
    earliestDeadlineNanos = earlier(earliestDeadlineNanos, deadlineNanos);
  }

  /** Messages were dropped before they came here; they have their sequences. */
  public void skip(long messages, DropCause why) {
    long first = emitted + 1;
    emitted += messages;
    drops().add(first, emitted, why, 0);
  }

  /** Whether there would be credit for a message behind those that wait. */
  private boolean fits(int bytes) {
    return credit.availableMessages() > queue.size() && hasBytes(bytes, queue.charge());
  }

  /** Whether there is credit for the last one that waits. */
  private boolean lastFits() {
    OutboundQueue.Entry last = queue.last();
    return credit.availableMessages() >= queue.size()
        && hasBytes(last.message().readableBytes(), queue.charge() - last.charge());
  }

  private boolean hasBytes(int bytes, long chargeBefore) {
    ByteBuf underWay = current;
    long rest = underWay == null ? 0 : underWay.readableBytes();
    return credit.availableBytes() - rest - chargeBefore
        >= Charge.of(Math.min(bytes, MIN_FRAGMENT));
  }

  private void drop(long sequence, ByteBuf message, DropCause why) {
    drops().add(sequence, sequence, why, Charge.of(message.readableBytes()));
    OutboundQueue.release(message);
  }

  private void dropAtTheEnd(long messages) {
    endedDrops += messages;
    if (!mode.isReliable()) {
      drops().count(DropCause.ENDED, messages);
    }
  }

  /** What was dropped. */
  public DropLog drops() {
    DropLog log = drops;
    if (log == null) {
      log = new DropLog();
      drops = log;
    }
    return log;
  }

  /** Messages that were dropped since the direction had ended. */
  public long endedDrops() {
    return endedDrops;
  }

  /** Whether anything was dropped ever. */
  public boolean hasDrops() {
    return drops != null;
  }

  /** When the first message that waits is to be dropped, or {@link #NO_DEADLINE}. */
  public long earliestDeadlineNanos() {
    return earliestDeadlineNanos;
  }

  /** Drops what waits and whose time is over. */
  public void expire(long nowNanos) {
    if (earliestDeadlineNanos != NO_DEADLINE && nowNanos - earliestDeadlineNanos >= 0) {
      queue.removeExpired(
          nowNanos, (sequence, message) -> drop(sequence, message, DropCause.EXPIRED));
      earliestDeadlineNanos = queue.earliestDeadlineNanos();
    }
  }

  /** Drops what waits and is not begun. */
  public void dropUnbegun(DropCause why) {
    while (!queue.isEmpty()) {
      long sequence = queue.first().sequence;
      drop(sequence, queue.pollFirst(), why);
    }
    earliestDeadlineNanos = NO_DEADLINE;
  }

  // Without a link

  /** There is no link: what waits in a mode that drops is dropped, but for what is newest. */
  public void linkDown() {
    linkIsDown = true;
    queue.removeWithoutLink((sequence, message) -> drop(sequence, message, DropCause.NO_LINK));
    earliestDeadlineNanos = queue.earliestDeadlineNanos();
  }

  /** There is a link again. */
  public void linkUp() {
    linkIsDown = false;
  }

  // The message within OPEN

  /**
   * The first message travels within OPEN, at the expense of the credit that the other side's HELLO
   * gives for that. It belongs to this half from now on.
   */
  public void rideInOpen(ByteBuf message) {
    emitted++;
    openMessage = message;
    credit.grant(1, Charge.of(message.readableBytes()));
  }

  /** The message to be written within OPEN; null if there is none. */
  public @Nullable ByteBuf openMessage() {
    return openMessage;
  }

  /** OPEN has been written, and its message with it. */
  public void openWritten() {
    ByteBuf message = openMessage;
    if (message != null) {
      openMessage = null;
      credit.beginMessage();
      credit.write(message.readableBytes());
      begun = 1;
      whole = 1;
      sequenceKnownOnLink = true;
      OutboundQueue.release(message);
    }
  }

  // Writing

  /** Whether there are or may be messages that wait for credit. */
  public boolean hasUseForCredit() {
    return state == State.OPEN || state == State.FINISHING;
  }

  /** Whether credit allows the next frame of data. */
  public boolean canWrite() {
    ByteBuf message = current;
    if (message != null) {
      return credit.availableBytes() >= Math.min(message.readableBytes(), MIN_FRAGMENT);
    }
    return !queue.isEmpty()
        && credit.availableMessages() > 0
        && credit.availableBytes()
            >= Charge.of(Math.min(queue.first().message().readableBytes(), MIN_FRAGMENT));
  }

  /**
   * Writes the next frame of data; only if {@link #canWrite}.
   *
   * @return bytes written; 0 if the buffer has no room for the frame
   * @throws IllegalReferenceCountException if its sender has released the message, which belongs to
   *     this half; nothing was written
   */
  public int write(ByteBuf out, long streamId) {
    boolean first = current == null;
    ByteBuf message = first ? queue.first().message() : current();
    if (message.refCnt() == 0) {
      throw new IllegalReferenceCountException("A message was released while it waited");
    }
    long allowed = credit.availableBytes() - (first ? Charge.PER_MESSAGE : 0);
    int total = message.readableBytes();
    int payload = (int) Math.min(Math.min(total, FrameType.MAX_PAYLOAD), allowed);
    if (out.writableBytes() < payload + FrameWriter.MAX_DATA_HEAD_BYTES) {
      return 0;
    }
    boolean last = payload == total;
    boolean hasMetadata = first && queue.first().hasMetadata;
    long sequence = first ? begin() : -1;
    credit.write(payload);
    int start = out.writerIndex();
    FrameWriter.data(
        out,
        streamId,
        first,
        last,
        currentAckNow && last,
        hasMetadata,
        sequence,
        total,
        message,
        payload);
    freedBytes += payload;
    if (last) {
      freedBytes += Charge.PER_MESSAGE;
      whole = begun;
      current = null;
      message.release();
    }
    return out.writerIndex() - start;
  }

  /** The first message that waits is under way; returns the sequence to be written, or -1. */
  private long begin() {
    OutboundQueue.Entry entry = queue.first();
    currentAckNow = entry.ackNow;
    begun = entry.sequence;
    current = queue.pollFirst();
    credit.beginMessage();
    if (!mode.isReliable()) {
      return begun;
    }
    if (sequenceKnownOnLink) {
      return -1;
    }
    sequenceKnownOnLink = true;
    return credit.messages();
  }

  private ByteBuf current() {
    ByteBuf message = current;
    if (message == null) {
      throw new IllegalStateException("No message is under way");
    }
    return message;
  }

  /** Bytes of charge of what was written since the last call. */
  public long takeFreedBytes() {
    long freed = freedBytes;
    freedBytes = 0;
    return freed;
  }

  /** No more messages; FIN after those that wait. Without effect unless open. */
  public void finish(EndCause why) {
    if (state == State.OPEN) {
      state = State.FINISHING;
      cause = why;
    }
  }

  /** Whether everything is written and FIN is due. */
  public boolean isFinDue() {
    return state == State.FINISHING && current == null && queue.isEmpty();
  }

  /** FIN has been written. */
  public void finWritten() {
    state = State.FIN_SENT;
  }

  /**
   * Drops what waits; RESET is due. Without effect once that has happened or the direction has
   * ended.
   *
   * @return whether it took effect
   */
  public boolean reset(EndCause why) {
    if (state.compareTo(State.FIN_SENT) > 0) {
      return false;
    }
    dropWaiting();
    state = State.RESETTING;
    cause = why;
    return true;
  }

  /** RESET has been written. */
  public void resetWritten() {
    state = State.RESET_SENT;
  }

  /** The direction is over for this cause: by DONE, a refusal, or the loss of the link. */
  public void end(EndCause why) {
    dropWaiting();
    state = State.ENDED;
    cause = why;
  }

  private void dropWaiting() {
    dropAtTheEnd(queue.size() + (openMessage == null ? 0 : 1));
    queue.releaseAll();
    earliestDeadlineNanos = NO_DEADLINE;
    if (openMessage != null) {
      OutboundQueue.release(openMessage);
      openMessage = null;
    }
    if (current != null) {
      OutboundQueue.release(current);
      current = null;
    }
  }

  /**
   * The receiver acknowledged every message up to a sequence.
   *
   * @param received messages that arrived, up to that sequence or in all
   * @return whether that was news
   * @throws IllegalArgumentException if it was never sent
   */
  public boolean acknowledged(long sequence, long received) {
    boolean cut = state == State.RESETTING || state == State.RESET_SENT;
    if (sequence > (cut ? begun : whole)) {
      throw new IllegalArgumentException(
          "message " + sequence + " was acknowledged, but only " + whole + " were sent");
    }
    if (received > credit.messages()) {
      throw new IllegalArgumentException(
          received + " messages arrived, but only " + credit.messages() + " were sent");
    }
    boolean news = sequence > acked;
    acked = Math.max(acked, sequence);
    remoteReceived = Math.max(remoteReceived, received);
    return news;
  }

  /** Sequence of the last message of which something was written. */
  public long written() {
    return begun;
  }

  /** Sequence of the last message that was written to its end, unless the direction was cut. */
  public long writtenWhole() {
    return whole;
  }

  /** Messages on the wire that were written to their ends. */
  public long wholeMessages() {
    return credit.messages() - (whole == begun ? 0 : 1);
  }

  /** Sequence up to which the receiver acknowledged. */
  public long acked() {
    return acked;
  }

  /** Messages that had arrived, as the receiver told last. */
  public long remoteReceived() {
    return remoteReceived;
  }

  /** Messages emitted, those included that were dropped: the sequence of the last one. */
  public long emitted() {
    return emitted;
  }

  /** Messages that are on the wire, as a whole or in part, and not acknowledged. */
  public long unacked() {
    return credit.messages() - (mode.isReliable() ? acked : remoteReceived);
  }

  /** Whether it is over, or as good as. */
  public boolean isOver() {
    return state == State.ENDED || state == State.RESET_SENT || state == State.RESETTING;
  }

  /** Messages that wait, the one under way not included. */
  public int waiting() {
    return queue.size() + (openMessage == null ? 0 : 1);
  }
}
