// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.MessageCallback;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.core.flow.Charge;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Where messages come in from any thread, are accepted or not, and wait for the loop. A message's
 * sequence is its place in this queue.
 *
 * <p>Acceptance is one compare-and-set on the count of emitted messages and the end of the
 * direction together: nothing is accepted after the end, and the loop knows how many messages it
 * has still to see of those whose threads have been accepted and are about to put them in.
 */
final class EmitQueue {

  /** A message that someone wants to hear the end of. */
  record Awaited(ByteBuf message, MessageCallback callback) {}

  private static final int CHUNK = 16;

  /** Room around a message that is not worth a copy. */
  private static final int SLACK_BYTES = 512;

  private static final int END_BITS = 2;
  private static final long END_MASK = (1 << END_BITS) - 1;
  private static final long ONE_MESSAGE = 1 << END_BITS;
  private static final long TERMINATED = 1;
  private static final long CANCELLED = 2;

  @SuppressWarnings("rawtypes") // an updater takes the class of the field, which is raw
  private static final AtomicReferenceFieldUpdater<
          EmitQueue, @Nullable MpscUnboundedAtomicArrayQueue>
      MESSAGES =
          AtomicReferenceFieldUpdater.newUpdater(
              EmitQueue.class, MpscUnboundedAtomicArrayQueue.class, "messages");

  private final FlowOptions flow;
  private final int maxMessageSize;

  /** Emitted messages, and in the lowest bits how the direction has ended. */
  private final AtomicLong state = new AtomicLong();

  /** Charge of the messages that are not on the wire. */
  private final AtomicLong queuedBytes = new AtomicLong();

  private volatile @Nullable MpscUnboundedAtomicArrayQueue<Object> messages;
  private volatile long granted;
  private volatile boolean roomWanted;
  private long drained;

  EmitQueue(FlowOptions flow, int maxMessageSize, long granted) {
    this.flow = flow;
    this.maxMessageSize = maxMessageSize;
    this.granted = granted;
  }

  // Any thread

  /** Accepts a message, or says why not. */
  EnqueueResult offer(ByteBuf message, @Nullable MessageCallback callback) {
    if (message.refCnt() == 0) {
      throw new IllegalReferenceCountException("The message was released before it was emitted");
    }
    int bytes = message.readableBytes();
    if (bytes > maxMessageSize) {
      return EnqueueResult.TOO_LARGE;
    }
    EnqueueResult result = accept(Charge.of(bytes));
    if (result == EnqueueResult.OVERFLOW) {
      // Asked again after that is known: room that came in between would not be told.
      roomWanted = true;
      result = accept(Charge.of(bytes));
    }
    if (result == EnqueueResult.OK) {
      ByteBuf own = compact(message, bytes);
      queue().offer(callback == null ? own : new Awaited(own, callback));
    }
    return result;
  }

  /**
   * What would pin more than twice its size is copied, so that the bytes that wait are bounded. So
   * is what is made of several parts, as they may.
   */
  private static ByteBuf compact(ByteBuf message, int bytes) {
    ByteBuf root = message;
    for (ByteBuf next = root.unwrap(); next != null; next = root.unwrap()) {
      root = next;
    }
    boolean fits = root.capacity() <= 2L * bytes + SLACK_BYTES;
    if (fits && !(root instanceof CompositeByteBuf)) {
      return message;
    }
    ByteBuf copy = null;
    try {
      copy = message.alloc().buffer(bytes, bytes);
      copy.writeBytes(message, message.readerIndex(), bytes);
    } catch (Throwable e) { // no memory, or released by another thread
      if (copy != null) {
        copy.release();
      }
      return message; // its place is taken: it has to come
    }
    message.release();
    return copy;
  }

