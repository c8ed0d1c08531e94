// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.core.flow.Charge;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The emissions of a reliable direction. A message's sequence is its place in this queue.
 *
 * <p>Acceptance is one compare-and-set on the count of emitted messages and the end of the
 * direction together: nothing is accepted after the end, and the loop knows how many messages it
 * has still to see of those whose threads have been accepted and are about to put them in.
 */
final class EmitQueue implements Emits {

  private static final int CHUNK = 16;

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

  EmitQueue(FlowOptions flow, int maxMessageSize, long granted, long emitted) {
    this.flow = flow;
    this.maxMessageSize = maxMessageSize;
    this.granted = granted;
    this.state.set(emitted << END_BITS);
    this.drained = emitted;
  }

  // Any thread

  @Override
  public EnqueueResult offer(Emission emission) {
    int bytes = emission.size();
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
      ByteBuf own = Emits.compact(emission.message(), bytes);
      queue().offer(emission.isPlain() ? own : emission.with(own));
    }
    return result;
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

  @Override
  public boolean isReady() {
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

  @Override
  public boolean terminate() {
    return end(TERMINATED);
  }

  @Override
  public void cancel() {
    end(CANCELLED);
  }

  private boolean end(long end) {
    long before = state.getAndUpdate(now -> (now & END_MASK) == 0 ? now | end : now);
    return (before & END_MASK) == 0;
  }

  @Override
  public long emitted() {
    return state.get() >>> END_BITS;
  }

  @Override
  public long granted() {
    return granted;
  }

  /** None ever is. */
  @Override
  public long dropped() {
    return 0;
  }

  @Override
  public long queuedBytes() {
    return Math.max(0, queuedBytes.get());
  }

  // The loop

  @Override
  public void drain(Drain to) {
    Emission next;
    while ((next = poll()) != null) {
      to.message(drained, next, false);
    }
  }

  /** The next message, or null. It belongs to the caller. */
  @Nullable Emission poll() {
    MpscUnboundedAtomicArrayQueue<Object> queue = messages;
    Object next = queue == null ? null : queue.poll();
    if (next == null) {
      return null;
    }
    drained++;
    return next instanceof Emission said ? said : Emission.of((ByteBuf) next);
  }

  /** Messages taken out so far: the sequence of the last one. */
  long drained() {
    return drained;
  }

  /**
   * False also while a thread has been accepted and is about to put its message in; it says so
   * afterwards.
   */
  @Override
  public boolean isDrained() {
    return drained == emitted();
  }

  @Override
  public void grant(long messagesInAll) {
    granted = messagesInAll;
  }

  @Override
  public void countDropped(long messages) {
    throw new IllegalStateException("A message of a reliable stream was dropped");
  }

  @Override
  public void release(long bytes) {
    queuedBytes.addAndGet(-bytes);
  }

  @Override
  public void releaseAll() {
    queuedBytes.set(0);
  }

  @Override
  public boolean takeRoomWanted() {
    if (!roomWanted) {
      return false;
    }
    roomWanted = false;
    return true;
  }
}
