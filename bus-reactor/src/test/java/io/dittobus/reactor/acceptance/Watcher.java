// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/**
 * A subscriber that asks only when it is told to, and keeps what it sees. Unlike Reactor's own base
 * class it lets everything through: a request of nothing, and an exception out of {@code onNext}.
 */
final class Watcher<T> implements CoreSubscriber<T> {

  final Queue<T> values = new ConcurrentLinkedQueue<>();
  private final AtomicInteger subscriptions = new AtomicInteger();
  private final AtomicInteger terminals = new AtomicInteger();
  private final Consumer<? super T> consumer;
  private volatile @Nullable Subscription subscription;
  private volatile @Nullable Throwable error;
  private volatile boolean completed;

  Watcher() {
    this(value -> {});
  }

  /** What the consumer throws goes out of {@code onNext}; it sees the value before it is kept. */
  Watcher(Consumer<? super T> consumer) {
    this.consumer = consumer;
  }

  Watcher<T> request(long n) {
    Objects.requireNonNull(subscription).request(n);
    return this;
  }

  void cancel() {
    Objects.requireNonNull(subscription).cancel();
  }

  boolean isOver() {
    return terminals.get() > 0;
  }

  boolean isCompleted() {
    return completed;
  }

  /** How often it was told of an end: once, or something is wrong. */
  int terminals() {
    return terminals.get();
  }

  int subscriptions() {
    return subscriptions.get();
  }

  int count() {
    return values.size();
  }

  /** What it failed with; waits for that. */
  Throwable failure() {
    Pair.await(this::isOver);
    Throwable seen = error;
    if (seen == null) {
      throw new AssertionError("completed after " + values);
    }
    return seen;
  }

  void awaitCompletion() {
    Pair.await(this::isOver);
    Throwable seen = error;
    if (seen != null) {
      throw new AssertionError("failed", seen);
    }
  }

  void awaitCount(int values) {
    Pair.await(() -> count() >= values);
  }

  @Override
  public void onSubscribe(Subscription s) {
    subscription = s;
    subscriptions.incrementAndGet();
  }

  @Override
  public void onNext(T value) {
    consumer.accept(value);
    values.add(value);
  }

  @Override
  public void onError(Throwable failure) {
    error = failure;
    terminals.incrementAndGet();
  }

  @Override
  public void onComplete() {
    completed = true;
    terminals.incrementAndGet();
  }
}
