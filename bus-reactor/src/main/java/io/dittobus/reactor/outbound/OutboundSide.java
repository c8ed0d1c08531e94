// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.outbound;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.MessageCallback;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.MessageResult;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.reactor.codec.Codec;
import io.dittobus.reactor.internal.Failures;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The sending direction of one stream: what all its senders share, which is the credit and the
 * events. Any thread. Not for applications.
 */
public final class OutboundSide {

  private static final Logger LOG = Loggers.getLogger(OutboundSide.class);

  private final DittoBusStream stream;
  private final BusSink sink;
  private final List<OutboundSubscriber<?>> senders = new CopyOnWriteArrayList<>();
  private final EmitWaiters waiters;
  private final OrderlyClose orderlyClose;
  private final WritableSignal writable;

  /** Messages requested from publishers and not yet emitted, by all senders. */
  private final AtomicLong reserved = new AtomicLong();

  private final AtomicBoolean endedHere = new AtomicBoolean();
  private volatile long sentSequence;
  private volatile long doneSequence;
  private volatile long ackedSequence;
  private volatile @Nullable StreamEnd end;

  /** The direction of a stream that is not started yet. */
  public OutboundSide(DittoBusStream stream) {
    this.stream = stream;
    this.sink = new BusSink(stream, this);
    this.waiters = new EmitWaiters(this, stream);
    this.orderlyClose = new OrderlyClose(stream, waiters);
    this.writable = new WritableSignal(this, this::isWritable, stream::availableCredit);
  }

  /** Sends what a publisher has, as far as the other side asks for it; acts when subscribed to. */
  public <T> Mono<Void> send(
      Publisher<? extends T> messages,
      Codec<T> codec,
      Function<? super T, MessageOptions> optionsOf,
      SendOptions options,
      boolean complete) {
    return new SendMono<>(this, messages, codec, optionsOf, options, complete);
  }

  /** The sink of this direction. */
  public BusSink sink() {
    return sink;
  }

  /** Sequence up to which messages are on the wire. */
  public long sentSequence() {
    return sentSequence;
  }

  /** Sequence up to which messages are on the wire, or were dropped as the mode allows. */
  long doneSequence() {
    return doneSequence;
  }

  /** Sequence up to which the remote application has consumed messages. */
  public long ackedSequence() {
    return ackedSequence;
  }

  /** Messages were taken over, or never will be. On the stream's executor. */
  public void sendCompleted(MessageResult result, long sequence) {
    if (result == MessageResult.SENT) {
      sentSequence = sequence;
    }
    if (result != MessageResult.NOT_SENT && result != MessageResult.UNKNOWN) {
      doneSequence = sequence;
      wake();
    }
  }

  /** Messages were consumed. On the stream's executor. */
  public void acknowledged(long sequence) {
    ackedSequence = sequence;
  }

  /** There is more credit, or more room. On the stream's executor. */
  public void creditChanged() {
    waiters.drain(); // first: it tells those who come later that they need not wait
    wake();
    writable.changed();
  }

  /** The direction is over. On the stream's executor. */
  public void ended(StreamEnd how) {
    end = how;
    waiters.drain();
    wake();
    writable.ended();
  }

  /**
   * Closes the stream in order, after what waits for room, and takes no more messages. What is left
   * at the deadline is cut.
   */
  public void close(Duration deadline) {
    endedHere.set(true);
    orderlyClose.within(deadline);
  }

  /**
   * Hands a message to the stream, if the direction has not ended and nobody waits for room, who
   * came first. It stays the caller's unless the answer is OK.
   */
  EnqueueResult offer(ByteBuf message, MessageOptions options, @Nullable MessageCallback callback) {
    if (endedHere.get()) {
      return EnqueueResult.TERMINATED;
    }
    return waiters.isEmpty()
        ? stream.enqueueMessage(message, options, callback)
        : EnqueueResult.OVERFLOW;
  }

  EmitWaiters waiters() {
    return waiters;
  }

  WritableSignal writable() {
    return writable;
  }

  private boolean isWritable() {
    return waiters.isEmpty() && isOpen() && stream.isReady();
  }

  /** Nobody waits for room any more. */
  void writableAgain() {
    writable.changed();
  }

  /** Ends the direction in order, after what waits for room, unless it has ended. */
  public Sinks.EmitResult tryComplete() {
    Sinks.EmitResult result = tryEnd();
    if (result == Sinks.EmitResult.OK) {
      waiters.onceEmpty(stream::complete);
    }
    return result;
  }

