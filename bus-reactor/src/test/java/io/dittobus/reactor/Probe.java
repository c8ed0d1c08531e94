// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.util.context.Context;

/** A subscriber that asks when it is told to, and keeps what it gets. */
final class Probe<T> implements CoreSubscriber<T> {

  final List<T> values = new ArrayList<>();
  int count;
  int terminals;
  boolean cancelled;
  volatile boolean completed;
  volatile @Nullable Throwable error;
  @Nullable Subscription subscription;
  private final Context context;

  Probe() {
    this(Context.empty());
  }

  Probe(Context context) {
    this.context = context;
  }

  void request(long n) {
    subscription.request(n);
  }

  void cancel() {
    subscription.cancel();
  }

  boolean isOver() {
    return completed || error != null;
  }

  @Override
  public Context currentContext() {
    return context;
  }

  @Override
  public void onSubscribe(Subscription s) {
    subscription = s;
  }

  @Override
  public void onNext(T value) {
    values.add(value);
    count++;
  }

  @Override
  public void onError(Throwable failure) {
    terminals++;
    error = failure;
  }

  @Override
  public void onComplete() {
    terminals++;
    completed = true;
  }
}
