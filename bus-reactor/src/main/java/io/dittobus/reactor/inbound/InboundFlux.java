// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.inbound;

import io.dittobus.api.options.Metadata;
import io.dittobus.reactor.codec.Codec;
import io.dittobus.reactor.codec.Codecs;
import io.dittobus.reactor.internal.Failures;
import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;

/**
 * The messages of one stream, one {@code onNext} each, on the stream's event loop (or see {@link
 * #deliverOn}).
 *
 * <ul>
 *   <li><b>Demand</b> crosses the network one to one: {@code request(n)} lets the other side send n
 *       messages, and this Flux never asks for more by itself.
 *   <li><b>Buffers</b> are borrowed: released when {@code onNext} returns. Whoever keeps one
 *       retains it, and releases it later. {@link #asByteArray}, {@link #asString} and {@link #as}
 *       give values that are free of this.
 *   <li><b>Acknowledgement</b> follows when {@code onNext} returns. Behind an operator that queues,
 *       such as {@code publishOn} or {@code flatMap}, that means <i>queued there</i>: use {@link
 *       #deliverOn}, or {@link #withAck} and acknowledge by hand.
 *   <li><b>End.</b> Completes if and only if the other side completed and everything was delivered;
 *       any other end is an {@code onError} with a {@link io.dittobus.api.result.StreamException}.
 *       Cancelling tells the other side.
 *   <li><b>Failures.</b> An {@code onNext} or a {@link Codec} that throws leaves its message
 *       unacknowledged and ends its stream, at both sides, with an application error. So does an
 *       operator or a lambda that throws while it consumes a message; if it is part of what a
 *       handler returned, that ends this direction only, and the handler may recover and answer.
 *   <li><b>One subscriber</b>, whichever of the views it takes; a second one gets an {@code
 *       IllegalStateException}. {@code request(0)} is an {@code IllegalArgumentException} to the
 *       subscriber (Reactive Streams 3.9) and ends the stream.
 * </ul>
 */
public final class InboundFlux extends Flux<ByteBuf> {

  /** Messages that {@link #deliverOn(Scheduler)} lets wait at most. */
  public static final int DEFAULT_MAX_WAITING = 256;

  private final InboundSide side;
  private final @Nullable Scheduler scheduler;
  private final int maxWaiting;

  InboundFlux(InboundSide side, @Nullable Scheduler scheduler, int maxWaiting) {
    this.side = side;
    this.scheduler = scheduler;
    this.maxWaiting = maxWaiting;
  }

  /** Each message as an array of its own. */
  public Flux<byte[]> asByteArray() {
    return as(Codecs.bytes());
  }

  /** Each message as a text in UTF-8. */
  public Flux<String> asString() {
    return as(Codecs.string());
  }

  /** Each message as a text in this charset. */
  public Flux<String> asString(Charset charset) {
    return new View<>(this, (sequence, metadata, data) -> data.toString(charset), true);
  }

  /** Each message as this codec reads it. */
  public <T> Flux<T> as(Codec<T> codec) {
    return new View<>(this, (sequence, metadata, data) -> codec.decode(data), true);
  }

  /**
   * Each message with its sequence and its metadata; acknowledged when {@code onNext} has returned.
   */
  public Flux<ReceivedMessage> messages() {
    return new View<>(this, this::received, true);
  }

  /**
   * Each message with its sequence and its metadata, to be acknowledged by hand. Nothing is
   * acknowledged by itself.
   */
  public Flux<ReceivedMessage> withAck() {
    return new View<>(this, this::received, false);
  }

  private ReceivedMessage received(long sequence, Metadata metadata, ByteBuf data) {
    return new ReceivedMessage(side.stream(), sequence, metadata, data);
  }

  /** {@link #deliverOn(Scheduler, int)} with {@value #DEFAULT_MAX_WAITING} messages. */
  public InboundFlux deliverOn(Scheduler newScheduler) {
    return deliverOn(newScheduler, DEFAULT_MAX_WAITING);
  }

  /**
   * The same messages, delivered on this scheduler, where {@code onNext} may block; each is
   * acknowledged when its {@code onNext} has returned there. Never more is asked of the other side
   * than the subscriber has requested, nor more than may wait here.
   *
   * <p>A scheduler that ends takes the stream with it: when the next message, request or end comes,
   * what waits is discarded and not acknowledged, the subscriber gets a {@link
   * java.util.concurrent.RejectedExecutionException}, and the other side an application error.
   *
   * @param newMaxWaiting messages that may wait for the scheduler, 1 to 1,048,576. Each pins little
   *     more than twice its size: a small part of a large buffer is copied.
   */
  public InboundFlux deliverOn(Scheduler newScheduler, int newMaxWaiting) {
    if (newMaxWaiting < 1 || newMaxWaiting > 1 << 20) {
      throw new IllegalArgumentException("maxWaiting is 1 to 1048576; this is " + newMaxWaiting);
    }
    return new InboundFlux(side, newScheduler, newMaxWaiting);
  }

  @Override
  public void subscribe(CoreSubscriber<? super ByteBuf> actual) {
    subscribe(actual, (sequence, metadata, data) -> data, true);
  }

  private <T> void subscribe(
      CoreSubscriber<? super T> actual, Conversion<T> conversion, boolean acknowledge) {
    if (!side.claim()) {
      Operators.error(
          actual, new IllegalStateException("A stream has one receiver, and this has one already"));
      return;
    }
    if (scheduler == null) {
      new InboundSubscription<>(side, actual, conversion, acknowledge).begin();
    } else {
      subscribe(actual, conversion, acknowledge, scheduler);
    }
  }

  private <T> void subscribe(
      CoreSubscriber<? super T> actual,
      Conversion<T> conversion,
      boolean acknowledge,
      Scheduler deliverOn) {
    Scheduler.Worker worker;
    try {
      worker = deliverOn.createWorker();
    } catch (Throwable failure) {
      Failures.throwIfFatal(failure);
      side.fail(Failures.NO_CODE, DeliverOnSubscription.SCHEDULER_ENDED);
      Operators.error(actual, failure);
      return;
    }
    DeliverOnSubscription<T> delivery =
        new DeliverOnSubscription<>(
            side, actual, conversion, acknowledge, deliverOn, worker, maxWaiting);
    new InboundSubscription<>(side, delivery, WaitingMessage::of, false).begin();
  }

  /** The same messages, seen otherwise. */
  private static final class View<T> extends Flux<T> {
    private final InboundFlux source;
    private final Conversion<T> conversion;
    private final boolean acknowledge;

    View(InboundFlux source, Conversion<T> conversion, boolean acknowledge) {
      this.source = source;
      this.conversion = conversion;
      this.acknowledge = acknowledge;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
      source.subscribe(actual, conversion, acknowledge);
    }
  }
}
