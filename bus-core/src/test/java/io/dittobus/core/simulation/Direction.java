// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.DropCause;
import io.dittobus.core.flow.Charge;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.MessageHead;
import io.dittobus.core.stream.DropLog;
import io.dittobus.core.stream.SendHalf;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an all-knowing observer knows of one direction of a stream: what was emitted, dropped, asked
 * for, delivered, consumed and told. It is the model that the sessions are held against.
 */
final class Direction {

  /** A message: its payload follows from the tag of the direction, its sequence and its size. */
  private record Message(int size, Metadata metadata, long deadlineNanos) {
    int bytes() {
      return size + (metadata.isEmpty() ? 0 : MessageHead.size(metadata));
    }
  }

  final ReliabilityMode mode;
  private final long tag;
  private final List<Message> messages = new ArrayList<>();
  private final BitSet dropped = new BitSet();
  private final BitSet deliveredSet = new BitSet();
  private final BitSet consumedSet = new BitSet();
  long requested;
  int prefetch;

  /** Messages delivered, and the sequence of the last one. */
  long delivered;

  long lastDelivered;

  /** Messages of those delivered that are consumed without a gap, and the sequence of the last. */
  long consumedPrefix;

  long consumedSequence;
  long consumedOffset;
  long ackedTold;
  long writtenTold;
  boolean completed;
  boolean cut;

  /** Whether the first message had no place in OPEN, so that it waits for credit in any mode. */
  boolean firstWaits;

  /** Whether the first message went within OPEN, for which no credit of the stream is needed. */
  boolean opensWithMessage;

  @Nullable EndCause outboundEnd;
  @Nullable EndCause inboundEnd;

  Direction(long tag, ReliabilityMode mode) {
    this.tag = tag;
    this.mode = mode;
  }

  long emitted() {
    return messages.size();
  }

  long droppedMessages() {
    return dropped.cardinality();
  }

  boolean isDelivered(long sequence) {
    return deliveredSet.get((int) sequence);
  }

  boolean isExpired(long sequence) {
    return isDropped(sequence) && message(sequence).deadlineNanos != SendHalf.NO_DEADLINE;
  }

  boolean isDropped(long sequence) {
    return dropped.get((int) sequence);
  }

  private Message message(long sequence) {
    return messages.get((int) sequence - 1);
  }

  /** The next message, with its metadata before its payload. */
  ByteBuf emit(int size, boolean withMetadata, long deadlineNanos, ByteBufAllocator allocator) {
    long sequence = messages.size() + 1L;
    Metadata metadata =
        withMetadata ? Metadata.of("sequence", Long.toString(sequence)) : Metadata.empty();
    Message next = new Message(size, metadata, deadlineNanos);
    messages.add(next);
    ByteBuf bytes = allocator.buffer(next.bytes(), next.bytes());
    if (withMetadata) {
      MessageHead.write(bytes, metadata);
    }
    for (int i = 0; i < size; i++) {
      bytes.writeByte(byteAt(sequence, i));
    }
    return bytes;
  }

  private byte byteAt(long sequence, int index) {
    return (byte) (tag * 31 + sequence * 7 + index * 13L + (index >> 8));
  }

  void request(long n) {
    long sum = requested + n;
    requested = sum < 0 ? Long.MAX_VALUE : sum;
  }

  /** Messages that may be on the wire, in all. */
  long allowedMessages() {
    long sum = requested + prefetch;
    return sum < 0 ? Long.MAX_VALUE : Math.max(sum, opensWithMessage ? 1 : 0);
  }

  /** Charge of the first messages that were not dropped. */
  long chargeOf(long count) {
    long charge = 0;
    long counted = 0;
    for (long sequence = 1; sequence <= emitted() && counted < count; sequence++) {
      if (!isDropped(sequence)) {
        charge += Charge.of(message(sequence).bytes());
        counted++;
      }
    }
    return charge;
  }

  /** The sender says that it has dropped messages. */
  void dropped(DropLog.Run run, SendHalf send, long now, boolean linkIsDown) {
    Check.that(!mode.isReliable(), "message %d of a reliable stream was dropped", run.first());
    for (long sequence = run.first(); sequence <= run.last(); sequence++) {
      Check.that(sequence <= emitted(), "message %d was dropped before its emission", sequence);
      Check.that(!isDropped(sequence), "message %d was dropped twice", sequence);
      Check.that(sequence > send.written(), "message %d was dropped once written", sequence);
      checkCause(sequence, run.cause(), send, now, linkIsDown);
      dropped.set((int) sequence);
    }
  }

  private void checkCause(
      long sequence, DropCause cause, SendHalf send, long now, boolean linkIsDown) {
    Message message = message(sequence);
    switch (cause) {
      case NO_CREDIT -> {
        Check.that(mode == ReliabilityMode.UNRELIABLE, "dropped for want of credit in %s", mode);
        boolean hasMessages = send.credit().availableMessages() > send.waiting();
        boolean hasBytes =
            send.credit().availableBytes() - unconsumedCharge(sequence)
                >= Charge.of(message.bytes());
        Check.that(!hasMessages || !hasBytes, "message %d was dropped despite credit", sequence);
      }
      case REPLACED -> {
        Check.that(mode == ReliabilityMode.UNRELIABLE_SEQUENCED, "replaced in %s", mode);
        Check.that(sequence < emitted(), "message %d was replaced by none", sequence);
      }
      case EXPIRED -> {
        boolean due =
            message.deadlineNanos != SendHalf.NO_DEADLINE && now - message.deadlineNanos >= 0;
        Check.that(due, "message %d expired before its time", sequence);
      }
      case NO_LINK -> Check.that(linkIsDown, "message %d was dropped, with a link", sequence);
      case OVERFLOW, ENDED -> Check.that(false, "a session drops for %s", cause);
    }
  }

