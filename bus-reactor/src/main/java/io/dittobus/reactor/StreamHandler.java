// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import io.dittobus.api.IncomingStream;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.internal.Failures;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** Runs one handler for the streams of its label, each on its own. Any thread. */
final class StreamHandler {

  private static final Logger LOG = Loggers.getLogger(StreamHandler.class);

  private final Function<? super ReactorStream, ? extends Publisher<?>> handler;
  private final FlowOptions flow;
  private final Metadata metadata;
  private final int concurrency;
  private final Context context;
  private final AtomicInteger open = new AtomicInteger();

  StreamHandler(
      Function<? super ReactorStream, ? extends Publisher<?>> handler,
      FlowOptions flow,
      Metadata metadata,
      int concurrency,
      ContextView context) {
    this.handler = handler;
    this.flow = flow;
    this.metadata = metadata;
    this.concurrency = concurrency;
    this.context = Context.of(context);
  }

  void handle(IncomingStream incoming) {
    if (open.incrementAndGet() > concurrency) {
      open.decrementAndGet();
      incoming.refuse(
          BusCompletionReason.REFUSED_LIMIT,
          "at most " + concurrency + " streams of this label at a time");
      return;
    }
    ReactorStream stream = ReactorStream.of(incoming.accept(metadata, flow), true);
    stream.onClose().subscribe(end -> open.decrementAndGet());
    try {
      Publisher<?> run = Objects.requireNonNull(handler.apply(stream), "the handler's publisher");
      run.subscribe(new Run(stream)); // which must not throw, but may
    } catch (Throwable failure) {
      Failures.throwIfFatal(failure);
      failed(stream, failure);
    }
  }

  private static void failed(ReactorStream stream, Throwable failure) {
    // That the peer closed, or shuts down, is no fault of anyone's.
    if (!(failure instanceof StreamException ended) || ended.end().isFailure()) {
      LOG.warn(
          "The handler of {} ('{}') failed: {}",
          stream,
          Failures.printable(stream.label()),
          Failures.describe(failure));
    }
    LOG.debug("The handler failed", failure);
    stream.handlerFailed(
        Failures.NO_CODE, "the handler failed: " + failure.getClass().getSimpleName());
  }

  /** One run for one stream. */
  private final class Run implements CoreSubscriber<Object> {
    private final ReactorStream stream;

    Run(ReactorStream stream) {
      this.stream = stream;
    }

    @Override
    public Context currentContext() {
      return context;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Object value) {
      // Only the end counts.
    }

    @Override
    public void onError(Throwable failure) {
      failed(stream, failure);
    }

    @Override
    public void onComplete() {
      stream.handlerCompleted();
    }
  }
}
