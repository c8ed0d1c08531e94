// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

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

  private final SendCredit credit = new SendCredit();
  private final OutboundQueue queue = new OutboundQueue();
  private State state = State.OPEN;
  private EndCause cause = EndCause.completed();
  private @Nullable ByteBuf current;
  private boolean currentAckNow;
  private boolean sequenceKnownOnLink;
  private long accepted;
  private long acked;
  private long freedBytes;

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

  /** Takes a message over, if it is still open; releases it otherwise. */
  public void enqueue(ByteBuf message, boolean ackNow) {
    if (state != State.OPEN) {
      OutboundQueue.release(message);
      return;
    }
    accepted++;
    queue.add(message, ackNow);
  }

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
            >= Charge.of(Math.min(queue.peek().readableBytes(), MIN_FRAGMENT));
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
    ByteBuf message = first ? queue.peek() : current();
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
    long sequence = -1;
    if (first) {
      currentAckNow = queue.peekAckNow();
      current = queue.poll();
      credit.beginMessage();
      if (!sequenceKnownOnLink) {
        sequence = credit.messages();
        sequenceKnownOnLink = true;
      }
    }
    credit.write(payload);
    int start = out.writerIndex();
    FrameWriter.data(
        out, streamId, first, last, currentAckNow && last, sequence, total, message, payload);
    freedBytes += payload;
    if (last) {
      freedBytes += Charge.PER_MESSAGE;
      current = null;
      message.release();
    }
    return out.writerIndex() - start;
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
    queue.releaseAll();
    if (current != null) {
      OutboundQueue.release(current);
      current = null;
    }
  }

  /**
   * The receiver acknowledged.
   *
   * @return whether that was news
   * @throws IllegalArgumentException if it was never sent
   */
  public boolean acknowledged(long sequence) {
    long whole = credit.messages() - (current == null ? 0 : 1);
    boolean cut = state == State.RESETTING || state == State.RESET_SENT;
    if (sequence > (cut ? credit.messages() : whole)) {
      throw new IllegalArgumentException(
          "message " + sequence + " was acknowledged, but only " + whole + " were sent");
    }
    boolean news = sequence > acked;
    acked = Math.max(acked, sequence);
    return news;
  }

  /** Sequence of the last message of which something was written. */
  public long written() {
    return credit.messages();
  }

  /** Sequence of the last message that was written to its end, unless the direction was cut. */
  public long writtenWhole() {
    return credit.messages() - (current == null ? 0 : 1);
  }

  /** Sequence up to which the receiver acknowledged. */
  public long acked() {
    return acked;
  }

  /** Messages taken over. */
  public long accepted() {
    return accepted;
  }
}
