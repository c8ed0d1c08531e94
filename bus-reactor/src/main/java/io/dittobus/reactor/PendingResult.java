// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * The wait for one result that may come after the waiter has gone. Either the waiter gets it, or it
 * is disposed of: exactly one of the two, which {@code Mono.create} does not promise. Any thread.
 *
 * <pre>
 * WAITING ──request──► REQUESTED ──complete──► OVER
 *    └─────complete──► (the result) ──request─► OVER          cancel leads from each to OVER
 * </pre>
 */
final class PendingResult<T> implements Subscription {

  private static final Object WAITING = "waiting";
  private static final Object REQUESTED = "requested";
  private static final Object OVER = "over";

  private final CoreSubscriber<? super T> actual;
  private final Consumer<? super T> unwanted;

  /** One of the words above, or the result that waits to be requested. */
  private final AtomicReference<Object> state = new AtomicReference<>(WAITING);

  private PendingResult(CoreSubscriber<? super T> actual, Consumer<? super T> unwanted) {
    this.actual = actual;
    this.unwanted = unwanted;
  }

  /**
   * A Mono that starts something when it is subscribed to, and waits for its result.
   *
   * @param start starts it; whatever it throws is the result
   * @param unwanted gets a result that comes when nobody waits for it any more
   */
  static <T> Mono<T> mono(Consumer<PendingResult<T>> start, Consumer<? super T> unwanted) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super T> actual) {
        PendingResult<T> pending = new PendingResult<>(actual, unwanted);
        actual.onSubscribe(pending);
        if (pending.isOver()) {
          return;
        }
        try {
          start.accept(pending);
        } catch (RuntimeException error) {
          pending.fail(error);
        }
      }
    };
  }

  boolean isOver() {
    return state.get() == OVER;
  }

  /** The result is there. */
  void complete(T result) {
    if (state.compareAndSet(WAITING, result)) {
      return; // until it is requested
    }
    if (state.compareAndSet(REQUESTED, OVER)) {
      deliver(result);
    } else {
      unwanted.accept(result);
    }
  }

  /** There will be no result. */
  void fail(Throwable error) {
    Object before = state.getAndSet(OVER);
    if (before == WAITING || before == REQUESTED) {
      actual.onError(error);
    }
  }

  @Override
  public void request(long n) {
    if (!Operators.validate(n) || state.compareAndSet(WAITING, REQUESTED)) {
      return;
    }
    T result = result(state.get());
    if (result != null && state.compareAndSet(result, OVER)) {
      deliver(result);
    }
  }

  @Override
  public void cancel() {
    T result = result(state.getAndSet(OVER));
    if (result != null) {
      unwanted.accept(result);
    }
  }

  private void deliver(T result) {
    actual.onNext(result);
    actual.onComplete();
  }

  @SuppressWarnings("unchecked") // what is none of the words is the result
  private @Nullable T result(@Nullable Object was) {
    return was == WAITING || was == REQUESTED || was == OVER ? null : (T) was;
  }
}
