// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.MessageCallback;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.DropCause;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.core.flow.Charge;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The emissions of an unreliable direction: never full, as what finds no room is dropped here. Each
 * message has its sequence from the moment when it is emitted, whatever becomes of it.
 *
 * <p>All that threads share is the newest of a chain of immutable entries, replaced in one
 * compare-and-set: each entry knows the sequence that it reaches. Messages that were dropped one
 * after the other are one entry, so the chain is bounded by the bytes that may wait.
 */
final class LossyEmits implements Emits {

  /** How the direction has ended. */
  private enum End {
    NOT,
    TERMINATED,
    CANCELLED
  }

  /**
   * What was emitted last, and what before.
   *
   * @param sequence of the last message in it
   * @param emission a message that waits; null for what is gone
   * @param messages how many messages were dropped; 0 for a message that waits, and for what the
   *     loop has taken
   * @param callback who wants to hear of the one message that was dropped
   */
  private record Entry(
      @Nullable Entry before,
      long sequence,
      End end,
      @Nullable Emission emission,
      long messages,
      @Nullable DropCause cause,
      @Nullable MessageCallback callback,
      boolean crowded) {

    static Entry taken(long sequence, End end) {
      return new Entry(null, sequence, end, null, 0, null, null, false);
    }

    Entry message(Emission next, boolean isCrowded) {
      return new Entry(this, sequence + 1, end, next, 0, null, null, isCrowded);
    }

    Entry drop(DropCause why, @Nullable MessageCallback awaiting) {
      if (cause == why && callback == null && awaiting == null) {
        return new Entry(before, sequence + 1, end, null, messages + 1, why, null, false);
      }
      return new Entry(this, sequence + 1, end, null, 1, why, awaiting, false);
    }

    Entry ended(End how) {
      return new Entry(before, sequence, how, emission, messages, cause, callback, crowded);
    }

    boolean isEmpty() {
      return emission == null && messages == 0;
    }
  }

  private static final AtomicLongFieldUpdater<LossyEmits> DROPPED =
      AtomicLongFieldUpdater.newUpdater(LossyEmits.class, "dropped");

  private final boolean sequenced;
  private final FlowOptions flow;
  private final int maxMessageSize;
  private final AtomicReference<Entry> newest;

  /** Charge of the messages that are not on the wire. */
  private final AtomicLong queuedBytes = new AtomicLong();

  private volatile long granted;
  private volatile long dropped;
  private volatile boolean roomWanted;

  LossyEmits(
      ReliabilityMode mode, FlowOptions flow, int maxMessageSize, long granted, long emitted) {
    this.sequenced = mode == ReliabilityMode.UNRELIABLE_SEQUENCED;
    this.flow = flow;
    this.maxMessageSize = maxMessageSize;
    this.granted = granted;
    this.newest = new AtomicReference<>(Entry.taken(emitted, End.NOT));
  }

  // Any thread

  @Override
  public EnqueueResult offer(Emission emission) {
    int bytes = emission.size();
    if (bytes > maxMessageSize) {
      return EnqueueResult.TOO_LARGE;
    }
    EnqueueResult answer = answer(newest());
    if (answer != EnqueueResult.OK) {
      return answer;
    }
    boolean hasRoom = reserve(emission.charge());
    if (!hasRoom && !sequenced) {
      return pushDrop(emission);
    }
    // What is put in may be a copy, and must be ready before; the caller's is untouched until then.
    Emission own = emission.with(Emits.compact(emission.message().retain(), bytes));
    answer = hasRoom ? push(own) : pushNewest(own);
    (answer == EnqueueResult.OK ? emission : own).message().release();
    return answer;
  }

  private Entry newest() {
    return Objects.requireNonNull(newest.get());
  }

  private static EnqueueResult answer(Entry now) {
    return switch (now.end) {
      case NOT -> EnqueueResult.OK;
      case TERMINATED -> EnqueueResult.TERMINATED;
      case CANCELLED -> EnqueueResult.CANCELLED;
    };
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

  /** There is room: the message waits. */
  private EnqueueResult push(Emission own) {
    Entry now;
    do {
      now = newest();
      if (now.end != End.NOT) {
        queuedBytes.addAndGet(-own.charge());
        return answer(now);
      }
    } while (!newest.compareAndSet(now, now.message(own, false)));
    return EnqueueResult.OK;
  }

  /** There is no room: the message is dropped. */
  private EnqueueResult pushDrop(Emission emission) {
    Entry now;
    do {
      now = newest();
      if (now.end != End.NOT) {
        return answer(now);
      }
    } while (!newest.compareAndSet(now, now.drop(DropCause.OVERFLOW, emission.callback())));
    emission.message().release();
    return EnqueueResult.OK;
  }

  /**
   * There is no room: the message takes the place of the one before, here, or on the loop if that
   * has it already. So one message more than there is room for waits here at most.
   */
  private EnqueueResult pushNewest(Emission own) {
    queuedBytes.addAndGet(own.charge());
    Entry now;
    Entry next;
    Emission replaced;
    do {
      now = newest();
      if (now.end != End.NOT) {
        queuedBytes.addAndGet(-own.charge());
        return answer(now);
      }
      replaced = now.emission;
      next = replaced == null ? now.message(own, true) : replace(now, replaced, own);
    } while (!newest.compareAndSet(now, next));
    if (replaced != null) {
      queuedBytes.addAndGet(-replaced.charge());
      replaced.message().release();
    }
    return EnqueueResult.OK;
  }

  private static Entry replace(Entry now, Emission replaced, Emission by) {
    return Objects.requireNonNull(now.before)
        .drop(DropCause.REPLACED, replaced.callback())
        .message(by, now.crowded);
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
    Entry now = newest();
    return now.end == End.NOT
        && now.sequence - dropped < granted
        && (bytes <= 0 || bytes + Charge.PER_MESSAGE <= flow.maxQueuedBytes());
  }

  @Override
  public boolean terminate() {
    return end(End.TERMINATED);
  }

  @Override
  public void cancel() {
    end(End.CANCELLED);
  }

  private boolean end(End how) {
    Entry before = newest.getAndUpdate(now -> now.end == End.NOT ? now.ended(how) : now);
    return before.end == End.NOT;
  }

  @Override
  public long emitted() {
    return newest().sequence;
  }

  @Override
  public long granted() {
    return granted;
  }

  @Override
  public long dropped() {
    return dropped;
  }

  @Override
  public long queuedBytes() {
    return Math.max(0, queuedBytes.get());
  }

  // The loop

  @Override
  public void drain(Drain to) {
    if (isDrained()) {
      return;
    }
    Entry last = newest.getAndUpdate(now -> Entry.taken(now.sequence, now.end));
    ArrayDeque<Entry> inOrder = new ArrayDeque<>();
    for (Entry entry = last; entry != null; entry = entry.before) {
      inOrder.push(entry);
    }
    inOrder.forEach(entry -> give(entry, to));
  }

  private static void give(Entry entry, Drain to) {
    Emission emission = entry.emission;
    if (emission != null) {
      to.message(entry.sequence, emission, entry.crowded);
    } else if (entry.cause != null) {
      to.dropped(entry.sequence, entry.messages, entry.cause, entry.callback);
    }
  }

  @Override
  public boolean isDrained() {
    return newest().isEmpty();
  }

  @Override
  public void grant(long messagesInAll) {
    granted = messagesInAll;
  }

  @Override
  public void countDropped(long messages) {
    // In full order with what is asked next, whether someone wants room: lazily set, it might be
    // seen neither by one who asks for room nor its wish here.
    DROPPED.addAndGet(this, messages);
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
