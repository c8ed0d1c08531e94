// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * What to do with the streams that peers open for one label. Immutable: each method gives another
 * route.
 */
public final class StreamRoute {

  private final BusEvents events;
  private final String label;
  private final FlowOptions flow;
  private final Metadata metadata;
  private final int concurrency;

  StreamRoute(BusEvents events, String label) {
    this(events, label, FlowOptions.defaults(), Metadata.empty(), Integer.MAX_VALUE);
  }

  private StreamRoute(
      BusEvents events, String label, FlowOptions flow, Metadata metadata, int concurrency) {
    this.events = events;
    this.label = label;
    this.flow = flow;
    this.metadata = metadata;
    this.concurrency = concurrency;
  }

  /** The same with these bounds of this end. */
  public StreamRoute flow(FlowOptions newFlow) {
    return new StreamRoute(events, label, newFlow, metadata, concurrency);
  }

  /** The same, and this travels back to whoever opens a stream. */
  public StreamRoute metadata(Metadata newMetadata) {
    return new StreamRoute(events, label, flow, newMetadata, concurrency);
  }

  /**
   * The same with at most this many open streams; further ones are refused with {@code
   * REFUSED_LIMIT}. By default only the bus sets a limit ({@code maxIncomingStreams} for each
   * peer).
   *
   * @param streams at least 1
   */
  public StreamRoute concurrency(int streams) {
    if (streams < 1) {
      throw new IllegalArgumentException("concurrency is at least 1; this is " + streams);
    }
    return new StreamRoute(events, label, flow, metadata, streams);
  }

  /**
   * Handles each stream as this function says: accepts it, and subscribes to what the function
   * returns, with the context of the one who subscribes here.
   *
   * <p>The outcome of that publisher is the stream's. When it completes, this side completes, and
   * cancels what it has not received to the end: a handler that only starts something should return
   * a publisher that ends with it, such as {@code stream.onClose()}. If what it has subscribed
   * apart fails to consume a message, the stream fails too. The other way round nothing is
   * cancelled: when the stream is over, the publisher may still be at work on what came in; one
   * that would go on for ever needs a {@code takeUntilOther(stream.onClose())}. If the function
   * throws or the publisher fails, the stream fails at both ends with an application error, the
   * failure is logged once, and neither other streams nor the route notice.
   *
   * <p>The function runs on an event loop and must not block.
   *
   * @return registers the handler when subscribed to, and unregisters it when cancelled; streams
   *     that are open go on. Completes when the bus is closed. Fails with an {@code
   *     IllegalStateException} if the label has a handler.
   */
  public Mono<Void> handle(Function<? super ReactorStream, ? extends Publisher<?>> handler) {
    return Mono.create(
        result -> {
          StreamHandler registration =
              new StreamHandler(handler, flow, metadata, concurrency, result.contextView());
          if (!events.register(label, registration)) {
            result.error(new IllegalStateException("The label '" + label + "' has a handler"));
            return;
          }
          result.onDispose(() -> events.unregister(label, registration));
          result.onCancel(events.closed().subscribe(report -> result.success()));
        });
  }
}