  /** Ends the direction with an error, unless it has ended. */
  Sinks.EmitResult tryError(long code, String text) {
    Objects.requireNonNull(text, "text");
    Sinks.EmitResult result = tryEnd();
    if (result == Sinks.EmitResult.OK) {
      stream.error(code, text);
    }
    return result;
  }

  private Sinks.EmitResult tryEnd() {
    StreamEnd over = end;
    if (over != null) {
      return over.reason() == BusCompletionReason.CANCELLED
          ? Sinks.EmitResult.FAIL_CANCELLED
          : Sinks.EmitResult.FAIL_TERMINATED;
    }
    return endedHere.compareAndSet(false, true)
        ? Sinks.EmitResult.OK
        : Sinks.EmitResult.FAIL_TERMINATED;
  }

  DittoBusStream stream() {
    return stream;
  }

  @Nullable StreamEnd end() {
    return end;
  }

  /**
   * Whether this side has ended the direction, so that nothing more will be said of why it takes no
   * messages.
   */
  boolean isEndedHere() {
    return endedHere.get();
  }

  /** Whether neither side has ended the direction, as far as is known here. */
  boolean isOpen() {
    return end == null && !endedHere.get();
  }

  void add(OutboundSubscriber<?> sender) {
    senders.add(sender);
  }

  void remove(OutboundSubscriber<?> sender) {
    senders.remove(sender);
  }

  /**
   * Reserves messages that a sender may request from its publisher. One thread at a time, or
   * another could emit and reserve between the look at the room and its taking, and both have it.
   *
   * @param wanted how many it would like
   * @param prefetch how many it may take beyond the credit
   * @return how many it may request, 0 to wanted
   */
  synchronized long reserve(long wanted, int prefetch) {
    // Read before the sequence, which is raised before a reservation is given back: no message is
    // missed.
    long before = reserved.get();
    long more = Math.max(0, Math.min(wanted, room(before, prefetch)));
    reserved.addAndGet(more);
    return more;
  }

  private long room(long alreadyReserved, int prefetch) {
    long emitted = stream.emittedSequence();
    long credit = Operators.addCap(stream.grantedMessages(), prefetch) - emitted;
    long queue = stream.flow().maxQueuedMessages() - (emitted - sentSequence);
    return Math.min(credit, queue) - alreadyReserved;
  }

  /** One reserved message was emitted. */
  void emitted() {
    reserved.decrementAndGet();
    if (senders.size() > 1) {
      wake(); // for a moment it was counted twice, which may have kept another sender from
      // requesting
    }
  }

  /** Gives reservations back that will not be used. */
  void giveBack(long messages) {
    if (messages > 0) {
      reserved.addAndGet(-messages);
      wake();
    }
  }

  private void wake() {
    for (OutboundSubscriber<?> sender : senders) {
      shield(sender::drain);
    }
  }

  /** Tells one who waits something; what it throws is its own, and the others must hear too. */
  void shield(Runnable telling) {
    try {
      telling.run();
    } catch (Throwable failure) {
      Failures.throwIfFatal(failure);
      LOG.warn(
          "A sender of stream {} failed: {}",
          Long.toUnsignedString(stream.streamID()),
          Failures.describe(failure));
    }
  }

  DittoBusException tooLarge(int size) {
    return new DittoBusException(
        ErrorCode.MESSAGE_TOO_LARGE,
        "A message of " + size + " bytes; the peer takes " + stream.maxMessageSize());
  }

  static DittoBusException terminated() {
    return new DittoBusException(
        ErrorCode.TERMINATED, "This side has ended the direction and sends no more");
  }

  private static final class SendMono<T> extends Mono<Void> {
    private final OutboundSide side;
    private final Publisher<? extends T> messages;
    private final Codec<T> codec;
    private final Function<? super T, MessageOptions> optionsOf;
    private final SendOptions options;
    private final boolean complete;

    SendMono(
        OutboundSide side,
        Publisher<? extends T> messages,
        Codec<T> codec,
        Function<? super T, MessageOptions> optionsOf,
        SendOptions options,
        boolean complete) {
      this.side = side;
      this.messages = messages;
      this.codec = codec;
      this.optionsOf = optionsOf;
      this.options = options;
      this.complete = complete;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Void> actual) {
      OutboundSubscriber<T> sender =
          new OutboundSubscriber<>(side, actual, codec, optionsOf, options, complete);
      side.add(sender);
      actual.onSubscribe(sender);
      sender.begin();
      try {
        messages.subscribe(sender);
      } catch (Throwable failure) { // which a publisher must not throw
        Failures.throwIfFatal(failure);
        sender.onError(failure);
      }
    }
  }
}