  /**
   * Bytes first, then the place. A thread that has the bytes and gets no place gives them back; the
   * place was taken by a message that still waits, and whose writing will be told to all that found
   * no room.
   */
  private EnqueueResult accept(long charge) {
    long now = state.get();
    EnqueueResult answer = answer(now);
    if (answer != EnqueueResult.OK) {
      return answer;
    }
    if (!reserve(charge)) {
      return EnqueueResult.OVERFLOW;
    }
    while (!state.compareAndSet(now, now + ONE_MESSAGE)) {
      now = state.get();
      answer = answer(now);
      if (answer != EnqueueResult.OK) {
        queuedBytes.addAndGet(-charge);
        return answer;
      }
    }
    return EnqueueResult.OK;
  }

  private EnqueueResult answer(long now) {
    long end = now & END_MASK;
    if (end != 0) {
      return end == CANCELLED ? EnqueueResult.CANCELLED : EnqueueResult.TERMINATED;
    }
    long limit = Charge.saturatedSum(granted, flow.maxQueuedMessages());
    return now >>> END_BITS < limit ? EnqueueResult.OK : EnqueueResult.OVERFLOW;
  }

  private boolean reserve(long charge) {
    long now;
    do {
      now = queuedBytes.get();
      if (now > 0 && now + charge > flow.maxQueuedBytes()) {
        return false;
      }
    } while (!queuedBytes.compareAndSet(now, now + charge));
    return true;
  }

  @SuppressWarnings("unchecked") // an updater knows no type parameters; the field has them
  private MpscUnboundedAtomicArrayQueue<Object> queue() {
    MpscUnboundedAtomicArrayQueue<Object> queue = messages;
    if (queue == null) {
      queue = new MpscUnboundedAtomicArrayQueue<>(CHUNK);
      if (!MESSAGES.compareAndSet(this, null, queue)) {
        queue = MESSAGES.get(this);
      }
    }
    return queue;
  }

  /** Whether a small message would be accepted now. If not, the next room is told. */
  boolean isReady() {
    if (hasRoom()) {
      return true;
    }
    roomWanted = true;
    return hasRoom();
  }

  private boolean hasRoom() {
    long bytes = queuedBytes.get();
    return answer(state.get()) == EnqueueResult.OK
        && (bytes <= 0 || bytes + Charge.PER_MESSAGE <= flow.maxQueuedBytes());
  }

  /**
   * Accepts no more: this side has ended the direction.
   *
   * @return whether it had not ended before
   */
  boolean terminate() {
    return end(TERMINATED);
  }

  /** Accepts no more: the remote side has cancelled. */
  void cancel() {
    end(CANCELLED);
  }

  private boolean end(long end) {
    long before = state.getAndUpdate(now -> (now & END_MASK) == 0 ? now | end : now);
    return (before & END_MASK) == 0;
  }

  /** Messages accepted so far. */
  long emitted() {
    return state.get() >>> END_BITS;
  }

  /** Messages that the remote side has granted so far. */
  long granted() {
    return granted;
  }

  /** Charge of the messages that wait. */
  long queuedBytes() {
    return Math.max(0, queuedBytes.get());
  }

  // The loop

  /** The next message or {@link Awaited}, or null. It belongs to the caller. */
  @Nullable Object poll() {
    MpscUnboundedAtomicArrayQueue<Object> queue = messages;
    Object next = queue == null ? null : queue.poll();
    if (next != null) {
      drained++;
    }
    return next;
  }

  /** Messages polled so far: the sequence of the last one. */
  long drained() {
    return drained;
  }

  /**
   * Whether every accepted message has been polled. False also while a thread has been accepted and
   * is about to put its message in; it says so afterwards.
   */
  boolean isDrained() {
    return drained == emitted();
  }

  /** The remote side has granted this many messages in all. */
  void grant(long messagesInAll) {
    granted = messagesInAll;
  }

  /** This much of the charge waits no longer. */
  void release(long bytes) {
    queuedBytes.addAndGet(-bytes);
  }

  /** Nothing waits any more: the direction is over. */
  void releaseAll() {
    queuedBytes.set(0);
  }

  /** Whether someone has found no room since the last call. */
  boolean takeRoomWanted() {
    if (!roomWanted) {
      return false;
    }
    roomWanted = false;
    return true;
  }
}
