// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.outbound;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.reactor.internal.Discards;
import io.dittobus.reactor.internal.Failures;
import io.dittobus.reactor.internal.Pinned;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;
import reactor.util.context.Context;

/**
 * Emissions that found no room and wait for it: first come, first served, as many as {@code
 * maxWaiters} allows, with no more bytes than {@code maxQueuedBytes} (one message is always let
 * in), where a message counts for all the memory that it pins. Each ends once: taken over, not
 * sent, or cancelled by the one who waits.
 *
 * <p>Senders of publishers that have a message stand in the same line while somebody waits ({@link
 * Turn}), with one message each: so neither takes every place that becomes free.
 *
 * <p>Any thread. One at a time offers the first to the stream ({@link #drain}), which decides what
 * becomes of one that is cancelled meanwhile. The lock is for the fields below only: neither the
 * stream nor an application is ever called under it, for they may have locks of their own.
 */
final class EmitWaiters {

  /** What a message costs of the bytes that may wait, beside what it pins. */
  private static final int CHARGE_PER_MESSAGE = 32;

  private final OutboundSide side;
  private final DittoBusStream stream;
  private final AtomicInteger work = new AtomicInteger();

  // Guarded by this.
  private final ArrayDeque<InLine> line = new ArrayDeque<>(0);
  private long waitingBytes;
  private @Nullable Waiter offered;
  private @Nullable Runnable onceEmpty;

  /** Whether somebody has waited since it was last said that nobody does. */
  private boolean waited;

  // Read without the lock.
  private volatile int size; // emissions
  private volatile boolean isLine;

  EmitWaiters(OutboundSide side, DittoBusStream stream) {
    this.side = side;
    this.stream = stream;
  }

  /** Whether no emission waits. */
  boolean isEmpty() {
    return size == 0;
  }

  /**
   * Lets a message wait, which belongs to this from here on.
   *
   * @param result told how it ended; its cancellation takes the message back unless it was taken
   */
  void add(ByteBuf message, MessageOptions options, MonoSink<Void> result) {
    FlowOptions flow = stream.flow();
    boolean fits = hasRoom(Waiter.charge(Pinned.compactBytes(message)), flow); // before a copy
    Waiter waiter = new Waiter(fits ? Pinned.compact(message) : message, options, result);
    if (!fits || !enter(waiter, flow)) {
      waiter.refuse(
          new DittoBusException(
              ErrorCode.OVERFLOW,
              "Credit and queue are used up, and as many wait as may (maxWaiters "
                  + flow.maxWaiters()
                  + ", maxQueuedBytes "
                  + flow.maxQueuedBytes()
                  + ")"));
      return;
    }
    result.onCancel(() -> cancel(waiter));
    drain();
  }

  private synchronized boolean hasRoom(long charge, FlowOptions flow) {
    boolean fits = size == 0 || waitingBytes + charge <= flow.maxQueuedBytes();
    return size < flow.maxWaiters() && fits;
  }

  private synchronized boolean enter(Waiter waiter, FlowOptions flow) {
    if (!hasRoom(waiter.charge, flow)) {
      return false;
    }
    line.add(waiter);
    isLine = true;
    waitingBytes += waiter.charge;
    waited = true;
    size++;
    return true;
  }

  private void cancel(Waiter waiter) {
    if (takeBack(waiter)) {
      waiter.discard();
    }
    drain(); // what comes next may be smaller, or there is nothing left to wait for
  }

  /** Returns false if it is being offered (and may come back from there), or has ended. */
  private synchronized boolean takeBack(Waiter waiter) {
    if (waiter == offered) {
      waiter.cancelled = true;
      return false;
    }
    return leave(waiter);
  }

  private synchronized boolean leave(Waiter waiter) {
    if (!line.remove(waiter)) {
      return false;
    }
    isLine = !line.isEmpty();
    waitingBytes -= waiter.charge;
    size--;
    return true;
  }

  /**
   * Whether a sender may offer its message to the stream. If not, others wait, and it is in line
   * behind them; it is woken when it is first.
   */
  boolean admits(Turn turn) {
    return !isLine || isFirst(turn);
  }

  private synchronized boolean isFirst(Turn turn) {
    if (line.isEmpty()) {
      return true;
    }
    if (!turn.inLine) {
      turn.inLine = true;
      line.add(turn);
    }
    return line.peek() == turn;
  }

