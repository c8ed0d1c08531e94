// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.inbound;

import io.dittobus.reactor.internal.Discards;
import io.dittobus.reactor.internal.Failures;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * Carries messages from the stream's executor to a scheduler, where they are consumed and then
 * acknowledged. Asks the other side for no more than the subscriber requested, and no more than may
 * wait.
 *
 * <p>Everything below {@link #drain} happens by one thread at a time: the one that has found {@link
 * #queued} set and cleared it. That is the worker; but a cancel, which tells the subscriber
 * nothing, waits for no worker, and when the scheduler has ended whoever finds out takes its place.
 */
final class DeliverOnSubscription<T>
    implements CoreSubscriber<WaitingMessage>, Subscription, Runnable {

  private static final Logger LOG = Loggers.getLogger(DeliverOnSubscription.class);

  /** What the other side is told. */
  static final String SCHEDULER_ENDED = "the receiver's scheduler has ended";

  private final InboundSide side;
  private final CoreSubscriber<? super T> actual;
  private final Conversion<T> conversion;
  private final boolean acknowledge;
  private final Scheduler scheduler;
  private final Scheduler.Worker worker;
  private final int maxWaiting;
  private final Queue<WaitingMessage> waiting;
  private final AtomicInteger work = new AtomicInteger();

  /** Whether there is work, and nobody is at it yet. */
  private final AtomicBoolean queued = new AtomicBoolean();

  private final AtomicLong requested = new AtomicLong();

  private @Nullable InboundSubscription<?> upstream;
  private volatile boolean upstreamDone;
  private @Nullable Throwable upstreamError;
  private volatile boolean cancelled;
  private volatile @Nullable Thread emitting;

  // The drain's own.
  private long delivered;
  private long requestedUpstream;
  private boolean finished;
  private boolean cancelAfterMessage;

  DeliverOnSubscription(
      InboundSide side,
      CoreSubscriber<? super T> actual,
      Conversion<T> conversion,
      boolean acknowledge,
      Scheduler scheduler,
      Scheduler.Worker worker,
      int maxWaiting) {
    this.side = side;
    this.actual = actual;
    this.conversion = conversion;
    this.acknowledge = acknowledge;
    this.scheduler = scheduler;
    this.worker = worker;
    this.maxWaiting = maxWaiting;
    this.waiting = Queues.<WaitingMessage>unbounded(Math.min(maxWaiting, 32)).get();
  }

  @Override
  public Context currentContext() {
    return actual.currentContext();
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    upstream = (InboundSubscription<?>) subscription;
    actual.onSubscribe(this);
  }

  @Override
  public void onNext(WaitingMessage message) {
    waiting.offer(message);
    schedule();
  }

  @Override
  public void onError(Throwable error) {
    upstreamError = error;
    upstreamDone = true;
    schedule();
  }

  @Override
  public void onComplete() {
    upstreamDone = true;
    schedule();
  }

  @Override
  public void request(long n) {
    if (cancelled) {
      return;
    }
    if (n <= 0) {
      upstream().request(n); // which refuses it, and lets the error come down here
      return;
    }
    requested.accumulateAndGet(n, Operators::addCap);
    schedule();
  }

  @Override
  public void cancel() {
    if (cancelled) {
      return;
    }
    boolean consumerFailed = FailedConsumer.isCancelling();
    cancelled = true;
    if (consumerFailed || !cancelAfterMessage()) {
      upstream().cancel(consumerFailed);
    }
    if (work.getAndIncrement() == 0 || queued.compareAndSet(true, false)) {
      drain(); // discards what waits, here and now
    }
  }

  /** Who gets what is delivered. */
  CoreSubscriber<?> consumer() {
    return actual;
  }

  /** As {@link InboundSubscription#cancelAfterMessage}. */
  boolean cancelAfterMessage() {
    if (Thread.currentThread() != emitting) {
      return false;
    }
    cancelled = true;
    cancelAfterMessage = true;
    return true;
  }

  private InboundSubscription<?> upstream() {
    return Objects.requireNonNull(upstream);
  }

  private void schedule() {
    if (work.getAndIncrement() == 0) {
      queued.set(true);
      submit();
    } else if (queued.get() && (upstreamDone || scheduler.isDisposed())) {
      submit(); // once more: a scheduler that has ended may have dropped it the first time
    }
  }

  private void submit() {
    try {
      worker.schedule(this);
    } catch (RuntimeException failure) {
      if (queued.compareAndSet(true, false)) {
        abandoned(failure);
        drain();
      } else if (!(failure instanceof RejectedExecutionException)) {
        throw failure;
      }
    }
  }

  /**
   * There is no worker any more. If the direction has ended, and nothing that should come before
   * its end is missing, that is told in the worker's place; else this is the end.
   */
  private void abandoned(RuntimeException rejected) {
    boolean over = upstreamDone && (upstreamError != null || waiting.isEmpty());
    if (cancelled || finished || over) {
      return;
    }
    finish();
    side.fail(Failures.NO_CODE, SCHEDULER_ENDED);
    actual.onError(
        new RejectedExecutionException(
            "The scheduler has ended; what waited for it was discarded", rejected));
  }

  @Override
  public void run() {
    if (queued.compareAndSet(true, false)) {
      drain();
    }
  }

  private void drain() {
    int missed = work.get();
    do {
      step();
      missed = work.addAndGet(-missed);
    } while (missed != 0);
  }

  private void step() {
    while (!finished) {
      if (cancelled) {
        finish();
        return;
      }
      boolean last = upstreamDone;
      if (last && upstreamError != null) {
        finish();
        actual.onError(upstreamError);
        return;
      }
      WaitingMessage message = delivered < requested.get() ? waiting.poll() : null;
      if (message != null) {
        deliver(message);
      } else if (last && waiting.isEmpty()) {
        finish();
        actual.onComplete();
        return;
      } else {
        requestMore();
        return;
      }
    }
    discardWaiting();
  }

  private void requestMore() {
    long allowed = Math.min(requested.get(), Operators.addCap(delivered, maxWaiting));
    long more = allowed - requestedUpstream;
    if (more > 0) {
      requestedUpstream = allowed;
      upstream().request(more);
    }
  }

  private void deliver(WaitingMessage message) {
    delivered++;
    // Half of what may wait was taken: ask for more before the rest is, so that the other side need
    // not pause.
    if (requestedUpstream - delivered <= maxWaiting / 2) {
      requestMore();
    }
    emitting = Thread.currentThread();
    try {
      T value;
      try {
        value =
            Objects.requireNonNull(
                conversion.convert(message.sequence(), message.metadata(), message.data()),
                "decoded value");
      } catch (Throwable failure) {
        Failures.throwIfFatal(failure);
        finish();
        side.fail(Failures.NO_CODE, "the receiver could not decode a message");
        actual.onError(failure);
        return;
      }
      actual.onNext(value);
    } catch (Throwable failure) {
      LOG.warn(
          "The receiver of stream {} failed: {}",
          Long.toUnsignedString(side.stream().streamID()),
          Failures.describe(failure));
      finish(); // Reactive Streams 2.13: counts as cancelled
      side.fail(Failures.NO_CODE, InboundSide.RECEIVER_FAILED);
      Failures.throwIfFatal(failure);
      return;
    } finally {
      emitting = null;
      message.data().release();
    }
    if (side.isFailed()) {
      return;
    }
    if (acknowledge) {
      side.stream().acknowledgeUpTo(message.sequence());
    }
    if (cancelAfterMessage) {
      upstream().cancel(false);
    }
  }

  private void finish() {
    finished = true;
    cancelled = true;
    discardWaiting();
    worker.dispose();
  }

  private void discardWaiting() {
    for (WaitingMessage m = waiting.poll(); m != null; m = waiting.poll()) {
      Discards.discard(m.data(), actual.currentContext());
    }
  }
}
