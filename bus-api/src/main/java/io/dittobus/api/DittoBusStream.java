// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api;

import io.dittobus.api.options.AckMode;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.EnqueueResult;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One symmetric, bidirectional, message-oriented stream with one peer. Its events go to the {@link
 * DittoBusStreamCallback} given to {@link #start}.
 *
 * <p>All methods may be called from any thread and never block. Each direction ends on its own: the
 * outbound by {@link #complete}, {@link #error} or the remote's cancel, the inbound by the remote's
 * completion or error or by {@link #cancel} or {@link #failInbound}. The stream is over when both
 * have.
 *
 * <p>Messages have sequences, counted from 1 in each direction, given when they are emitted.
 */
public interface DittoBusStream {

  /** The stream's id, an unsigned number, unique among the streams with this peer. */
  long streamID();

  /** The peer at the other end. */
  DittoAddress peer();

  /** What the stream is for. */
  String label();

  /** What the other side sent with the opening (or with its acceptance). */
  Metadata remoteMetadata();

  /** What is promised for its messages. */
  ReliabilityMode reliability();

  /** The bounds of this end. */
  FlowOptions flow();

  /** Largest message that may be enqueued, in bytes: what the peer takes. */
  int maxMessageSize();

  /**
   * Where the callbacks of this stream run, one at a time. A task given to it runs there too,
   * serially with them. Which thread that is may change when a link changes.
   */
  Executor executor();

  /**
   * Begins to deliver events, including those that happened before.
   *
   * @throws IllegalStateException if the stream was started before
   */
  void start(DittoBusStreamCallback callback, AckMode ackMode);

  // Outbound

  /** Whether a message would be taken now, as far as is known here. */
  boolean isReady();

  /**
   * Enqueues a message. On {@link EnqueueResult#OK} the buffer belongs to the bus, which releases
   * it; on any other result it stays the caller's.
   */
  default EnqueueResult enqueueMessage(ByteBuf message) {
    return enqueueMessage(message, null);
  }

  /**
   * Enqueues a message and asks the remote side to acknowledge it at once.
   *
   * @param callback told once how it ended; never called unless the result is {@link
   *     EnqueueResult#OK}
   */
  EnqueueResult enqueueMessage(ByteBuf message, @Nullable MessageCallback callback);

  /** Sequence of the last message emitted here, 0 if none. */
  long emittedSequence();

  /**
   * Messages that the remote side has allowed on this stream so far, in all: the absolute credit.
   * Grows only. {@code Long.MAX_VALUE} if unbounded.
   */
  long grantedMessages();

  /** Bytes of the messages that wait here, not yet on the wire. */
  long queuedBytes();

  /** Ends the outbound direction: what is enqueued is sent, then the other side sees the end. */
  void complete();

  /**
   * Ends the outbound direction with an error: what is not on the wire is dropped, and the other
   * side fails at once.
   *
   * @param code the application's own
   * @param text a line for people; escaped and cut to 512 bytes of UTF-8 on the way
   */
  void error(long code, String text);

  // Inbound

  /**
   * Asks for n more messages; demand adds up, and {@code Long.MAX_VALUE} is unbounded.
   *
   * @throws IllegalArgumentException if n is below 1
   */
  void request(long n);

  /**
   * Acknowledges one message, in any order. Only in {@link AckMode#MANUAL}; a second time is
   * without effect.
   */
  void acknowledge(long messageSequence);

  /** Acknowledges every message up to this one. Only in {@link AckMode#MANUAL}. */
  void acknowledgeUpTo(long messageSequence);

  /** Ends the inbound direction: nothing more is delivered, and the other side is told. */
  void cancel();

  /**
   * Ends the inbound direction as one whose receiver has failed: nothing more is delivered, and the
   * other side is told with an application error. The outbound direction goes on.
   *
   * @param code the application's own
   * @param text a line for people; escaped and cut to 512 bytes of UTF-8 on the way
   */
  void failInbound(long code, String text);

  // Both

  /**
   * Closes the stream in order: completes the outbound direction, asks the other side to complete
   * its own, delivers what is under way as far as it is requested, and cuts what is left at the
   * deadline. If nothing was ever requested, the inbound direction is cancelled at once.
   */
  void close(Duration deadline);

  /** Cuts both directions at once. */
  void dispose();

  /** Cuts both directions at once, and lets both fail with an application error. */
  void fail(long code, String text);
}
