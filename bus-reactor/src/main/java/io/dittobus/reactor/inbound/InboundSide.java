// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.inbound;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.reactor.internal.Failures;
import io.netty.buffer.ByteBuf;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.BaseSubscriber;

/**
 * The receiving direction of one stream: hands its events to the one subscriber, and knows how the
 * direction ended. Not for applications.
 */
public final class InboundSide {

  /**
   * What {@code subscribe(consumer)} subscribes with; not public, as {@link FailedConsumer} says.
   */
  private static final Set<String> LAMBDA_SUBSCRIBERS =
      Set.of(
          "reactor.core.publisher.LambdaSubscriber", "reactor.core.publisher.LambdaMonoSubscriber");

  /** What the other side is told of a receiver that failed. */
  static final String RECEIVER_FAILED = "the receiver failed";

  private final DittoBusStream stream;
  private final boolean handled;
  private final AtomicBoolean claimed = new AtomicBoolean();
  private volatile @Nullable InboundSubscription<?> subscription;
  private volatile @Nullable StreamEnd end;
  private volatile boolean failed;

  /**
   * The direction of a stream that is not started yet.
   *
   * @param handled whether a handler owns the stream, whose outcome decides how it ends
   */
  public InboundSide(DittoBusStream stream, boolean handled) {
    this.stream = stream;
    this.handled = handled;
  }

  /** The Flux of its messages. */
  public InboundFlux receive() {
    return new InboundFlux(this, null, 0);
  }

  /** A message came in. On the stream's executor. */
  public void messageReceived(long sequence, Metadata metadata, ByteBuf data) {
    InboundSubscription<?> current = subscription;
    if (current != null) {
      current.deliver(sequence, metadata, data);
    }
  }

  /** The direction is over. On the stream's executor. */
  public void ended(StreamEnd how) {
    end = how;
    InboundSubscription<?> current = subscription;
    if (current != null) {
      current.terminateIfEnded();
    }
  }

  /**
   * The handler of the stream wants no more: cancels, after the acknowledgement of the message that
   * is being consumed, if any. Without effect if the direction is over.
   */
  public void cancel() {
    InboundSubscription<?> current = subscription;
    if (current == null || !current.cancelAfterMessage()) {
      stream.cancel();
    }
  }

  /**
   * The stream fails by the application's doing: a message that is being consumed now stays
   * unacknowledged.
   */
  public void fail(long code, String text) {
    failed = true;
    stream.fail(code, text);
  }

  DittoBusStream stream() {
    return stream;
  }

  @Nullable StreamEnd end() {
    return end;
  }

  boolean isFailed() {
    return failed;
  }

  /** True for the first subscriber only. */
  boolean claim() {
    return claimed.compareAndSet(false, true);
  }

  void attach(InboundSubscription<?> only) {
    subscription = only;
  }

  /** The subscriber gets no more: whoever it is, it may be collected (Reactive Streams 3.13). */
  void detach() {
    subscription = null;
  }

  /**
   * The consumer of the messages has failed, and takes no more of them. That ends the stream; but
   * if a handler owns it, and may hear of the failure, it ends this direction only: the handler may
   * recover, and answer. Most often it fails now, and says more of it than is known here, so it is
   * given the time to.
   *
   * @param consumer the subscriber
   */
  void consumerFailed(CoreSubscriber<?> consumer) {
    failed = true;
    if (handled && !isApart(consumer)) {
      stream.executor().execute(() -> stream.failInbound(Failures.NO_CODE, RECEIVER_FAILED));
    } else {
      stream.fail(Failures.NO_CODE, RECEIVER_FAILED);
    }
  }

  /**
   * Whether the last of the subscribers is one that an application subscribes by itself, so that no
   * handler's publisher is behind it. If that cannot be seen, no.
   */
  private static boolean isApart(CoreSubscriber<?> consumer) {
    Object last = Scannable.from(consumer).actuals().reduce((one, next) -> next).orElse(null);
    Object terminal = last == null ? consumer : last;
    return terminal instanceof BaseSubscriber
        || LAMBDA_SUBSCRIBERS.contains(terminal.getClass().getName());
  }
}
