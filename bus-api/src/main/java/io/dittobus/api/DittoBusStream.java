// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api;

import io.dittobus.api.options.AckMode;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.Priority;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.StreamCounts;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
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
   * Whether the calling thread is the one on which the callbacks of this stream run: who waits here
   * for an event of the stream waits for ever.
   */
  boolean isInExecutor();

  /**
   * Begins to deliver events, including those that happened before.
   *
   * @throws IllegalStateException if the stream was started before
   */
  void start(DittoBusStreamCallback callback, AckMode ackMode);

  // Outbound

  /**
   * Whether a message would be taken now, and not be dropped, as far as is known here. If not,
   * {@code streamCreditChanged} tells when that changes.
   */
  boolean isReady();

  /**
   * Enqueues a message. On {@link EnqueueResult#OK} the buffer belongs to the bus, which releases
   * it; on any other result it stays the caller's.
   */
  default EnqueueResult enqueueMessage(ByteBuf message) {
    return enqueueMessage(message, MessageOptions.none(), null);
  }

  /**
   * Enqueues a message and asks the remote side to acknowledge it at once.
   *
   * @param callback told once how it ended; never called unless the result is {@link
   *     EnqueueResult#OK}
   */
  default EnqueueResult enqueueMessage(ByteBuf message, @Nullable MessageCallback callback) {
    return enqueueMessage(message, MessageOptions.none(), callback);
  }

  /**
   * Enqueues a message.
   *
   * <p>In the unreliable modes it is never {@link EnqueueResult#OVERFLOW}: the message gets its
   * sequence, and if it is dropped, {@code streamSendCompleted} and the callback tell why.
   *
   * @param options its metadata and, in the unreliable modes, its time to live
   * @param callback told once how it ended, and asks the remote side to acknowledge it at once;
   *     never called unless the result is {@link EnqueueResult#OK}
   * @throws IllegalArgumentException if a message of a reliable stream has a time to live
   */
  EnqueueResult enqueueMessage(
      ByteBuf message, MessageOptions options, @Nullable MessageCallback callback);

  /** Sequence of the last message emitted here, 0 if none. */
  long emittedSequence();

  /**
   * Messages that the remote side has allowed on this stream so far, in all: the absolute credit.
   * Grows only. {@code Long.MAX_VALUE} if unbounded.
   */
  long grantedMessages();

  /**
   * Messages that may be emitted now without waiting, or being dropped, for want of the remote
   * side's demand, 0 or more. {@code Long.MAX_VALUE} if unbounded.
   */
  long availableCredit();

  /** Messages emitted here and dropped before they were on the wire; 0 in a reliable stream. */
  long droppedMessages();

  /** Bytes of the messages that wait here, not yet on the wire. */
  long queuedBytes();

  /**
   * Changes how what this end sends shares the link with other streams.
   *
   * @param weight relative to the others of that class, 1 to {@value FlowOptions#MAX_WEIGHT}
   * @throws IllegalArgumentException if the weight is outside of its range
   */
  void prioritize(Priority priority, int weight);

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

  /** Counts the messages of both directions, all as of one moment. Also when the stream is over. */
  CompletionStage<StreamCounts> counts();

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
