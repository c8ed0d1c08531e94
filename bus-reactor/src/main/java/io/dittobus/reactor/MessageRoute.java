// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** What to do with the single messages that peers send for one label. */
public final class MessageRoute {

  private final BusEvents events;
  private final String label;

  MessageRoute(BusEvents events, String label) {
    this.events = events;
    this.label = label;
  }

  /**
   * Handles each message as this function says, and subscribes to what it returns, with the context
   * of the one who subscribes here. The function runs on an event loop and must not block.
   *
   * <p>When that publisher completes, the message is consumed, and its sender is told {@code
   * DELIVERED}; if it fails, or the function throws, the failure is logged once, and the sender is
   * told {@code UNKNOWN}. Until then the message occupies its place in the session's window of
   * single messages ({@code singleWindowMessages}), which bounds how many are handled at a time for
   * a peer.
   *
   * @return registers the handler when subscribed to, and unregisters it when cancelled. Completes
   *     when the bus is closed. Fails with an {@code IllegalStateException} if the label has a
   *     handler.
   */
  public Mono<Void> handle(
      Function<? super ReceivedSingleMessage, ? extends Publisher<?>> handler) {
    return Mono.create(
        result -> {
          MessageHandler registration = new MessageHandler(handler, result.contextView());
          if (!events.register(label, registration)) {
            result.error(
                new IllegalStateException("The label '" + label + "' has a message handler"));
            return;
          }
          result.onDispose(() -> events.unregister(label, registration));
          result.onCancel(events.closed().subscribe(report -> result.success()));
        });
  }
}
