// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.flow;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which messages of a direction have been consumed, in any order, and how far the contiguous prefix
 * reaches: in messages, and in bytes of charge (FC-4). A ring with a number per message that was
 * received and is not within the prefix; it grows only as far as credit lets messages in.
 */
public final class ConsumptionTracker implements Consumption {

  private static final int FIRST_CAPACITY = 8;

  /** Charges of the messages from {@code consumed + 1} on; negative once consumed out of order. */
  private long @Nullable [] charges;

  private long received;
  private long consumed;
  private long consumedOffset;

  @Override
  public void received(long charge) {
    int waiting = (int) (received - consumed);
    if (charges == null) {
      charges = new long[FIRST_CAPACITY];
    } else if (waiting == charges.length) {
      grow(charges, waiting);
    }
    received++;
    charges[index(received)] = charge;
  }

  private void grow(long[] old, int waiting) {
    long[] larger = new long[Math.multiplyExact(old.length, 2)];
    for (long sequence = consumed + 1; sequence <= consumed + waiting; sequence++) {
      larger[(int) (sequence & (larger.length - 1))] = old[(int) (sequence & (old.length - 1))];
    }
    charges = larger;
  }

  private int index(long sequence) {
    return (int) (sequence & (ring().length - 1));
  }

  private long[] ring() {
    long[] ring = charges;
    if (ring == null) {
      throw new IllegalStateException("Nothing was received");
    }
    return ring;
  }

  /** Returns whether the prefix grew. */
  @Override
  public boolean consume(long sequence) {
    if (sequence < 1 || sequence > received) {
      throw new IllegalArgumentException(
          "Message " + sequence + " was not received; the last one is " + received);
    }
    if (sequence <= consumed) {
      return false;
    }
    long[] ring = ring();
    int index = index(sequence);
    ring[index] = -Math.abs(ring[index]);
    return advance(ring);
  }

  /** Returns whether the prefix grew. */
  @Override
  public boolean consumeUpTo(long sequence) {
    long last = Math.min(sequence, received);
    if (last <= consumed) {
      return false;
    }
    long[] ring = ring();
    for (long s = consumed + 1; s <= last; s++) {
      int index = index(s);
      ring[index] = -Math.abs(ring[index]);
    }
    return advance(ring);
  }

  private boolean advance(long[] ring) {
    long before = consumed;
    while (consumed < received && ring[index(consumed + 1)] < 0) {
      consumed++;
      consumedOffset -= ring[index(consumed)];
    }
    return consumed > before;
  }

  @Override
  public long received() {
    return received;
  }

  @Override
  public long consumed() {
    return consumed;
  }

  /** Messages of the prefix: only it gives room back. */
  @Override
  public long released() {
    return consumed;
  }

  @Override
  public long releasedOffset() {
    return consumedOffset;
  }

  @Override
  public String toString() {
    return "consumed " + consumed + " of " + received + " " + Arrays.toString(charges);
  }
}
