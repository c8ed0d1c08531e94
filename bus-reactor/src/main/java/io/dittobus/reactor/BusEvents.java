// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.DittoBusStream;
import io.dittobus.api.IncomingMessage;
import io.dittobus.api.IncomingStream;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerState;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.api.result.StreamException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Tells the events of a bus to whoever waits for them: pending Monos, handlers by label, the Flux
 * of the others.
 */
final class BusEvents implements DittoBusCallback {

  private final Map<String, StreamHandler> handlers = new ConcurrentHashMap<>();
  private final Map<String, MessageHandler> messageHandlers = new ConcurrentHashMap<>();
  private final IncomingStreams incoming = new IncomingStreams();
  private final PeerStates peerStates = new PeerStates();
  private final Sinks.One<CloseReport> closed = Sinks.one();
  private volatile boolean isClosed;

  /** True if the label had no handler. */
  boolean register(String label, StreamHandler handler) {
    return handlers.putIfAbsent(label, handler) == null;
  }

  void unregister(String label, StreamHandler handler) {
    handlers.remove(label, handler);
  }

  /** True if the label had no handler of single messages. */
  boolean register(String label, MessageHandler handler) {
    return messageHandlers.putIfAbsent(label, handler) == null;
  }

  void unregister(String label, MessageHandler handler) {
    messageHandlers.remove(label, handler);
  }

  PeerStates peerStates() {
    return peerStates;
  }

  @Override
  public void peerStateChanged(DittoAddress peer, PeerState state) {
    peerStates.tell(peer, state);
  }

  IncomingStreams incoming() {
    return incoming;
  }

  /** What could not be brought to its end, once the bus is closed. */
  Mono<CloseReport> closed() {
    return closed.asMono();
  }

  boolean isClosed() {
    return isClosed;
  }

  @Override
  public void connectSucceeded(@Nullable Object connectCtx, DittoAddress peer) {
    this.<DittoAddress>pending(connectCtx).complete(peer);
  }

  @Override
  public void connectFailed(@Nullable Object connectCtx, DittoBusException error) {
    pending(connectCtx).fail(error);
  }

  @Override
  public void streamOpenSucceeded(@Nullable Object openCtx, DittoBusStream stream) {
    this.<ReactorStream>pending(openCtx).complete(ReactorStream.of(stream, false));
  }

  @Override
  public void streamOpenFailed(@Nullable Object openCtx, StreamEnd end) {
    pending(openCtx).fail(new StreamException(end));
  }

  @Override
  public void newIncomingStream(IncomingStream stream) {
    StreamHandler handler = handlers.get(stream.label());
    if (handler != null) {
      handler.handle(stream);
    } else {
      incoming.take(stream);
    }
  }

  @Override
  public void singleMessageReceived(IncomingMessage message) {
    MessageHandler handler = messageHandlers.get(message.label());
    if (handler != null) {
      handler.handle(message);
    } else {
      message.refuse();
    }
  }

  @Override
  public void finishedSendingSingleMessage(
      @Nullable Object sendCtx, ReliabilityMode reliability, BusSingleSendResult result) {
    this.<BusSingleSendResult>pending(sendCtx).complete(result);
  }

  @Override
  public void busClosed(CloseReport report) {
    isClosed = true;
    peerStates.close();
    closed.tryEmitValue(report);
  }

  /** The context of each call is the Mono that waits for its end. */
  @SuppressWarnings("unchecked") // ReactorBus, the only caller, gives one of the right kind
  private <T> PendingResult<T> pending(@Nullable Object ctx) {
    return (PendingResult<T>) Objects.requireNonNull(ctx);
  }
}
