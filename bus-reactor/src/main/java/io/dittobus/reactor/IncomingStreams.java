// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import io.dittobus.api.IncomingStream;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.CloseReport;
import io.dittobus.reactor.internal.Failures;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.concurrent.Queues;

/**
 * The streams that no handler takes, as a Flux. A stream is accepted only if it was requested; so
 * what waits here is bounded by the demand.
 */
final class IncomingStreams {

  private static final Logger LOG = Loggers.getLogger(IncomingStreams.class);

  private final AtomicReference<@Nullable Receiver> receiver = new AtomicReference<>();

  /** One subscriber at a time. */
  Flux<ReactorStream> flux(FlowOptions flow, BusEvents events) {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super ReactorStream> actual) {
        Receiver mine = new Receiver(actual, flow);
        if (!receiver.compareAndSet(null, mine)) {
          Operators.error(
              actual, new IllegalStateException("The incoming streams have a subscriber already"));
          return;
        }
        actual.onSubscribe(mine);
        mine.begin();
        mine.completeWith(events.closed());
      }
    };
  }

  /** Accepts a stream for the subscriber, or refuses it: at once, in either case. */
  void take(IncomingStream incoming) {
    Receiver current = receiver.get();
    if (current == null) {
      incoming.refuse(BusCompletionReason.REFUSED_NO_HANDLER, "nobody handles this label");
    } else if (!current.reserve()) {
      incoming.refuse(BusCompletionReason.REFUSED_LIMIT, "no further streams are taken now");
    } else {
      current.accept(incoming);
    }
  }

  private final class Receiver implements Subscription {
    private final CoreSubscriber<? super ReactorStream> actual;
    private final FlowOptions flow;
    private final AtomicLong demand = new AtomicLong();
    private final Queue<ReactorStream> accepted =
        Queues.<ReactorStream>unboundedMultiproducer().get();

    /** Notes that are not dealt with; the first one is {@link #begin}'s. */
    private final AtomicInteger work = new AtomicInteger(1);

    /** What waits for the end of the bus, and must not keep this until then. */
    private final Disposable.Swap closing = Disposables.swap();

    private volatile boolean completed;
    private volatile boolean cancelled;
    private volatile @Nullable IllegalArgumentException badRequest;

    Receiver(CoreSubscriber<? super ReactorStream> actual, FlowOptions flow) {
      this.actual = actual;
      this.flow = flow;
    }

    boolean reserve() {
      while (true) {
        long before = demand.get();
        if (before == Long.MAX_VALUE) {
          return true;
        }
        if (before == 0) {
          return false;
        }
        if (demand.compareAndSet(before, before - 1)) {
          return true;
        }
      }
    }

    void accept(IncomingStream incoming) {
      accepted.offer(ReactorStream.of(incoming.accept(Metadata.empty(), flow), false));
      drain();
    }

    void completeWith(Mono<CloseReport> closed) {
      closing.update(
          closed.subscribe(
              report -> {
                completed = true;
                drain();
              }));
    }

    @Override
    public void request(long n) {
      if (n <= 0) {
        badRequest =
            new IllegalArgumentException(
                "Reactive Streams 3.9: a request is for at least 1; this is for " + n);
        drain();
        return;
      }
      demand.accumulateAndGet(n, Operators::addCap);
    }

    @Override
    public void cancel() {
      leave();
      drain();
    }

    /** Gets no more; another one may come. */
    private void leave() {
      cancelled = true;
      receiver.compareAndSet(this, null);
      closing.dispose();
    }

    private void drain() {
      if (work.getAndIncrement() == 0) {
        begin();
      }
    }

    /** {@code onSubscribe} has returned: nothing comes beside it. */
    void begin() {
      int missed = 1;
      do {
        step();
        missed = work.addAndGet(-missed);
      } while (missed != 0);
    }

    private void deliver(ReactorStream stream) {
      try {
        actual.onNext(stream);
      } catch (Throwable failure) {
        Failures.throwIfFatal(failure);
        LOG.warn("The receiver of incoming streams failed: {}", Failures.describe(failure));
        leave(); // Reactive Streams 2.13: counts as cancelled
        stream.handlerFailed(Failures.NO_CODE, "the receiver of incoming streams failed");
      }
    }

    private void step() {
      boolean last = completed;
      for (ReactorStream stream = accepted.poll(); stream != null; stream = accepted.poll()) {
        if (cancelled) {
          stream.dispose(); // nobody will
        } else {
          deliver(stream);
        }
      }
      IllegalArgumentException bad = badRequest;
      if (cancelled || (!last && bad == null)) {
        return;
      }
      leave();
      if (bad != null) {
        actual.onError(bad);
      } else {
        actual.onComplete();
      }
    }
  }
}
