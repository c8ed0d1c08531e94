// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.core.session.Session;
import io.dittobus.core.stream.SessionStream;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jctools.queues.atomic.MpscLinkedAtomicQueue;
import org.jspecify.annotations.Nullable;

/**
 * What the application of any thread wants of the inbound direction: more messages, and that those
 * it has consumed are acknowledged. Only counters move; the loop takes them over in one go.
 */
final class InboundDemand {

  @SuppressWarnings("rawtypes") // an updater takes the class of the field, which is raw
  private static final AtomicReferenceFieldUpdater<InboundDemand, @Nullable MpscLinkedAtomicQueue>
      SINGLES =
          AtomicReferenceFieldUpdater.newUpdater(
              InboundDemand.class, MpscLinkedAtomicQueue.class, "singles");

  private final AtomicLong requested = new AtomicLong();
  private final AtomicLong delivered = new AtomicLong();
  private final AtomicLong ackedUpTo = new AtomicLong();

  /** Messages acknowledged out of order. */
  private volatile @Nullable MpscLinkedAtomicQueue<Long> singles;

  // Any thread

  void request(long messages) {
    requested.accumulateAndGet(messages, InboundDemand::saturatedSum);
  }

  private static long saturatedSum(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  /** Messages that were not delivered are not acknowledged, now or later. */
  void acknowledgeUpTo(long sequence) {
    ackedUpTo.accumulateAndGet(Math.min(sequence, delivered.get()), Math::max);
  }

  /** Without effect if the message was not delivered. */
  @SuppressWarnings("unchecked") // an updater knows no type parameters; the field has them
  void acknowledge(long sequence) {
    long upTo = ackedUpTo.get();
    if (sequence <= upTo
        || sequence > delivered.get()
        || sequence == upTo + 1 && ackedUpTo.compareAndSet(upTo, sequence)) {
      return;
    }
    MpscLinkedAtomicQueue<Long> queue = singles;
    if (queue == null) {
      queue = new MpscLinkedAtomicQueue<>();
      if (!SINGLES.compareAndSet(this, null, queue)) {
        queue = SINGLES.get(this);
      }
    }
    queue.offer(sequence);
  }

  // The loop

  /** This message is about to be delivered. */
  void delivering(long sequence) {
    delivered.setRelease(sequence);
  }

  /** Gives the session what has come together. Messages may be delivered from within. */
  void settle(Session session, SessionStream stream) {
    if (stream.acksByHand()) {
      acknowledge(session, stream);
    }
    long messages = takeRequested();
    if (messages > 0) {
      session.request(stream, messages);
    }
  }

  /** What was requested since the last call. */
  long takeRequested() {
    return requested.get() > 0 ? requested.getAndSet(0) : 0;
  }

  /** A message acknowledged out of order, which was not taken before; null if there is none. */
  @Nullable Long takeSingle() {
    MpscLinkedAtomicQueue<Long> queue = singles;
    return queue == null ? null : queue.poll();
  }

  /** Every message up to this one was acknowledged. */
  long ackedUpTo() {
    return ackedUpTo.get();
  }

  private void acknowledge(Session session, SessionStream stream) {
    for (Long single = takeSingle(); single != null; single = takeSingle()) {
      session.acknowledge(stream, single);
    }
    long upTo = ackedUpTo();
    long consumed = stream.receive().credit().consumed();
    if (upTo > consumed) {
      session.acknowledgeUpTo(stream, upTo);
    } else if (upTo < consumed) {
      // So that the next one in order takes the short way again.
      ackedUpTo.accumulateAndGet(consumed, Math::max);
    }
  }
}
