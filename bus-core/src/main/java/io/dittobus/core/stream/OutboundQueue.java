// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Messages that wait to be put on the wire, first in, first out, each with the wish to be
 * acknowledged at once. Owns the buffers. Bounded by who fills it.
 */
final class OutboundQueue {

  private static final int FIRST_CAPACITY = 8;

  private @Nullable ByteBuf[] messages = new ByteBuf[FIRST_CAPACITY];
  private boolean[] ackNow = new boolean[FIRST_CAPACITY];
  private int head;
  private int size;

  void add(ByteBuf message, boolean wantsAckNow) {
    if (size == messages.length) {
      grow();
    }
    int tail = head + size & messages.length - 1;
    messages[tail] = message;
    ackNow[tail] = wantsAckNow;
    size++;
  }

  private void grow() {
    int capacity = messages.length;
    @Nullable ByteBuf[] moreMessages = new ByteBuf[capacity * 2];
    boolean[] moreAckNow = new boolean[capacity * 2];
    for (int i = 0; i < size; i++) {
      int from = head + i & capacity - 1;
      moreMessages[i] = messages[from];
      moreAckNow[i] = ackNow[from];
    }
    messages = moreMessages;
    ackNow = moreAckNow;
    head = 0;
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  ByteBuf peek() {
    ByteBuf first = messages[head];
    if (size == 0 || first == null) {
      throw new IllegalStateException("The queue is empty");
    }
    return first;
  }

  boolean peekAckNow() {
    return ackNow[head];
  }

  /** Takes the first message out; it belongs to the caller. */
  ByteBuf poll() {
    ByteBuf first = peek();
    messages[head] = null;
    head = head + 1 & messages.length - 1;
    size--;
    return first;
  }

  void releaseAll() {
    while (!isEmpty()) {
      release(poll());
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
