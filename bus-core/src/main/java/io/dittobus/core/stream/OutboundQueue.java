// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.core.flow.Charge;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Messages that wait to be put on the wire, first in, first out. Owns the buffers. Bounded by who
 * fills it. Its entries are used again and again, so that none is made per message.
 */
final class OutboundQueue {

  private static final int FIRST_CAPACITY = 8;

  /** One message that waits. */
  static final class Entry {
    private @Nullable ByteBuf message;

    /** Its size when it was put in, whatever becomes of the buffer. */
    private int bytes;

    /** Its sequence. */
    long sequence;

    /** Whether it is to be acknowledged as soon as it is consumed. */
    boolean ackNow;

    /** Whether its bytes begin with metadata. */
    boolean hasMetadata;

    /** What is promised for it. */
    ReliabilityMode mode = ReliabilityMode.RELIABLE;

    /** When it is dropped, or {@link SendHalf#NO_DEADLINE}. */
    long deadlineNanos;

    ByteBuf message() {
      ByteBuf there = message;
      if (there == null) {
        throw new IllegalStateException("No message waits");
      }
      return there;
    }

    long charge() {
      return Charge.of(bytes);
    }

    boolean isExpired(long nowNanos) {
      return deadlineNanos != SendHalf.NO_DEADLINE && nowNanos - deadlineNanos >= 0;
    }
  }

  private @Nullable Entry[] entries = new Entry[FIRST_CAPACITY];
  private int head;
  private int size;
  private long charge;

  /** Adds a message at the end; the caller fills in the rest of the entry. */
  Entry add(ByteBuf message) {
    if (size == entries.length) {
      grow();
    }
    int tail = head + size & entries.length - 1;
    Entry entry = entries[tail];
    if (entry == null) {
      entry = new Entry();
      entries[tail] = entry;
    }
    entry.message = message;
    entry.bytes = message.readableBytes();
    size++;
    charge += entry.charge();
    return entry;
  }

  private void grow() {
    int capacity = entries.length;
    @Nullable Entry[] more = new Entry[capacity * 2];
    for (int i = 0; i < size; i++) {
      more[i] = entries[head + i & capacity - 1];
    }
    entries = more;
    head = 0;
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /** What all that wait cost in bytes of credit. */
  long charge() {
    return charge;
  }

  /** The first entry; good until it is taken out. */
  Entry first() {
    return entry(0);
  }

  /** The last entry; good until it is taken out. */
  Entry last() {
    return entry(size - 1);
  }

  private Entry entry(int place) {
    Entry entry = place < 0 || place >= size ? null : entries[head + place & entries.length - 1];
    if (entry == null) {
      throw new IllegalStateException("The queue is empty");
    }
    return entry;
  }

  /** Takes the first message out; it belongs to the caller. */
  ByteBuf pollFirst() {
    Entry entry = first();
    head = head + 1 & entries.length - 1;
    return taken(entry);
  }

  /** Takes the last message out; it belongs to the caller. */
  ByteBuf pollLast() {
    return taken(last());
  }

  private ByteBuf taken(Entry entry) {
    ByteBuf message = entry.message();
    size--;
    charge -= entry.charge();
    entry.message = null;
    return message;
  }

  /** What is told of each entry that is taken out. */
  interface Removal {
    /** The message belongs to this now. */
    void removed(long sequence, ByteBuf message);
  }

  /** Takes out all messages whose time is over, in order. */
  void removeExpired(long nowNanos, Removal removal) {
    removeIf((entry, isLast) -> entry.isExpired(nowNanos), removal);
  }

  /** Takes out all messages that do not wait for a link, in order. */
  void removeWithoutLink(Removal removal) {
    removeIf(
        (entry, isLast) ->
            switch (entry.mode) {
              case RELIABLE -> false;
              case UNRELIABLE -> true;
              case UNRELIABLE_SEQUENCED -> !isLast;
            },
        removal);
  }

  private interface Choice {
    boolean goes(Entry entry, boolean isLast);
  }

  private void removeIf(Choice choice, Removal removal) {
    int kept = 0;
    int all = size;
    for (int i = 0; i < all; i++) {
      int from = head + i & entries.length - 1;
      Entry entry = entry(i);
      if (choice.goes(entry, i == all - 1)) {
        charge -= entry.charge();
        ByteBuf message = entry.message();
        entry.message = null;
        removal.removed(entry.sequence, message);
      } else {
        int to = head + kept & entries.length - 1;
        entries[from] = entries[to]; // keeps the spare entry
        entries[to] = entry;
        kept++;
      }
    }
    size = kept;
  }

  /** The earliest deadline of those that wait, or {@link SendHalf#NO_DEADLINE}. */
  long earliestDeadlineNanos() {
    long earliest = SendHalf.NO_DEADLINE;
    for (int i = 0; i < size; i++) {
      earliest = SendHalf.earlier(earliest, entry(i).deadlineNanos);
    }
    return earliest;
  }

  void releaseAll() {
    while (!isEmpty()) {
      release(pollFirst());
    }
  }

  /**
   * Releases a message, unless its sender has, who should not: the others are to be released too.
   */
  static void release(ByteBuf message) {
    if (message.refCnt() > 0) {
      message.release();
    }
  }
}
