// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

import io.dittobus.core.flow.Charge;
import io.dittobus.core.flow.ReceiveCredit;
import io.dittobus.core.frame.EndCause;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The inbound direction of a stream: what has arrived and waits for demand, the message that is
 * being put together, what was consumed and has to be acknowledged, how it ends. Owned by the
 * session's thread.
 */
public final class ReceiveHalf {

  /**
   *
   *
   * <pre>
   * OPEN ──FIN──► FINISHED ──all delivered──► DELIVERED ──all consumed──► ENDED
   *  │               │                            │                       ▲
   *  ├────RESET──────┴────────────────────────────┴───────────────────────┤
   *  │               └──────cancel────────────────┴───────────────────────┤
   *  └────cancel──► STOPPED ──FIN or RESET────────────────────────────────┘
   * </pre>
   */
  public enum State {
    /** Messages come in. */
    OPEN,
    /** The sender has finished; what arrived is still to be delivered. */
    FINISHED,
    /** Everything was delivered; something is still to be consumed. */
    DELIVERED,
    /** The receiver wants no more; what still comes is thrown away. */
    STOPPED,
    /** Over. */
    ENDED
  }

  private final ReceiveCredit credit;
  private State state = State.OPEN;
  private EndCause cause = EndCause.completed();
  private EndCause finCause = EndCause.completed();
  private @Nullable ArrayDeque<ByteBuf> waiting;
  private @Nullable ByteBuf partial;
  private boolean inMessage;
  private boolean declined;
  private long partialTotal;
  private long partialEndOffset;
  private long admittedBytes;
  private long progressNanos;
  private long announcedAck;
  private long ackNowFirst;
  private long ackNowLast;

  /** A direction with this credit. */
  public ReceiveHalf(ReceiveCredit credit) {
    this.credit = credit;
  }

  /** Where this direction stands. */
  public State state() {
    return state;
  }

  /** The limits, and what was used of them. */
  public ReceiveCredit credit() {
    return credit;
  }

  /** Why it ended. */
  public EndCause cause() {
    return cause;
  }

  /** Whether the application may still be given messages. */
  public boolean isDelivering() {
    return !declined && (state == State.OPEN || state == State.FINISHED);
  }

  /**
   * The application did not take a message: it gets no more, and a command that ends this direction
   * follows.
   */
  public void decline() {
    declined = true;
    dropWaiting();
  }

  // Messages

  /** A message begins; it is in several fragments. */
  public void beginPartial(long totalBytes, int firstBytes, long nowNanos) {
    inMessage = true;
    partialTotal = totalBytes;
    partialEndOffset = credit.offset() - firstBytes + totalBytes;
    progressNanos = nowNanos;
  }

  /** Whether a message in fragments is under way. */
  public boolean isInMessage() {
    return inMessage;
  }

  /** Bytes of that message that are still to come. */
  public long missingBytes() {
    return partialEndOffset - credit.offset();
  }

  /** The offset at the end of that message. */
  public long partialEndOffset() {
    return partialEndOffset;
  }

  /** The length of that message. */
  public long partialTotal() {
    return partialTotal;
  }

  /** When its last fragment came. */
  public long progressNanos() {
    return progressNanos;
  }

  /** Copies a fragment of the message under way. */
  public void append(ByteBuf payload, ByteBufAllocator allocator, long nowNanos) {
    if (partial == null) {
      int first = (int) Math.min(partialTotal, Math.max(payload.readableBytes(), 4 * 1024));
      partial = allocator.buffer(first, (int) partialTotal);
    }
    partial.writeBytes(payload, payload.readerIndex(), payload.readableBytes());
    progressNanos = nowNanos;
  }

  /**
   * The message under way is whole: takes it out, to be released by the caller. Null if it was
   * thrown away.
   */
  public @Nullable ByteBuf takePartial() {
    ByteBuf whole = partial;
    partial = null;
    inMessage = false;
    return whole;
  }

