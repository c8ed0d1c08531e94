// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.outbound;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.MessageCallback;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.MessageResult;
import io.dittobus.reactor.codec.Codec;
import io.dittobus.reactor.internal.Discards;
import io.dittobus.reactor.internal.Failures;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.SignalType;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/**
 * Emits messages one by one. Any number of threads may do so at the same time: {@code
 * FAIL_NON_SERIALIZED} never occurs, and messages of one thread keep their order. Nothing here
 * blocks, but for {@link #emitNext} if its handler says so.
 *
 * <p>A sink that is ahead of what the other side asked for fills the stream's queue ({@link
 * io.dittobus.api.options.FlowOptions}); from there on {@link #emit} waits, and the others get
 * {@code FAIL_OVERFLOW}, which leaves the stream as it was. In the unreliable modes nothing waits:
 * what cannot be sent is dropped or replaced, counted, and told to {@link #emitAcked}.
 *
 * <p>A {@code send} that shares the stream with a sink gets what that leaves of the credit. Where
 * both wait for room they take turns: while somebody waits in {@link #emit}, a message of a {@code
 * send} stands in the same line, behind those who waited before it and before those who come later;
 * then its next one does.
 */
public final class BusSink {

  private final OutboundSide side;
  private final DittoBusStream stream;

  BusSink(DittoBusStream stream, OutboundSide side) {
    this.stream = stream;
    this.side = side;
  }

  // At once, or not at all

  /** {@link #tryEmitNext(ByteBuf, MessageOptions)}; the array must not be changed afterwards. */
  public Sinks.EmitResult tryEmitNext(byte[] message) {
    return tryEmitNext(Unpooled.wrappedBuffer(message), MessageOptions.none());
  }

  /** {@link #tryEmitNext(ByteBuf, MessageOptions)}; the array must not be changed afterwards. */
  public Sinks.EmitResult tryEmitNext(byte[] message, MessageOptions options) {
    return tryEmitNext(Unpooled.wrappedBuffer(message), options);
  }

  /** {@link #tryEmitNext(ByteBuf, MessageOptions)} without options. */
  public Sinks.EmitResult tryEmitNext(ByteBuf message) {
    return tryEmitNext(message, MessageOptions.none());
  }

  /**
   * Emits a message, without a copy. On {@code OK} the buffer belongs to the bus; on any other
   * result, and if this throws, it stays the caller's.
   *
   * @return {@code OK}: it was taken, and will be sent when the other side asks for it. {@code
   *     FAIL_OVERFLOW}: credit and queue are used up, or others wait; {@link #writable} tells when
   *     to try again. {@code FAIL_TERMINATED}: this direction has ended. {@code FAIL_CANCELLED}:
   *     the other side has cancelled it.
   * @throws DittoBusException with {@code MESSAGE_TOO_LARGE} if the peer takes no message of this
   *     size; the stream lives on
   * @throws IllegalArgumentException if a message of a reliable stream has a time to live
   */
  public Sinks.EmitResult tryEmitNext(ByteBuf message, MessageOptions options) {
    int size = message.readableBytes();
    return switch (side.offer(message, options, null)) {
      case OK -> Sinks.EmitResult.OK;
      case OVERFLOW -> Sinks.EmitResult.FAIL_OVERFLOW;
      case TERMINATED -> Sinks.EmitResult.FAIL_TERMINATED;
      case CANCELLED -> Sinks.EmitResult.FAIL_CANCELLED;
      case TOO_LARGE -> throw side.tooLarge(size);
    };
  }

  /**
   * Ends this direction: what was emitted is sent, and what waits in {@link #emit}, then the other
   * side completes.
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

  // Again and again, as the handler says

  /** {@link #emitNext(ByteBuf, Sinks.EmitFailureHandler)}, without a copy of the array. */
  public void emitNext(byte[] message, Sinks.EmitFailureHandler handler) {
    emitNext(Unpooled.wrappedBuffer(message), handler);
  }