  /** A sender's message was taken over, or will not be: the turn is over, if it had one. */
  void end(Turn turn) {
    if (turn.inLine) {
      leave(turn);
      drain();
    }
  }

  private synchronized void leave(Turn turn) {
    turn.inLine = false;
    line.remove(turn);
    isLine = !line.isEmpty();
  }

  /**
   * Runs this, once, when no emission waits any more, and after what else is to be run then. At
   * once if none does.
   */
  void onceEmpty(Runnable task) {
    synchronized (this) {
      Runnable before = onceEmpty;
      onceEmpty =
          before == null
              ? task
              : () -> {
                before.run();
                task.run();
              };
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
      Waiter next = beginOffer();
      while (next != null) {
        boolean over = next.offer();
        if (!endOffer(next, over)) {
          break; // first again when there is room
        }
        side.shield(next::tellOutcome);
        next = beginOffer();
      }
      Runnable task = takeOnceEmpty();
      if (task != null) {
        side.shield(task);
      } else if (takeWaited()) {
        side.writableAgain();
      }
      Turn turn = firstTurn();
      if (turn != null) {
        side.shield(turn.wake);
      }
      missed = work.addAndGet(-missed);
    } while (missed != 0);
  }

  private synchronized @Nullable Waiter beginOffer() {
    offered = line.peek() instanceof Waiter first ? first : null;
    return offered;
  }

  private synchronized @Nullable Turn firstTurn() {
    return line.peek() instanceof Turn first ? first : null;
  }

  /** Whether it waits no longer: the offer had an outcome, or it was cancelled meanwhile. */
  private synchronized boolean endOffer(Waiter waiter, boolean over) {
    offered = null;
    return (over || waiter.cancelled) && leave(waiter);
  }

  private synchronized @Nullable Runnable takeOnceEmpty() {
    Runnable task = size == 0 ? onceEmpty : null;
    if (task != null) {
      onceEmpty = null;
    }
    return task;
  }

  /** Whether no emission waits any more, and one did. */
  private synchronized boolean takeWaited() {
    boolean noLonger = waited && size == 0;
    if (noLonger) {
      waited = false;
    }
    return noLonger;
  }

  /** Who may stand in the line. */
  private sealed interface InLine permits Turn, Waiter {}

  /** The place of one sender, which keeps its message itself. */
  static final class Turn implements InLine {
    private final Runnable wake;

    /** Changed under the lock, by the drain of its sender only. */
    private boolean inLine;

    /**
     * The place of a sender that does not stand in line.
     *
     * @param wake called, on any thread, when it is first, and again whenever there may be room
     */
    Turn(Runnable wake) {
      this.wake = wake;
    }
  }

  private final class Waiter implements InLine {
    private final ByteBuf message;
    private final MessageOptions options;
    private final MonoSink<Void> result;
    private final int bytes;
    private final long charge;

    /** Cancelled while it was being offered. Guarded by the lock, until it has left. */
    private boolean cancelled;

    // Of the one who offers it.
    private boolean taken;
    private @Nullable Throwable failure;

    Waiter(ByteBuf message, MessageOptions options, MonoSink<Void> result) {
      this.message = message;
      this.options = options;
      this.result = result;
      this.bytes = message.readableBytes();
      this.charge = charge(Pinned.bytes(message));
    }

    static long charge(long pinnedBytes) {
      return pinnedBytes + CHARGE_PER_MESSAGE;
    }

    /** Returns false if it has to go on waiting. */
    boolean offer() {
      try {
        EnqueueResult answer = stream.enqueueMessage(message, options, null);
        if (answer == EnqueueResult.OVERFLOW && side.end() == null) {
          return false;
        }
        taken = answer == EnqueueResult.OK;
        failure = failureOf(answer);
      } catch (Throwable notTaken) { // it was released, or its options are not allowed
        Failures.throwIfFatal(notTaken);
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

    /** It has left. If it was cancelled, nobody wants to hear of it. */
    void tellOutcome() {
      Throwable cause = failure;
      if (taken) {
        result.success();
      } else if (cancelled || cause == null) {
        discard();
      } else {
        refuse(cause);
      }
    }

    void refuse(Throwable cause) {
      discard();
      result.error(cause);
    }

    void discard() {
      Discards.discard(message, Context.of(result.contextView()));
    }
  }
}
