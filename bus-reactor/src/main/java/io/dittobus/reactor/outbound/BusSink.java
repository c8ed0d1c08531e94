// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.outbound;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.MessageResult;
import io.dittobus.reactor.internal.Discards;
import io.dittobus.reactor.internal.Failures;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/**
 * Emits messages one by one. Any number of threads may do so at the same time: {@code
 * FAIL_NON_SERIALIZED} never occurs, and messages of one thread keep their order. Nothing here
 * blocks.
 *
 * <p>A sink that is ahead of what the other side asked for fills the stream's queue ({@link
 * io.dittobus.api.options.FlowOptions}), and then gets {@code FAIL_OVERFLOW}, which leaves the
 * stream as it was.
 */
public final class BusSink {

  private final OutboundSide side;
  private final DittoBusStream stream;

  BusSink(DittoBusStream stream, OutboundSide side) {
    this.stream = stream;
    this.side = side;
  }

  /**
   * Emits a message without a copy: the array must not be changed afterwards.
   *
   * @return {@code OK}: it was taken, and will be sent when the other side asks for it. {@code
   *     FAIL_OVERFLOW}: credit and queue are used up; try again later. {@code FAIL_TERMINATED}:
   *     this direction has ended. {@code FAIL_CANCELLED}: the other side has cancelled it.
   * @throws DittoBusException with {@code MESSAGE_TOO_LARGE} if the peer takes no message of this
   *     size; the stream lives on
   */
  public Sinks.EmitResult tryEmitNext(byte[] message) {
    return tryEmitNext(Unpooled.wrappedBuffer(message));
  }

  /**
   * Emits a message. On {@code OK} the buffer belongs to the bus; on any other result, and if this
   * throws, it stays the caller's.
   *
   * @return as {@link #tryEmitNext(byte[])}
   * @throws DittoBusException with {@code MESSAGE_TOO_LARGE} if the peer takes no message of this
   *     size; the stream lives on
   */
  public Sinks.EmitResult tryEmitNext(ByteBuf message) {
    int size = message.readableBytes();
    return switch (stream.enqueueMessage(message)) {
      case OK -> Sinks.EmitResult.OK;
      case OVERFLOW -> Sinks.EmitResult.FAIL_OVERFLOW;
      case TERMINATED -> Sinks.EmitResult.FAIL_TERMINATED;
      case CANCELLED -> Sinks.EmitResult.FAIL_CANCELLED;
      case TOO_LARGE -> throw side.tooLarge(size);
    };
  }

  /**
   * Ends this direction: what was emitted is sent, then the other side completes.
   *
   * @return {@code OK}, or {@code FAIL_TERMINATED} or {@code FAIL_CANCELLED} if the direction has
   *     ended before
   */
  public Sinks.EmitResult tryEmitComplete() {
    return side.tryComplete();
  }

  /**
   * Ends this direction with an error: what is not on the wire is dropped, and the other side fails
   * at once, whether it has asked for more or not.
   *
   * @param code the application's own
   * @param text a line for people at the other side, escaped and cut to 512 bytes of UTF-8 on the
   *     way
   * @return {@code OK}, or {@code FAIL_TERMINATED} or {@code FAIL_CANCELLED} if the direction has
   *     ended before
   */
  public Sinks.EmitResult tryEmitError(long code, String text) {
    return side.tryError(code, text);
  }

  /**
   * The same with code 0, and the message of the throwable for a text (its class if it has none).
   */
  public Sinks.EmitResult tryEmitError(Throwable error) {
    return side.tryError(Failures.NO_CODE, Failures.text(error));
  }

  /**
   * Emits a message, at each subscription, and completes with its sequence when the remote
   * application has consumed it. The array must not be changed afterwards. Cancelling does not take
   * the message back.
   *
   * @return fails with a {@link DittoBusException} whose code tells the fate of the message: {@code
   *     OVERFLOW}, {@code MESSAGE_TOO_LARGE}, {@code TERMINATED} or {@code STREAM_CANCELLED} if it
   *     was not taken, {@code NOT_SENT} if the stream ended before it was written, {@code UNKNOWN}
   *     if it ended before it was acknowledged
   */
  public Mono<Long> emitAcked(byte[] message) {
    return emitAcked(() -> Unpooled.wrappedBuffer(message));
  }

  /**
   * The same with a buffer, which belongs to the bus from the subscription on, whatever happens; if
   * it is not taken it goes to {@code doOnDiscard}, and is released. To be subscribed to once.
   */
  public Mono<Long> emitAcked(ByteBuf message) {
    return emitAcked(() -> message);
  }

  private Mono<Long> emitAcked(Supplier<ByteBuf> message) {
    return Mono.create(result -> emit(message.get(), result));
  }

  private void emit(ByteBuf message, MonoSink<Long> result) {
    int size = message.readableBytes();
    EnqueueResult taken =
        stream.enqueueMessage(message, (sequence, fate) -> ended(result, sequence, fate));
    if (taken != EnqueueResult.OK) {
      Discards.discard(message, Context.of(result.contextView()));
      result.error(notTaken(taken, size));
    }
  }

  private static void ended(MonoSink<Long> result, long sequence, MessageResult fate) {
    switch (fate) {
      case ACKED -> result.success(sequence);
      case NOT_SENT ->
          result.error(
              new DittoBusException(
                  ErrorCode.NOT_SENT,
                  "The stream ended before message " + sequence + " was written"));
      case UNKNOWN ->
          result.error(
              new DittoBusException(
                  ErrorCode.UNKNOWN,
                  "The stream ended after message "
                      + sequence
                      + " was written and before it was acknowledged"));
      case DROPPED_NO_CREDIT, DROPPED_REPLACED, DROPPED_EXPIRED, DROPPED_OVERFLOW ->
          result.error(
              new DittoBusException(
                  fate.errorCode(), "Message " + sequence + ": " + fate.errorCode().cause()));
      case SENT -> {
        // Not an end: its fate is still to come.
      }
    }
  }

  private DittoBusException notTaken(EnqueueResult taken, int size) {
    return switch (taken) {
      case TOO_LARGE -> side.tooLarge(size);
      case TERMINATED ->
          new DittoBusException(
              ErrorCode.TERMINATED,
              "This direction has ended and takes no more; onClose() tells why");
      case CANCELLED ->
          new DittoBusException(ErrorCode.STREAM_CANCELLED, "The other side takes no more");
      case OVERFLOW, OK ->
          new DittoBusException(
              ErrorCode.OVERFLOW,
              "Credit and queue (" + stream.flow().maxQueuedMessages() + " messages) are used up");
    };
  }
}
