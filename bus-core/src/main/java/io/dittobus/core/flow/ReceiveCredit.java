// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.flow;

/**
 * What the other side may put on the wire of one direction, at its receiver: what was asked for,
 * received, consumed and announced (FC-1, FC-2, FC-4 to FC-7).
 *
 * <p>Limits follow from state, so an announcement can be made at any moment and none needs to be
 * kept:
 *
 * <pre>
 * maxMessages = max(sent with OPEN, requested + prefetch)
 * maxOffset   = max(consumed offset + window, end of the large message that was let in)
 * </pre>
 */
public final class ReceiveCredit {

  private int prefetch;
  private final Window window;
  private final Consumption consumption;
  private long openMessages;
  private long requested;
  private long begun;
  private long offset;
  private long delivered;
  private long admittedEnd;
  private long announcedMessages;
  private long announcedOffset;

  /** Credit with this many messages ahead of demand. */
  public ReceiveCredit(int prefetch, Window window) {
    this(prefetch, window, new ConsumptionTracker());
  }

  private ReceiveCredit(int prefetch, Window window, Consumption consumption) {
    this.prefetch = prefetch;
    this.window = window;
    this.consumption = consumption;
  }

  /**
   * Credit that lets this many messages in and replaces each one that is consumed, in any order;
   * the other side knows of it already (SM-3).
   */
  public static ReceiveCredit standing(int messages, Window window) {
    ReceiveCredit credit = new ReceiveCredit(0, window, new UnorderedConsumption());
    credit.request(messages);
    credit.announced();
    return credit;
  }

  // Limits

  /** Messages that the sender may begin, in all. */
  public long maxMessages() {
    return Math.max(openMessages, Charge.saturatedSum(requested, prefetch));
  }

  /** Bytes that the sender may write, in all. */
  public long maxOffset() {
    long limit = Charge.saturatedSum(consumption.releasedOffset(), window.bytes());
    return Math.max(limit, Math.max(admittedEnd, announcedOffset));
  }

  /** Both limits have been put on the wire as they are now. */
  public void announced() {
    announcedMessages = maxMessages();
    announcedOffset = maxOffset();
  }

  /** Whether there is something that the sender does not know. */
  public boolean hasNews() {
    return maxMessages() > announcedMessages || maxOffset() > announcedOffset;
  }

  /**
   * Whether news must go out at once (FC-6): the sender has at most half of what it could have, in
   * messages or in bytes. So also with the first demand on an idle stream.
   */
  public boolean isNewsUrgent() {
    long messagesUnused = announcedMessages - begun;
    long messagesWindow = maxMessages() - consumption.released();
    if (maxMessages() > announcedMessages && messagesUnused <= messagesWindow / 2) {
      return true;
    }
    long bytesUnused = announcedOffset - offset;
    return maxOffset() > announcedOffset && bytesUnused <= window.bytes() / 2;
  }

  // What comes in

  /**
   * The opener sent a message within OPEN, which this side's HELLO allowed (ST-11).
   *
   * @return whether there is room for it
   */
  public boolean openedWithMessage(int payloadBytes) {
    if (!window.reserve(Charge.of(payloadBytes))) {
      return false;
    }
    openMessages = 1;
    announcedMessages = Math.max(announcedMessages, 1);
    announcedOffset = Math.max(announcedOffset, Charge.of(payloadBytes));
    return begin(payloadBytes);
  }

  /**
   * A message begins on the wire, with its first payload.
   *
   * @return whether it was granted (FC-5)
   */
  public boolean begin(int payloadBytes) {
    begun++;
    offset += Charge.of(payloadBytes);
    return begun <= announcedMessages && offset <= announcedOffset;
  }

  /**
   * A message goes on.
   *
   * @return whether it was granted (FC-5)
   */
  public boolean proceed(int payloadBytes) {
    offset += payloadBytes;
    return offset <= announcedOffset;
  }

  /** A message is whole. */
  public void received(long payloadBytes) {
    consumption.received(Charge.of(payloadBytes));
  }

  /**
   * Lets the message that is coming in pass the window, up to this offset (FC-7).
   *
   * @param endOffset the offset at its end
   */
  public void admit(long endOffset) {
    admittedEnd = Math.max(admittedEnd, endOffset);
  }

  /** Whether the message that is coming in was asked for, and not merely prefetched. */
  public boolean isRequested() {
    return begun <= Math.max(openMessages, requested);
  }

  // What the application does

  /** The application asks for more messages, at least 1. */
  public void request(long messages) {
    requested = Charge.saturatedSum(requested, messages);
  }

  /** Whether the application waits for a message. */
  public boolean hasDemand() {
    return requested > delivered;
  }

  /** Whether the application ever asked for anything. */
  public boolean everRequested() {
    return requested > 0;
  }

  /** A message is handed to the application. */
  public void deliver() {
    delivered++;
  }

  /**
   * One message was consumed. Without effect if it was not delivered, or consumed before.
   *
   * @param sequence its place among the messages that arrived
   * @return whether there is something to tell
   */
  public boolean consume(long sequence, long nowNanos, long roundTripNanos) {
    boolean wasDelivered = sequence >= 1 && sequence <= delivered;
    return wasDelivered && moved(consumption.consume(sequence), nowNanos, roundTripNanos);
  }

  /**
   * All messages up to this one that were delivered were consumed.
   *
   * @param sequence its place among the messages that arrived
   * @return whether there is something to tell
   */
  public boolean consumeUpTo(long sequence, long nowNanos, long roundTripNanos) {
    return moved(consumption.consumeUpTo(Math.min(sequence, delivered)), nowNanos, roundTripNanos);
  }

  private boolean moved(boolean grew, long nowNanos, long roundTripNanos) {
    if (grew) {
      window.consumed(consumption.releasedOffset(), nowNanos, roundTripNanos);
    }
    return grew;
  }

  /** The direction has ended: its window goes back to the budget. */
  public void release() {
    window.release();
  }

  // Counts

  /** Bytes that may be under way or unconsumed, unless a large message was let in. */
  public int windowBytes() {
    return window.bytes();
  }

  /** Messages handed to the application. */
  public long delivered() {
    return delivered;
  }

  /** Whole messages received. */
  public long received() {
    return consumption.received();
  }

  /** Messages begun, the unfinished one included. */
  public long begun() {
    return begun;
  }

  /** Bytes received, the fixed charges included. */
  public long offset() {
    return offset;
  }

  /** Messages consumed without a gap. */
  public long consumed() {
    return consumption.consumed();
  }

  /** Messages that were asked for, in all. */
  public long requested() {
    return requested;
  }

  /** Sets how many messages may come in ahead of demand; before the first announcement only. */
  public void prefetch(int messages) {
    prefetch = messages;
  }

  /** Messages that may come in ahead of demand. */
  public long prefetch() {
    return prefetch;
  }
}