  /**
   * Emits a message, as {@link Sinks.Many#emitNext} does: while there is no room the handler is
   * asked whether to try again, in a loop that keeps the thread busy. The buffer belongs to the bus
   * from here on; if it is not taken it goes to the global {@code onDiscard} hook, and is released.
   *
   * <ul>
   *   <li>no room, and the handler says no: this direction fails, at both ends
   *   <li>no room, the handler says yes, and this is the stream's own event loop, which alone could
   *       make room: throws; the stream lives on
   *   <li>the direction has ended, or was cancelled: the message is dropped
   * </ul>
   *
   * @throws Sinks.EmissionException if it could only wait for itself
   * @throws DittoBusException with {@code MESSAGE_TOO_LARGE}; the stream lives on
   */
  public void emitNext(ByteBuf message, Sinks.EmitFailureHandler handler) {
    emitNext(() -> tryEmitNext(message), message, handler);
  }

  void emitNext(
      Supplier<Sinks.EmitResult> attempt, Object value, Sinks.EmitFailureHandler handler) {
    boolean taken = false;
    try {
      Sinks.EmitResult result = attempt.get();
      while (result != Sinks.EmitResult.OK && retries(handler, result)) {
        Thread.onSpinWait();
        result = attempt.get();
      }
      taken = result == Sinks.EmitResult.OK;
      if (result == Sinks.EmitResult.FAIL_OVERFLOW) {
        tryEmitError(Exceptions.failWithOverflow("the sink had no room, and did not wait for it"));
      }
    } finally {
      if (!taken) {
        Discards.discard(value, Context.empty());
      }
    }
  }

  private boolean retries(Sinks.EmitFailureHandler handler, Sinks.EmitResult result) {
    boolean wanted = handler.onEmitFailure(SignalType.ON_NEXT, result);
    if (!wanted || result != Sinks.EmitResult.FAIL_OVERFLOW) {
      return false; // a direction that has ended stays so
    }
    if (stream.isInExecutor()) {
      throw new Sinks.EmissionException(
          result,
          "Waiting for room on the stream's own event loop, which alone can make it, would never"
              + " end; use emit(...), or another thread");
    }
    return true;
  }

  // When there is room

  /** {@link #emit(ByteBuf, MessageOptions)}, which the array must not be changed after. */
  public Mono<Void> emit(byte[] message) {
    return emit(message, MessageOptions.none());
  }

  /** {@link #emit(ByteBuf, MessageOptions)}, which the array must not be changed after. */
  public Mono<Void> emit(byte[] message, MessageOptions options) {
    return Mono.create(result -> emit(Unpooled.wrappedBuffer(message), options, result));
  }

  /** {@link #emit(ByteBuf, MessageOptions)} without options. */
  public Mono<Void> emit(ByteBuf message) {
    return emit(message, MessageOptions.none());
  }

  /**
   * Emits a message, at each subscription, as soon as there is room, and completes when it was
   * taken over (not: written, or consumed). Those who wait are served in the order of their
   * subscriptions, and {@link #tryEmitNext} does not overtake them; {@code maxWaiters} of {@link
   * io.dittobus.api.options.FlowOptions} bounds them. Cancelling takes the message back, unless it
   * was taken over already.
   *
   * <p>The buffer belongs to the bus from the subscription on, whatever happens; if it is not taken
   * it goes to {@code doOnDiscard}, and is released. So a Mono of a buffer is to be subscribed to
   * once.
   *
   * @return fails with a {@link DittoBusException}: {@code OVERFLOW} if too many wait, {@code
   *     MESSAGE_TOO_LARGE}, {@code TERMINATED} or {@code STREAM_CANCELLED} if the direction had
   *     ended before, {@code NOT_SENT} if it ended while the message waited; an end of this side's
   *     own that is in order, a completion or a close, comes after what waits
   */
  public Mono<Void> emit(ByteBuf message, MessageOptions options) {
    return Mono.create(result -> emit(message, options, result));
  }

  private void emit(ByteBuf message, MessageOptions options, MonoSink<Void> result) {
    int size = message.readableBytes();
    EnqueueResult answer = offer(message, options, null, result);
    if (answer == EnqueueResult.OK) {
      result.success();
    } else if (answer == EnqueueResult.OVERFLOW && size <= stream.maxMessageSize()) {
      side.waiters().add(message, options, result);
    } else if (answer != null) {
      refuse(message, result, size > stream.maxMessageSize() ? EnqueueResult.TOO_LARGE : answer);
    }
  }

