// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

import io.dittobus.core.flow.Charge;
import io.dittobus.core.frame.EndCause;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an all-knowing observer knows of one direction of a stream: what was emitted, asked for,
 * delivered, consumed and told. It is the model that the sessions are held against.
 */
final class Direction {

  private final long tag;
  private final List<Integer> sizes = new ArrayList<>();
  private final BitSet consumedSet = new BitSet();
  long requested;
  int prefetch;
  long delivered;
  long consumedPrefix;
  long consumedOffset;
  long ackedTold;
  long writtenTold;
  boolean completed;
  boolean cut;
  @Nullable EndCause outboundEnd;
  @Nullable EndCause inboundEnd;

  Direction(long tag) {
    this.tag = tag;
  }

  long emitted() {
    return sizes.size();
  }

  /** The next message: its bytes follow from its tag, its sequence and its size. */
  ByteBuf emit(int size, ByteBufAllocator allocator) {
    sizes.add(size);
    ByteBuf message = allocator.buffer(size, size);
    long sequence = sizes.size();
    for (int i = 0; i < size; i++) {
      message.writeByte(byteAt(sequence, i));
    }
    return message;
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
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  /** Charge of the first messages. */
  long chargeOf(long messages) {
    long charge = 0;
    for (int i = 0; i < Math.min(messages, sizes.size()); i++) {
      charge += Charge.of(sizes.get(i));
    }
    return charge;
  }

  void deliver(long sequence, ByteBuf message) {
    Check.that(inboundEnd == null, "message %d after the inbound end", sequence);
    Check.that(sequence == delivered + 1, "message %d delivered after %d", sequence, delivered);
    Check.that(delivered < requested, "message %d delivered without demand", sequence);
    Check.that(sequence <= emitted(), "message %d was never emitted", sequence);
    int size = sizes.get((int) sequence - 1);
    Check.that(message.readableBytes() == size, "message %d has a wrong size", sequence);
    for (int i = 0; i < size; i++) {
      Check.that(
          message.getByte(message.readerIndex() + i) == byteAt(sequence, i),
          "message %d is spoilt",
          sequence);
    }
    delivered = sequence;
  }

  void consume(long sequence) {
    consumedSet.set((int) sequence);
    while (consumedSet.get((int) consumedPrefix + 1)) {
      consumedPrefix++;
      consumedOffset += Charge.of(sizes.get((int) consumedPrefix - 1));
    }
  }

  boolean isConsumed(long sequence) {
    return consumedSet.get((int) sequence);
  }

  void ackTold(long sequence) {
    Check.that(sequence > ackedTold, "ack %d after ack %d", sequence, ackedTold);
    Check.that(
        sequence <= consumedPrefix, "ack %d, but only %d were consumed", sequence, consumedPrefix);
    ackedTold = sequence;
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
          consumedPrefix == emitted(),
          "completed with %d of %d consumed",
          consumedPrefix,
          emitted());
    }
  }

  void inboundEnded(EndCause cause) {
    Check.that(inboundEnd == null, "a second end of the inbound direction");
    inboundEnd = cause;
    if (cause.kind() == EndCause.Kind.COMPLETED) {
      Check.that(completed, "completed, but not by its sender");
      Check.that(delivered == emitted(), "completed with %d of %d delivered", delivered, emitted());
    }
  }
}
