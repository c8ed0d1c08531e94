// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.outbound;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.reactor.internal.Discards;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;
import reactor.util.context.Context;

/**
 * Emissions that found no room and wait for it: first come, first served, as many as {@code
 * maxWaiters} allows, with no more bytes than {@code maxQueuedBytes} (one message is always let
 * in). Each ends once: taken over, not sent, or cancelled by the one who waits.
 *
 * <p>Any thread. One at a time offers the first to the stream ({@link #drain}); the lock keeps a
 * cancellation from coming between the offer and its outcome, and is never held while an
 * application's code runs.
 */
final class EmitWaiters {

  /** What a message costs of the bytes that may wait, beside its own. */
  private static final int CHARGE_PER_MESSAGE = 32;

  private final OutboundSide side;
  private final DittoBusStream stream;
  private final AtomicInteger work = new AtomicInteger();

  // Guarded by this.
  private final ArrayDeque<Waiter> waiting = new ArrayDeque<>(0);
  private long waitingBytes;
  private @Nullable Runnable onceEmpty;

  /** Whether somebody has waited since it was last said that nobody does. */
  private boolean waited;

  /** Read without the lock. */
  private volatile int size;

  EmitWaiters(OutboundSide side, DittoBusStream stream) {
    this.side = side;
    this.stream = stream;
  }

  /** Whether nobody waits. */
  boolean isEmpty() {
    return size == 0;
  }

  /**
   * Lets a message wait, which belongs to this from here on.
   *
   * @param result told how it ended; its cancellation takes the message back unless it was taken
   */
  void add(ByteBuf message, MessageOptions options, MonoSink<Void> result) {
    Waiter waiter = new Waiter(message, options, result);
    if (!enter(waiter)) {
      waiter.refuse(
          new DittoBusException(
              ErrorCode.OVERFLOW,
              "Credit and queue are used up, and as many wait as may (maxWaiters "
                  + stream.flow().maxWaiters()
                  + ", maxQueuedBytes "
                  + stream.flow().maxQueuedBytes()
                  + ")"));
      return;
    }
    result.onCancel(() -> cancel(waiter));
    drain();
  }

  private synchronized boolean enter(Waiter waiter) {
    boolean fits = size == 0 || waitingBytes + waiter.charge() <= stream.flow().maxQueuedBytes();
    if (size >= stream.flow().maxWaiters() || !fits) {
      return false;
    }
    waiting.add(waiter);
    waitingBytes += waiter.charge();
    waited = true;
    size = waiting.size();
    return true;
  }

  private void cancel(Waiter waiter) {
    if (leave(waiter)) {
      waiter.discard();
      drain(); // what comes next may be smaller, or there is nothing left to wait for
    }
  }

  private synchronized boolean leave(Waiter waiter) {
    if (!waiting.remove(waiter)) {
      return false;
    }
    waitingBytes -= waiter.charge();
    size = waiting.size();
    return true;
  }

  /** Runs this, once, when nobody waits any more. At once if nobody does. */
  void onceEmpty(Runnable task) {
    synchronized (this) {
      onceEmpty = task;
    }
    drain();
  }

  /** There may be room, or the direction has ended: offers what waits, in its order. */
  void drain() {
    if (work.getAndIncrement() != 0) {
      return;
    }
    int missed = 1;
    do {
      Waiter next = takeFirst();
      while (next != null) {
        side.shield(next::tellOutcome);
        next = takeFirst();
      }
      Runnable task = takeOnceEmpty();
      if (task != null) {
        task.run();
      } else if (takeWaited()) {
        side.writableAgain();
      }
      missed = work.addAndGet(-missed);
    } while (missed != 0);
  }

  /** The first, if it has an outcome now. */
  private synchronized @Nullable Waiter takeFirst() {
    Waiter first = waiting.peek();
    if (first == null || !first.offer()) {
      return null;
    }
    leave(first);
    return first;
  }

  private synchronized @Nullable Runnable takeOnceEmpty() {
    Runnable task = waiting.isEmpty() ? onceEmpty : null;
    if (task != null) {
      onceEmpty = null;
    }
    return task;
  }

  /** Whether nobody waits any more, and somebody did. */
  private synchronized boolean takeWaited() {
    boolean noLonger = waited && waiting.isEmpty();
    if (noLonger) {
      waited = false;
    }
    return noLonger;
  }

  private final class Waiter {
    private final ByteBuf message;
    private final MessageOptions options;
    private final MonoSink<Void> result;
    private final int bytes;
    private @Nullable RuntimeException failure;

    Waiter(ByteBuf message, MessageOptions options, MonoSink<Void> result) {
      this.message = message;
      this.options = options;
      this.result = result;
      this.bytes = message.readableBytes();
    }

    long charge() {
      return (long) bytes + CHARGE_PER_MESSAGE;
    }

    /** Returns false if it has to go on waiting. */
    boolean offer() {
      try {
        EnqueueResult answer = stream.enqueueMessage(message, options, null);
        if (answer == EnqueueResult.OVERFLOW && side.end() == null) {
          return false;
        }
        failure = failureOf(answer);
      } catch (RuntimeException notTaken) { // it was released, or its options are not allowed
        failure = notTaken;
      }
      return true;
    }

    private @Nullable RuntimeException failureOf(EnqueueResult answer) {
      return switch (answer) {
        case OK -> null;
        case TOO_LARGE -> side.tooLarge(bytes);
        case CANCELLED -> notSent("the other side cancelled it");
        case TERMINATED, OVERFLOW -> notSent("the direction ended");
      };
    }

    private DittoBusException notSent(String why) {
      return new DittoBusException(
          ErrorCode.NOT_SENT, "While the message waited for room " + why + "; it was never sent");
    }

    void tellOutcome() {
      RuntimeException cause = failure;
      if (cause == null) {
        result.success();
      } else {
        refuse(cause);
      }
    }

    void refuse(RuntimeException cause) {
      discard();
      result.error(cause);
    }

    void discard() {
      Discards.discard(message, Context.of(result.contextView()));
    }
  }
}