  /**
   * Messages that may be emitted now and sent without waiting for the other side to ask for more;
   * {@code Long.MAX_VALUE} if unbounded. Beyond it the queue takes some more.
   */
  public long availableCredit() {
    return stream.availableCredit();
  }

  /**
   * Tells the {@link #availableCredit} when a message would be taken: at the subscription if that
   * is so, and again whenever there is more credit, or room after there was none. Any number of
   * subscribers; each gets the latest word when it asks for one. Completes when this direction
   * ends, however that happens. On the stream's executor, or where waiting has ended.
   */
  public Flux<Long> writable() {
    return side.writable().flux();
  }

  /**
   * This sink as one of Reactor's, of values instead of messages. It has no {@code asFlux}: what it
   * emits goes to the other side. {@code tryEmitNext} throws where this one does, and what a codec
   * throws.
   */
  public <T> Sinks.Many<T> asMany(Codec<T> codec) {
    return new CodecSink<>(this, side, codec);
  }

  // With the fate of the message

  /** {@link #emitAcked(ByteBuf, MessageOptions)}; the array must not be changed afterwards. */
  public Mono<Long> emitAcked(byte[] message) {
    return emitAcked(message, MessageOptions.none());
  }

  /** {@link #emitAcked(ByteBuf, MessageOptions)}; the array must not be changed afterwards. */
  public Mono<Long> emitAcked(byte[] message, MessageOptions options) {
    return Mono.create(result -> emitAcked(Unpooled.wrappedBuffer(message), options, result));
  }

  /** {@link #emitAcked(ByteBuf, MessageOptions)} without options. */
  public Mono<Long> emitAcked(ByteBuf message) {
    return emitAcked(message, MessageOptions.none());
  }

  /**
   * Emits a message, at each subscription, and completes with its sequence when the remote
   * application has consumed it. Does not wait for room. Cancelling does not take the message back.
   *
   * <p>The buffer belongs to the bus from the subscription on, whatever happens; if it is not taken
   * it goes to {@code doOnDiscard}, and is released. So a Mono of a buffer is to be subscribed to
   * once.
   *
   * @return fails with a {@link DittoBusException} whose code tells the fate of the message: {@code
   *     OVERFLOW}, {@code MESSAGE_TOO_LARGE}, {@code TERMINATED} or {@code STREAM_CANCELLED} if it
   *     was not taken, {@code NOT_SENT} if the stream ended before it was written, {@code UNKNOWN}
   *     if it ended before it was acknowledged; in the unreliable modes, at once, one of the {@code
   *     DROPPED_…}
   */
  public Mono<Long> emitAcked(ByteBuf message, MessageOptions options) {
    return Mono.create(result -> emitAcked(message, options, result));
  }

  private void emitAcked(ByteBuf message, MessageOptions options, MonoSink<Long> result) {
    EnqueueResult answer =
        offer(message, options, (sequence, fate) -> ended(result, sequence, fate), result);
    if (answer != null && answer != EnqueueResult.OK) {
      refuse(message, result, answer);
    }
  }

  /** The answer to an offer; null if it failed, of which the one who waits was told. */
  private @Nullable EnqueueResult offer(
      ByteBuf message,
      MessageOptions options,
      @Nullable MessageCallback callback,
      MonoSink<?> result) {
    try {
      return side.offer(message, options, callback);
    } catch (RuntimeException failure) { // it was released, or its options are not allowed
      Discards.discard(message, Context.of(result.contextView()));
      result.error(failure);
      return null;
    }
  }

  private void refuse(ByteBuf message, MonoSink<?> result, EnqueueResult answer) {
    int size = message.readableBytes();
    Discards.discard(message, Context.of(result.contextView()));
    result.error(notTaken(answer, size));
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
      case DROPPED_NO_CREDIT,
          DROPPED_REPLACED,
          DROPPED_EXPIRED,
          DROPPED_OVERFLOW,
          DROPPED_NO_LINK ->
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
