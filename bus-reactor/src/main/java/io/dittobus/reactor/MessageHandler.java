// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import io.dittobus.api.IncomingMessage;
import io.dittobus.reactor.internal.Failures;
import io.dittobus.reactor.internal.Pinned;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** Runs one handler for the single messages of its label, each on its own. Any thread. */
final class MessageHandler {

  private static final Logger LOG = Loggers.getLogger(MessageHandler.class);

  private final Function<? super ReceivedSingleMessage, ? extends Publisher<?>> handler;
  private final Context context;

  MessageHandler(
      Function<? super ReceivedSingleMessage, ? extends Publisher<?>> handler,
      ContextView context) {
    this.handler = handler;
    this.context = Context.of(context);
  }

  void handle(IncomingMessage message) {
    message.acknowledgeLater();
    ByteBuf data = Pinned.keep(message.data());
    Run run = new Run(message, data);
    try {
      Publisher<?> handling =
          Objects.requireNonNull(
              handler.apply(new ReceivedSingleMessage(message, data)), "the handler's publisher");
      handling.subscribe(run); // which must not throw, but may
    } catch (Throwable failure) {
      Failures.throwIfFatal(failure);
      run.onError(failure);
    }
  }

  /** One run for one message. */
  private final class Run implements CoreSubscriber<Object> {
    private final IncomingMessage message;
    private final ByteBuf data;
    private final AtomicBoolean ended = new AtomicBoolean();

    Run(IncomingMessage message, ByteBuf data) {
      this.message = message;
      this.data = data;
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
      LOG.warn("The handler of a {} failed: {}", message, Failures.describe(failure));
      LOG.debug("The handler failed", failure);
      if (ended.compareAndSet(false, true)) {
        message.fail();
        data.release();
      }
    }

    @Override
    public void onComplete() {
      if (ended.compareAndSet(false, true)) {
        message.acknowledge();
        data.release();
      }
    }
  }
}
