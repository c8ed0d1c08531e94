// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.core.flow.Charge;
import io.dittobus.core.frame.MessageHead;
import io.dittobus.core.frame.SingleResult;
import io.dittobus.core.stream.SendHalf;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The single messages of one side: those that it sends, with what each must come to, and those that
 * it has got and is not done with.
 */
final class SingleTraffic {

  /** One message, as an all-knowing observer knows it. */
  static final class Sent {
    final int id;
    final boolean reliable;
    final int size;
    final long deadlineNanos;
    boolean written;
    boolean arrived;
    @Nullable SingleResult atReceiver;
    @Nullable BusSingleSendResult result;

    Sent(int id, boolean reliable, int size, long deadlineNanos) {
      this.id = id;
      this.reliable = reliable;
      this.size = size;
      this.deadlineNanos = deadlineNanos;
    }

    /** At most: its head has fewer than 100 bytes. */
    long charge() {
      return Charge.of(size + 100L);
    }

    byte byteAt(int index) {
      return (byte) (id * 17 + index * 5 + (index >> 8));
    }

    @Override
    public String toString() {
      return (reliable ? "reliable " : "unreliable ") + id;
    }
  }

  private record Got(long number, Sent sent) {}

  private final Side side;
  private final Simulation simulation;
  final List<Sent> sent = new ArrayList<>();
  private final List<Got> open = new ArrayList<>();
  private int lastArrived;

  SingleTraffic(Side side, Simulation simulation) {
    this.side = side;
    this.simulation = simulation;
  }

  // Sending

  void send(Random random, ByteBufAllocator allocator, int maxSize) {
    boolean reliable = random.nextInt(3) > 0;
    int size = random.nextInt(8) == 0 ? random.nextInt(maxSize) : random.nextInt(300);
    boolean hasDeadline = reliable ? random.nextInt(8) == 0 : random.nextInt(3) == 0;
    long deadline =
        hasDeadline ? simulation.now() + random.nextInt(2_000_000) : SendHalf.NO_DEADLINE;
    Sent message = new Sent(sent.size(), reliable, size, deadline);
    sent.add(message);
    simulation.hit(reliable ? Tally.Hit.SINGLE_RELIABLE : Tally.Hit.SINGLE_UNRELIABLE);
    ByteBuf bytes = allocator.buffer(size + 100);
    String label = "s" + message.id;
    MessageHead.writeSingle(bytes, reliable, label, Metadata.of("id", label));
    for (int i = 0; i < size; i++) {
      bytes.writeByte(message.byteAt(i));
    }
    side.call(() -> side.session.sendSingle(bytes, reliable, deadline, message));
  }

  void written(Sent message) {
    Check.that(!message.written && message.result == null, "%s was written late", message);
    Check.that(
        message.deadlineNanos == SendHalf.NO_DEADLINE
            || message.size > 1000
            || message.deadlineNanos - simulation.now() > 0,
        "%s was written after its time",
        message);
    message.written = true;
  }

  void ended(Sent message, BusSingleSendResult result) {
    Check.that(message.result == null, "%s ended twice", message);
    message.result = result;
    boolean sessionEnded = side.session.isEnded();
    boolean fits =
        switch (result) {
          case DELIVERED -> message.reliable && message.atReceiver == SingleResult.CONSUMED;
          case REFUSED -> message.reliable && message.atReceiver == SingleResult.REFUSED;
          case UNKNOWN ->
              message.reliable && (sessionEnded || message.atReceiver == SingleResult.FAILED);
          case UNREACHABLE -> message.reliable && !message.arrived;
          case TRANSMITTED -> !message.reliable && message.written;
          case DROPPED -> !message.reliable && !message.arrived;
          case TOO_LARGE, OVERFLOW -> false;
        };
    Check.that(fits, "%s ended as %s, at its receiver as %s", message, result, message.atReceiver);
    simulation.hit(
        switch (result) {
          case DELIVERED -> Tally.Hit.SINGLE_DELIVERED;
          case REFUSED -> Tally.Hit.SINGLE_REFUSED;
          case UNKNOWN -> Tally.Hit.SINGLE_UNKNOWN;
          case UNREACHABLE -> Tally.Hit.SINGLE_UNREACHABLE;
          case TRANSMITTED -> Tally.Hit.SINGLE_TRANSMITTED;
          default -> Tally.Hit.SINGLE_DROPPED;
        });
  }

  // Receiving

  void received(long number, MessageHead.Single head, ByteBuf message) {
    int id = Integer.parseInt(head.label().substring(1));
    Sent original = simulation.other(side).singles.sent.get(id);
    Check.that(id >= lastArrived, "%s came after %d", original, lastArrived - 1);
    lastArrived = id + 1;
    Check.that(original.result != BusSingleSendResult.DROPPED, "%s came once dropped", original);
    Check.that(head.reliable() == original.reliable, "%s came otherwise", original);
    Check.that(head.metadata().equals(Metadata.of("id", head.label())), "%s has others", original);
    Check.that(message.readableBytes() == original.size, "%s has a wrong size", original);
    for (int i = 0; i < original.size; i++) {
      byte there = message.getByte(message.readerIndex() + i);
      Check.that(there == original.byteAt(i), "%s is spoilt", original);
    }
    original.arrived = true;
    open.add(new Got(number, original));
    Check.that(
        open.size() <= Simulation.SINGLE_MESSAGES, "%d single messages at a time", open.size());
  }

  private long openBytes() {
    return open.stream().mapToLong(got -> got.sent.charge()).sum();
  }

  boolean hasOpen() {
    return !open.isEmpty();
  }

  /** The application is done with one of those that came. */
  void endOne(Random random) {
    int which = random.nextInt(open.size());
    Got got = open.remove(which);
    if (which > 0) {
      simulation.hit(Tally.Hit.SINGLE_ENDED_OUT_OF_ORDER);
    }
    int dice = random.nextInt(10);
    SingleResult result =
        dice == 0 ? SingleResult.REFUSED : dice == 1 ? SingleResult.FAILED : SingleResult.CONSUMED;
    got.sent.atReceiver = result;
    side.call(() -> side.session.endSingle(got.number, got.sent.reliable, result));
  }

  // Invariants

  /** Nothing moves any more: what can have come, and ended, has. */
  void checkQuiet() {
    SingleTraffic receiver = simulation.other(side).singles;
    boolean mayWait = false;
    for (Sent message : sent) {
      boolean pending = message.result == null;
      Check.that(!pending || message.reliable, "%s neither went nor was dropped", message);
      Check.that(!pending || message.atReceiver == null, "%s has no result", message);
      boolean fits = receiver.openBytes() + message.charge() <= Simulation.SINGLE_BYTES;
      boolean room = receiver.open.size() < Simulation.SINGLE_MESSAGES && fits;
      boolean next = receiver.open.isEmpty();
      mayWait |= pending && !message.arrived && !room && !next; // and so do all behind it
      Check.that(!pending || message.arrived || mayWait, "%s waits though there is room", message);
    }
  }

  /** The session is over: everything has ended. */
  void checkOver() {
    for (Sent message : sent) {
      Check.that(message.result != null, "%s never ended", message);
    }
  }
}
