// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.inbound;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.internal.Failures;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;

/**
 * The one subscription to the messages of a stream. Messages and the end come from the stream's
 * executor, serially; requests and cancel come from anywhere. There is no queue here: what is not
 * requested stays at the other side.
 */
final class InboundSubscription<T> implements Subscription {

  /** The value of {@link #early} once {@code onSubscribe} has returned. */
  private static final long STARTED = -1;

  private final InboundSide side;
  private final DittoBusStream stream;
  private final CoreSubscriber<? super T> actual;
  private final Conversion<T> conversion;
  private final boolean acknowledge;

  /**
   * What is requested while onSubscribe runs; passed on afterwards, so that no signal comes beside
   * it.
   */
  private final AtomicLong early = new AtomicLong();

  /** Set by whatever comes first: the terminal signal, cancel, or an onNext that threw. */
  private final AtomicBoolean done = new AtomicBoolean();

  private volatile @Nullable IllegalArgumentException badRequest;

  private volatile boolean asked;

  /** The thread that is in onNext. */
  private volatile @Nullable Thread emitting;

  /** Touched by the thread in onNext only. */
  private boolean cancelAfterMessage;

  InboundSubscription(
      InboundSide side,
      CoreSubscriber<? super T> actual,
      Conversion<T> conversion,
      boolean acknowledge) {
    this.side = side;
    this.stream = side.stream();
    this.actual = actual;
    this.conversion = conversion;
    this.acknowledge = acknowledge;
  }

  void begin() {
    side.attach(this);
    actual.onSubscribe(this);
    long requested = early.getAndSet(STARTED);
    if (requested > 0 && !done.get()) {
      stream.request(requested);
    }
    terminateIfEnded();
  }

  @Override
  public void request(long n) {
    if (done.get()) {
      return;
    }
    if (n <= 0) {
      // The end that this brings about comes serially with the messages, and carries the error.
      badRequest = Exceptions.nullOrNegativeRequestException(n);
      side.fail(Failures.NO_CODE, "the receiver requested " + n + " messages");
      terminateIfEnded();
      return;
    }
    asked = true;
    while (true) {
      long before = early.get();
      if (before == STARTED) {
        stream.request(n);
        return;
      }
      if (early.compareAndSet(before, Operators.addCap(before, n))) {
        return;
      }
    }
  }

  @Override
  public void cancel() {
    cancel(FailedConsumer.isCancelling());
  }

  /** Cancels; if the consumer has failed, that is what the other side is told. */
  void cancel(boolean consumerFailed) {
    if (!done.compareAndSet(false, true)) {
      return;
    }
    if (consumerFailed) {
      side.consumerFailed(consumer());
    } else if (!cancelAfterMessage()) {
      stream.cancel();
    }
    if (Thread.currentThread() != emitting) {
      side.detach(); // else when the message is done
    }
  }

  private CoreSubscriber<?> consumer() {
    return actual instanceof DeliverOnSubscription<?> behind ? behind.consumer() : actual;
  }

  /**
   * If this thread is in onNext, here or on a scheduler behind this: lets the message be
   * acknowledged, and cancels then. A failure that follows within onNext still wins.
   *
   * @return false if it is not
   */
  boolean cancelAfterMessage() {
    if (actual instanceof DeliverOnSubscription<?> behind && behind.cancelAfterMessage()) {
      return true;
    }
    if (Thread.currentThread() != emitting) {
      return false;
    }
    cancelAfterMessage = true;
    return true;
  }

  void deliver(long sequence, Metadata metadata, ByteBuf data) {
    if (done.get()) {
      return; // under way when it was cancelled: nobody has consumed it, so nobody acknowledges it
    }
    emitting = Thread.currentThread();
    try {
      T value;
      try {
        value =
            Objects.requireNonNull(conversion.convert(sequence, metadata, data), "decoded value");
      } catch (Throwable failure) {
        Failures.throwIfFatal(failure);
        conversionFailed(failure);
        return;
      }
      actual.onNext(value);
    } catch (Throwable failure) {
      // Reactive Streams 2.13: counts as cancelled. The bus ends the stream for what it is thrown.
      done.set(true);
      throw failure;
    } finally {
      emitting = null;
      if (done.get()) {
        side.detach();
      }
    }
    if (side.isFailed()) {
      terminateIfEnded();
      return;
    }
    if (acknowledge) {
      stream.acknowledgeUpTo(sequence);
    }
    if (cancelAfterMessage) {
      stream.cancel();
    }
    terminateIfEnded();
  }

  private void conversionFailed(Throwable failure) {
    if (done.compareAndSet(false, true)) {
      side.fail(Failures.NO_CODE, "the receiver could not decode a message");
      actual.onError(failure);
    }
  }

  /** Gives the terminal signal, if the direction is over and the subscriber is ready for it. */
  void terminateIfEnded() {
    StreamEnd end = side.end();
    if (end == null || early.get() != STARTED || Thread.currentThread() == emitting) {
      return;
    }
    if (!done.compareAndSet(false, true)) {
      return;
    }
    side.detach();
    IllegalArgumentException bad = badRequest;
    if (bad != null) {
      actual.onError(bad);
    } else if (end.reason() == BusCompletionReason.COMPLETED || isOwnCloseBeforeAll(end)) {
      actual.onComplete();
    } else {
      actual.onError(new StreamException(end));
    }
  }

  /** Closed at this side, and nothing was ever asked for: nothing is missing. */
  private boolean isOwnCloseBeforeAll(StreamEnd end) {
    return !asked && end.reason() == BusCompletionReason.CLOSED_LOCALLY;
  }
}
