// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

import org.jspecify.annotations.Nullable;

/**
 * The sequences of the messages of an unreliable direction that arrived: those that are not
 * consumed, and the last one that is. Messages are counted from 1 as they arrive; their sequences
 * only rise.
 */
final class ArrivedSequences {

  private static final int FIRST_CAPACITY = 8;

  private long @Nullable [] ring;
  private long arrived;
  private long forgotten;
  private long consumedSequence;

  /** A message arrived. */
  void add(long sequence) {
    long[] room = roomForOneMore();
    arrived++;
    room[index(room, arrived)] = sequence;
  }

  private long[] roomForOneMore() {
    long[] old = ring;
    if (old == null) {
      old = new long[FIRST_CAPACITY];
    } else if (arrived - forgotten == old.length) {
      long[] larger = new long[Math.multiplyExact(old.length, 2)];
      for (long message = forgotten + 1; message <= arrived; message++) {
        larger[index(larger, message)] = old[index(old, message)];
      }
      old = larger;
    }
    ring = old;
    return old;
  }

  private static int index(long[] ring, long message) {
    return (int) (message & ring.length - 1);
  }

  /** The sequence of a message that is not forgotten, or of the last that is; 0 for none. */
  long sequenceOf(long message) {
    long[] known = ring;
    if (message <= forgotten || known == null) {
      return consumedSequence;
    }
    return known[index(known, message)];
  }

  /** How many messages up to this sequence have arrived, if the first ones are still known. */
  long upTo(long sequence) {
    long low = forgotten;
    long high = arrived;
    while (low < high) {
      long middle = low + (high - low + 1) / 2;
      if (sequenceOf(middle) <= sequence) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** The messages up to this one are consumed: only the last one's sequence is still needed. */
  void consumed(long message) {
    if (message > forgotten) {
      consumedSequence = sequenceOf(message);
      forgotten = message;
    }
  }

  /** The sequence of the last message that was consumed without one missing before it. */
  long consumedSequence() {
    return consumedSequence;
  }
}
