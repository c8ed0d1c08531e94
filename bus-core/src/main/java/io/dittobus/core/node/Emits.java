// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.MessageCallback;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.DropCause;
import io.dittobus.api.result.EnqueueResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Where messages of one direction come in from any thread, are accepted or not, and wait for the
 * loop. Nothing is accepted after the direction has ended, and the loop sees everything that was.
 */
sealed interface Emits permits EmitQueue, LossyEmits {

  /** Room around a message that is not worth a copy. */
  int SLACK_BYTES = 512;

  /**
   * The emissions of a direction.
   *
   * @param granted messages that the remote side has granted already
   * @param emitted messages emitted already, which the loop has
   */
  static Emits of(
      ReliabilityMode mode, FlowOptions flow, int maxMessageSize, long granted, long emitted) {
    return mode.isReliable()
        ? new EmitQueue(flow, maxMessageSize, granted, emitted)
        : new LossyEmits(mode, flow, maxMessageSize, granted, emitted);
  }

  // Any thread

  /** Accepts a message, or says why not. */
  EnqueueResult offer(Emission emission);

  /** Whether a small message would be accepted now, and not dropped. If not, that will be told. */
  boolean isReady();

  /**
   * Accepts no more: this side has ended the direction.
   *
   * @return whether it had not ended before
   */
  boolean terminate();

  /** Accepts no more: the remote side has cancelled. */
  void cancel();

  /** Messages emitted so far: the sequence of the last one. */
  long emitted();

  /** Messages that the remote side has granted so far. */
  long granted();

  /** Messages that were emitted and dropped, as far as the loop knows. */
  long dropped();

  /** Charge of the messages that wait. */
  long queuedBytes();

  // The loop

  /** What the loop does with what it takes out. */
  interface Drain {
    /** A message, which belongs to this now. */
    void message(long sequence, Emission emission, boolean crowded);

    /**
     * The messages up to this sequence were dropped already.
     *
     * @param callback who wants to hear of it; only where it is one message
     */
    void dropped(
        long upToSequence, long messages, DropCause cause, @Nullable MessageCallback callback);
  }

  /** Takes out all that there is, in order. */
  void drain(Drain to);

  /** Whether every accepted message has been taken out. */
  boolean isDrained();

  /** The remote side has granted this many messages in all. */
  void grant(long messagesInAll);

  /** Messages were dropped on the loop. */
  void countDropped(long messages);

  /** This much of the charge waits no longer. */
  void release(long bytes);

  /** Nothing waits any more: the direction is over. */
  void releaseAll();

  /** Whether someone has found no room since the last call. */
  boolean takeRoomWanted();

  /**
   * What would pin more than twice its size is copied, so that the bytes that wait are bounded. So
   * is what is made of several parts, as they may.
   */
  static ByteBuf compact(ByteBuf message, int bytes) {
    ByteBuf root = message;
    for (ByteBuf next = root.unwrap(); next != null; next = root.unwrap()) {
      root = next;
    }
    boolean fits = root.capacity() <= 2L * bytes + SLACK_BYTES;
    if (fits && !(root instanceof CompositeByteBuf)) {
      return message;
    }
    ByteBuf copy = null;
    try {
      copy = message.alloc().buffer(bytes, bytes);
      copy.writeBytes(message, message.readerIndex(), bytes);
    } catch (Throwable e) { // no memory, or released by another thread
      if (copy != null) {
        copy.release();
      }
      return message; // its place is taken: it has to come
    }
    message.release();
    return copy;
  }
}
