// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.outbound;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.codec.Codec;
import io.dittobus.reactor.codec.Codecs;
import io.dittobus.reactor.internal.Discards;
import io.dittobus.reactor.internal.Failures;
import io.dittobus.reactor.internal.Pinned;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCounted;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * Asks a publisher for as many messages as the other side of the stream has asked for, and hands
 * them to the stream.
 *
 * <pre>
 * SENDING ──publisher completed──► COMPLETING ──all written, or the end acknowledged──► FINISHED
 *    │ ╲                                                                                   ▲
 *    │  ╲──stream takes no more, cause not known yet──► REFUSED ──direction ended──────────┤
 *    └──failure, cancel, remote cancel, end of the stream──────────────────────────────────┘
 * </pre>
 *
 * Its events come from three sides (the publisher, the stream's executor, the one who waits for the
 * Mono), each on a thread of its own. All of them only leave a note and call {@link #drain}, which
 * one thread at a time runs: what is said to be <i>the drain's own</i> needs no further care.
 */
final class OutboundSubscriber<T> implements CoreSubscriber<T>, Subscription {

  private enum Phase {
    SENDING,
    COMPLETING,
    REFUSED,
    FINISHED
  }

  private final OutboundSide side;
  private final DittoBusStream stream;
  private final CoreSubscriber<? super Void> actual;
  private final Codec<T> codec;
  private final Function<? super T, MessageOptions> optionsOf;
  private final SendOptions options;
  private final boolean complete;
  private final boolean reliable;
  private final boolean ofBuffers;
  private final EmitWaiters.Turn turn = new EmitWaiters.Turn(this::drain);

  /** Taken from the publisher, not yet by the stream. Never more than were requested. */
  private final Queue<T> queue = Queues.<T>unbounded(8).get();

  /** Notes that are not dealt with; the first one is {@link #begin}'s. */
  private final AtomicInteger work = new AtomicInteger(1);

  private volatile @Nullable Subscription upstream;
  private volatile boolean upstreamDone;
  private @Nullable Throwable upstreamError;
  private volatile boolean cancelled;

  // The drain's own.
  private Phase phase = Phase.SENDING;
  private long requested;
  private long taken;
  private int batch = 1;
  private int sizeEstimate = 1;
  private long lastSequence;
  private @Nullable T headItem;
  private @Nullable ByteBuf head;
  private MessageOptions headOptions = MessageOptions.none();

  OutboundSubscriber(
      OutboundSide side,
      CoreSubscriber<? super Void> actual,
      Codec<T> codec,
      Function<? super T, MessageOptions> optionsOf,
      SendOptions options,
      boolean complete) {
    this.side = side;
    this.stream = side.stream();
    this.actual = actual;
    this.codec = codec;
    this.ofBuffers = codec.equals(Codecs.buffer());
    this.optionsOf = optionsOf;
    this.options = options;
    this.complete = complete;
    this.reliable = stream.reliability() == ReliabilityMode.RELIABLE;
  }

  // From the publisher

  @Override
  public Context currentContext() {
    return actual.currentContext();
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (Operators.validate(upstream, subscription)) {
      upstream = subscription;
      drain();
    }
  }

  @Override
  public void onNext(T message) {
    queue.offer(lean(Objects.requireNonNull(message, "message")));
    drain();
  }

  /** A buffer pins little more than it holds while it waits; other values are the application's. */
  @SuppressWarnings("unchecked") // the values of the codec of buffers are buffers
  private T lean(T message) {
    return ofBuffers ? (T) Pinned.compact((ByteBuf) message) : message;
  }

  @Override
  public void onError(Throwable error) {
    upstreamError = Objects.requireNonNull(error, "error");
    upstreamDone = true;
    drain();
  }

  @Override
  public void onComplete() {
    upstreamDone = true;
    drain();
  }

  // From the one who waits

  /** Nothing to do: there is no value to ask for. */
  @Override
  public void request(long n) {
    Operators.validate(n);
  }

  @Override
  public void cancel() {
    cancelled = true;
    drain();
  }

  // The drain

  /** Does what there is to do, or lets the thread do it that is at it. Any thread. */
  void drain() {
    if (work.getAndIncrement() == 0) {
      begin();
    }
  }

  /** The one who waits has its subscription: it may hear of the end. */
  void begin() {
    int missed = 1;
    do {
      step();
      missed = work.addAndGet(-missed);
    } while (missed != 0);
  }

  private void step() {
    // Read first: whatever was said before the end has been said when this is set.
    StreamEnd end = side.end();
    if (phase != Phase.FINISHED && cancelled) {
      cancelledHere();
    }
    if (phase == Phase.SENDING) {
      boolean last = upstreamDone;
      if (sendQueued()) {
        if (last) {
          publisherEnded();
        } else if (end == null) {
          requestMore();
        }
      }
    }
    if (phase == Phase.COMPLETING && !complete && side.doneSequence() >= lastSequence) {
      finish(null);
    }
    if (phase != Phase.FINISHED && end != null) {
      finish(causeOf(end));
    }
    if (phase == Phase.FINISHED) {
      cancelUpstream(); // which may have come only now
      discardQueue();
    }
  }

  /** Hands over what is queued; returns true if all of it was taken, and the phase is the same. */
  private boolean sendQueued() {
    while (true) {
      if (head == null && !encodeNext()) {
        return phase == Phase.SENDING;
      }
      ByteBuf message = Objects.requireNonNull(head);
      int size = message.readableBytes();
      // Ended here, though what waits for room in the sink may still be before the end.
      boolean ended = side.isEndedHere();
      if (!ended && reliable && !side.waiters().admits(turn)) {
        return false; // woken when it is its turn
      }
      EnqueueResult result;
      try {
        result =
            ended ? EnqueueResult.TERMINATED : stream.enqueueMessage(message, headOptions, null);
      } catch (RuntimeException failure) { // it was released, or its options are not allowed
        if (message.refCnt() == 0) {
          head = null;
          headItem = null;
        }
        finish(failure);
        return false;
      }
      switch (result) {
        case OK -> {
          head = null;
          headItem = null;
          taken++;
          sizeEstimate = Math.max(Math.max(1, size), sizeEstimate - sizeEstimate / 8);
          if (reliable) {
            side.emitted();
            side.waiters().end(turn);
          }
        }
        case OVERFLOW -> {
          if (reliable) {
            return false; // the stream will tell when there is room
          }
          taken++;
          discardHead();
        }
        case TOO_LARGE -> {
          finish(side.tooLarge(size));
          return false;
        }
        case CANCELLED -> {
          finish(null);
          return false;
        }
        case TERMINATED -> {
          refused();
          return false;
        }
      }
    }
  }

  private boolean encodeNext() {
    T item = queue.poll();
    if (item == null) {
      return false;
    }
    if (taken == requested) {
      discard(item);
      finish(Exceptions.failWithOverflow("The publisher emitted more than was requested of it"));
      return false;
    }
    try {
      headOptions = Objects.requireNonNull(optionsOf.apply(item), "options of a message");
    } catch (Throwable failure) {
      Failures.throwIfFatal(failure);
      discard(item);
      finish(failure);
      return false;
    }
    try {
      head = Objects.requireNonNull(codec.encode(item, ByteBufAllocator.DEFAULT), "encoded value");
      headItem = item;
      return true;
    } catch (Throwable failure) {
      Failures.throwIfFatal(failure);
      if (!(item instanceof ReferenceCounted)) { // else the codec's
        discard(item);
      }
      finish(failure);
      return false;
    }
  }

  private void requestMore() {
    Subscription publisher = upstream;
    if (publisher == null) {
      return;
    }
    if (!reliable) {
      // Less would keep messages waiting at the publisher that should be dropped or replaced here.
      if (requested == 0) {
        requested = Long.MAX_VALUE;
        publisher.request(Long.MAX_VALUE);
      }
      return;
    }
    long outstanding = requested - taken;
    if (outstanding > batch / 4) {
      return; // the publisher has enough to do; its next message leads here again
    }
    long more = Math.min(batch - outstanding, roomForBytes(outstanding));
    if (more > 0) {
      more = side.reserve(more, options.prefetch());
    }
    if (more > 0) {
      requested += more;
      batch = Math.min(options.maxBatch(), batch * 2);
      publisher.request(more);
    }
  }

  /**
   * How many more messages of the size seen lately the queue has room for. One, of any size, as
   * long as nothing is under way and the queue is not full: so a large message waits for room here,
   * and never for ever.
   */
  private long roomForBytes(long outstanding) {
    long free = stream.flow().maxQueuedBytes() - stream.queuedBytes();
    long more = free / sizeEstimate - outstanding;
    return more > 0 ? more : free > 0 && outstanding == 0 ? 1 : 0;
  }

  private void publisherEnded() {
    Throwable error = upstreamError;
    if (error != null) {
      finish(error);
      return;
    }
    phase = Phase.COMPLETING;
    giveBack();
    lastSequence = taken == 0 ? 0 : stream.emittedSequence();
    if (complete) {
      side.tryComplete();
    }
  }

  private void refused() {
    if (side.isEndedHere()) {
      finish(OutboundSide.terminated());
    } else {
      phase = Phase.REFUSED; // the event that tells why is on its way
      side.waiters().end(turn);
      cancelUpstream();
    }
  }

  private @Nullable Throwable causeOf(StreamEnd end) {
    if (end.reason() == BusCompletionReason.CANCELLED) {
      return null;
    }
    if (end.reason() == BusCompletionReason.COMPLETED) {
      return phase == Phase.COMPLETING ? null : OutboundSide.terminated();
    }
    return new StreamException(end);
  }

  private void cancelledHere() {
    boolean cutShort = complete && phase == Phase.SENDING;
    end();
    if (cutShort) {
      // The other side must not take what it has for the whole.
      side.tryError(Failures.NO_CODE, "the sender was cancelled before it had completed");
    }
  }

  private void finish(@Nullable Throwable cause) {
    if (cause != null && complete && phase == Phase.SENDING && side.end() == null) {
      // The other side must not wait for the rest, nor take what it has for the whole.
      side.tryError(Failures.NO_CODE, Failures.text(cause));
    }
    end();
    if (cancelled) {
      return; // nobody waits any more
    }
    if (cause != null) {
      actual.onError(cause);
    } else {
      actual.onComplete();
    }
  }

  private void end() {
    phase = Phase.FINISHED;
    cancelUpstream();
    side.remove(this);
    side.waiters().end(turn);
    discardHead();
    discardQueue();
    giveBack();
  }

  /** What was requested and will not come may be requested by others. */
  private void giveBack() {
    long unused = requested - taken;
    requested = taken;
    if (reliable) {
      side.giveBack(unused);
    }
  }

  private void cancelUpstream() {
    Subscription publisher = upstream;
    if (publisher != null && !upstreamDone) {
      publisher.cancel();
    }
  }

  private void discardQueue() {
    for (T item = queue.poll(); item != null; item = queue.poll()) {
      discard(item);
    }
  }

  private void discardHead() {
    ByteBuf message = head;
    T item = headItem;
    if (message == null || item == null) {
      return;
    }
    head = null;
    headItem = null;
    if (message == item) {
      discard(item);
    } else {
      message.release();
      if (!(item instanceof ReferenceCounted)) { // else it went into the message
        discard(item);
      }
    }
  }

  private void discard(T item) {
    Discards.discard(item, actual.currentContext());
  }
}