  /** Charge of what may be under way or wait before this message. */
  private long unconsumedCharge(long beforeSequence) {
    long charge = 0;
    for (long sequence = consumedSequence + 1; sequence < beforeSequence; sequence++) {
      charge += isDropped(sequence) ? 0 : Charge.of(message(sequence).bytes());
    }
    return charge;
  }

  /** The sender begins a message at this time. */
  void begun(long sequence, long now) {
    long deadline = message(sequence).deadlineNanos;
    Check.that(!isDropped(sequence), "message %d was written once dropped", sequence);
    Check.that(
        deadline == SendHalf.NO_DEADLINE || deadline - now > 0,
        "message %d was written after its time",
        sequence);
  }

  void deliver(long sequence, Metadata metadata, ByteBuf payload) {
    Check.that(inboundEnd == null, "message %d after the inbound end", sequence);
    Check.that(sequence > lastDelivered, "message %d after %d", sequence, lastDelivered);
    Check.that(
        !mode.isReliable() || sequence == lastDelivered + 1,
        "message %d after %d is missing one",
        sequence,
        lastDelivered);
    Check.that(delivered < requested, "message %d delivered without demand", sequence);
    Check.that(sequence <= emitted(), "message %d was never emitted", sequence);
    Check.that(!isDropped(sequence), "message %d was dropped, and delivered", sequence);
    Message message = message(sequence);
    Check.that(metadata.equals(message.metadata), "message %d has other metadata", sequence);
    Check.that(payload.readableBytes() == message.size, "message %d has a wrong size", sequence);
    for (int i = 0; i < message.size; i++) {
      Check.that(
          payload.getByte(payload.readerIndex() + i) == byteAt(sequence, i),
          "message %d is spoilt",
          sequence);
    }
    delivered++;
    lastDelivered = sequence;
    deliveredSet.set((int) sequence);
  }

  void consume(long sequence) {
    consumedSet.set((int) sequence);
    int next = deliveredSet.nextSetBit((int) consumedSequence + 1);
    while (next > 0 && consumedSet.get(next)) {
      consumedPrefix++;
      consumedSequence = next;
      consumedOffset += Charge.of(message(next).bytes());
      next = deliveredSet.nextSetBit(next + 1);
    }
  }

  void consumeUpTo(long sequence) {
    for (int s = (int) consumedSequence + 1; s <= sequence; s++) {
      if (deliveredSet.get(s)) {
        consume(s);
      }
    }
  }

  /** A message that was delivered and is not consumed: the nth of them, if there are as many. */
  long unconsumed(int nth) {
    long found = 0;
    int left = nth;
    for (int s = deliveredSet.nextSetBit(1); s > 0; s = deliveredSet.nextSetBit(s + 1)) {
      if (!consumedSet.get(s)) {
        found = s;
        if (left-- == 0) {
          return found;
        }
      }
    }
    return found;
  }

  void ackTold(long sequence, SendHalf send) {
    Check.that(sequence > ackedTold, "ack %d after ack %d", sequence, ackedTold);
    Check.that(
        sequence <= consumedSequence,
        "ack %d, but only %d were consumed",
        sequence,
        consumedSequence);
    ackedTold = sequence;
    if (!mode.isReliable()) {
      long arrived = deliveredSet.get(0, (int) sequence + 1).cardinality();
      Check.that(
          send.remoteReceived() == arrived,
          "ack %d tells of %d messages, but %d arrived",
          sequence,
          send.remoteReceived(),
          arrived);
    }
  }

  void writtenTold(long sequence) {
    Check.that(sequence >= writtenTold && sequence <= emitted(), "written %d", sequence);
    writtenTold = sequence;
  }

  void outboundEnded(EndCause cause) {
    Check.that(outboundEnd == null, "a second end of the outbound direction");
    outboundEnd = cause;
    if (cause.kind() == EndCause.Kind.COMPLETED) {
      Check.that(completed, "completed, but not by its sender");
      Check.that(
          consumedPrefix == emitted() - droppedMessages(),
          "completed with %d of %d consumed",
          consumedPrefix,
          emitted() - droppedMessages());
    }
  }

  void inboundEnded(EndCause cause) {
    Check.that(inboundEnd == null, "a second end of the inbound direction");
    inboundEnd = cause;
    if (cause.kind() == EndCause.Kind.COMPLETED) {
      Check.that(completed, "completed, but not by its sender");
      Check.that(
          delivered == emitted() - droppedMessages(),
          "completed with %d of %d delivered",
          delivered,
          emitted() - droppedMessages());
    }
  }
}