  /** Lets a message wait for demand; it belongs to this direction now. */
  public void enqueue(ByteBuf message) {
    if (waiting == null) {
      waiting = new ArrayDeque<>(4);
    }
    waiting.add(message);
  }

  /** Whether messages wait for demand. */
  public boolean hasWaiting() {
    return waiting != null && !waiting.isEmpty();
  }

  /** Takes out the message that waits longest, to be released by the caller. */
  public ByteBuf pollWaiting() {
    ArrayDeque<ByteBuf> queue = waiting;
    if (queue == null) {
      throw new IllegalStateException("No message waits");
    }
    ByteBuf message = queue.remove();
    if (queue.isEmpty()) {
      waiting = null;
    }
    return message;
  }

  // Admission of large messages (FC-7)

  /** Bytes of the session's reassembly budget that this direction holds. */
  public long admittedBytes() {
    return admittedBytes;
  }

  /** The message under way may pass the window, at the expense of the reassembly budget. */
  public void admit(long bytes, long nowNanos) {
    admittedBytes = bytes;
    progressNanos = nowNanos;
    credit.admit(partialEndOffset);
  }

  /** Gives up what it holds of the budget. */
  public long takeAdmittedBytes() {
    long bytes = admittedBytes;
    admittedBytes = 0;
    return bytes;
  }

  // Acknowledgement (FC-6)

  /** The sender wants this message acknowledged as soon as it is consumed. */
  public void wantAckNow(long sequence) {
    if (ackNowFirst == 0) {
      ackNowFirst = sequence;
    }
    ackNowLast = sequence;
  }

  /** Whether the sender does not know all that there is to know. */
  public boolean hasNews() {
    return hasUntoldAck() || credit.hasNews();
  }

  /** Whether messages were consumed that the sender does not know of. */
  public boolean hasUntoldAck() {
    return credit.consumed() > announcedAck;
  }

  /** Whether it has to know at once. */
  public boolean isNewsUrgent() {
    return ackNowFirst > 0 && credit.consumed() >= ackNowFirst || credit.isNewsUrgent();
  }

  /** Acknowledgement and limits have been put on the wire as they are now. */
  public void announced() {
    credit.announced();
    announcedAck = credit.consumed();
    if (announcedAck >= ackNowLast) {
      ackNowFirst = 0;
      ackNowLast = 0;
    } else {
      ackNowFirst = Math.max(ackNowFirst, announcedAck + 1);
    }
  }

  // Ends

  /** The sender has finished: what arrived is all there is. */
  public void finished(EndCause why) {
    state = State.FINISHED;
    finCause = why;
  }

  /** Whether the last message has been delivered, and the application is to be told. */
  public boolean isDeliveryComplete() {
    return state == State.FINISHED && !declined && !hasWaiting();
  }

  /** The application knows that there is no more. */
  public void deliveryCompleted() {
    state = State.DELIVERED;
  }

  /** Whether everything was consumed, and the sender is to be told. */
  public boolean isConsumptionComplete() {
    return state == State.DELIVERED && credit.consumed() == credit.received();
  }

  /** Everything was consumed: the direction ends as its sender said. */
  public void consumptionCompleted() {
    end(finCause);
  }

  /**
   * The application wants no more: what waits is thrown away. Only while the sender has not
   * finished.
   */
  public void stop(EndCause why) {
    dropWaiting();
    state = State.STOPPED;
    cause = why;
  }

  /** The direction is over for this cause. */
  public void end(EndCause why) {
    dropWaiting();
    state = State.ENDED;
    cause = why;
    credit.release();
  }

  private void dropWaiting() {
    while (hasWaiting()) {
      pollWaiting().release();
    }
    if (partial != null) {
      partial.release();
      partial = null;
    }
  }

  /** Bytes that this direction holds in memory. */
  public long heldBytes() {
    long held = partial == null ? 0 : partial.capacity();
    if (waiting != null) {
      for (ByteBuf message : waiting) {
        held += Charge.of(message.capacity());
      }
    }
    return held;
  }
}
