// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.DropCounts;
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

  /** A message that waits for demand. */
  record Waiting(ByteBuf bytes, boolean hasMetadata) {}

  private final ReceiveCredit credit;

  /** Null in a reliable stream, where the messages are the sequences. */
  private final @Nullable ArrivedSequences sequences;

  private State state = State.OPEN;
  private EndCause cause = EndCause.completed();
  private EndCause finCause = EndCause.completed();
  private @Nullable ArrayDeque<Waiting> waiting;
  private @Nullable ByteBuf partial;
  private boolean inMessage;
  private boolean messageHasMetadata;
  private long begunSequence;
  private long receivedSequence;
  private long thrownAway;
  private long discarded;
  private DropCounts remoteDrops = DropCounts.NONE;
  private boolean declined;
  private long partialTotal;
  private long partialEndOffset;
  private long admittedBytes;
  private long progressNanos;
  private long announcedAck;
  private long ackNowFirst;
  private long ackNowLast;

  /** A direction with this credit, whose messages come in this mode. */
  public ReceiveHalf(ReceiveCredit credit, ReliabilityMode mode) {
    this.credit = credit;
    this.sequences = mode.isReliable() ? null : new ArrivedSequences();
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

  /** A message begins on the wire. */
  public void begin(long sequence, boolean hasMetadata) {
    begunSequence = sequence;
    messageHasMetadata = hasMetadata;
  }

  /** Sequence of the last message that began. */
  public long begunSequence() {
    return begunSequence;
  }

  /** Whether the bytes of the message that began last begin with metadata. */
  public boolean messageHasMetadata() {
    return messageHasMetadata;
  }

  /** The message that began last is whole, and is for the application. */
  public void received(int payloadBytes) {
    credit.received(payloadBytes);
    receivedSequence = begunSequence;
    if (sequences != null) {
      sequences.add(begunSequence);
    }
  }

  /** The message that began last is whole, and nobody wants it. */
  public void threwAway() {
    receivedSequence = begunSequence;
    thrownAway++;
  }

  /** It is a part of a larger one. */
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
    waiting.add(new Waiting(message, messageHasMetadata));
  }

  /** Whether messages wait for demand. */
  public boolean hasWaiting() {
    return waiting != null && !waiting.isEmpty();
  }

  /** Whether the bytes of the message that waits longest begin with metadata. */
  public boolean waitingHasMetadata() {
    return waitingMessages().element().hasMetadata;
  }

  /** Takes out the message that waits longest, to be released by the caller. */
  public ByteBuf pollWaiting() {
    ArrayDeque<Waiting> queue = waitingMessages();
    ByteBuf message = queue.remove().bytes;
    if (queue.isEmpty()) {
      waiting = null;
    }
    return message;
  }

  private ArrayDeque<Waiting> waitingMessages() {
    ArrayDeque<Waiting> queue = waiting;
    if (queue == null) {
      throw new IllegalStateException("No message waits");
    }
    return queue;
  }

  // Sequences: what is counted here are messages as they arrive

  /** The sequence of the message that was handed over last, 0 for none. */
  public long deliveredSequence() {
    return sequences == null ? credit.delivered() : sequences.sequenceOf(credit.delivered());
  }

  /** Sequence up to which everything that arrived was consumed. */
  public long ackedSequence() {
    return sequences == null ? credit.consumed() : sequences.consumedSequence();
  }

  /** What is told with it: messages that arrived, in the unreliable modes only those up to it. */
  public long ackedReceived() {
    return sequences == null ? credit.received() : credit.consumed();
  }

  /** Sequence of the last message that arrived as a whole, 0 for none. */
  public long receivedSequence() {
    return receivedSequence;
  }

  /**
   * The application has consumed a message.
   *
   * @return whether the sender may be told something
   */
  public boolean consume(long sequence, long nowNanos, long roundTripNanos) {
    long message = sequences == null ? sequence : sequences.upTo(sequence);
    if (sequences != null && sequences.sequenceOf(message) != sequence) {
      return false;
    }
    return moved(credit.consume(message, nowNanos, roundTripNanos));
  }

  /**
   * The application has consumed every message up to this one.
   *
   * @return whether the sender may be told something
   */
  public boolean consumeUpTo(long sequence, long nowNanos, long roundTripNanos) {
    long message = sequences == null ? sequence : sequences.upTo(sequence);
    return moved(credit.consumeUpTo(message, nowNanos, roundTripNanos));
  }

  private boolean moved(boolean changed) {
    if (changed && sequences != null) {
      sequences.consumed(credit.consumed());
    }
    return changed;
  }

  /** Messages that arrived as a whole. */
  public long receivedMessages() {
    return credit.received() + thrownAway;
  }

  /** Messages that arrived and that the application did not get, nor will. */
  public long discarded() {
    return discarded + thrownAway;
  }

  /** The sender has told how many messages it dropped. */
  public void remoteDropped(DropCounts counts) {
    remoteDrops = counts;
  }

  /** How many messages the sender dropped, as far as it has told. */
  public DropCounts remoteDrops() {
    return remoteDrops;
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

  /** The limits have been put on the wire as they are now. */
  public void limitsAnnounced() {
    credit.announced();
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

  /** There is another link: the sender may have missed what it was told on the former one. */
  public void linkUp(long nowNanos) {
    announcedAck = -1;
    progressNanos = nowNanos;
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
      discarded++;
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
      for (Waiting message : waiting) {
        held += Charge.of(message.bytes.capacity());
      }
    }
    return held;
  }
}
