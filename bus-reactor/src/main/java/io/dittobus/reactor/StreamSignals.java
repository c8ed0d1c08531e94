// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.DittoBusStreamCallback;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.result.MessageResult;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.reactor.inbound.InboundSide;
import io.dittobus.reactor.outbound.OutboundSide;
import io.netty.buffer.ByteBuf;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Tells the events of one stream to its two directions, and its end to whoever wants to know. */
final class StreamSignals implements DittoBusStreamCallback {

  private final InboundSide inbound;
  private final OutboundSide outbound;
  private final Sinks.One<StreamEnd> closed = Sinks.one();
  private volatile boolean isClosed;

  StreamSignals(InboundSide inbound, OutboundSide outbound) {
    this.inbound = inbound;
    this.outbound = outbound;
  }

  Mono<StreamEnd> closed() {
    return closed.asMono();
  }

  boolean isClosed() {
    return isClosed;
  }

  @Override
  public void streamMessageReceived(DittoBusStream stream, long messageSequence, ByteBuf data) {
    inbound.messageReceived(messageSequence, Metadata.empty(), data);
  }

  @Override
  public void streamMessageReceived(
      DittoBusStream stream, long messageSequence, Metadata metadata, ByteBuf data) {
    inbound.messageReceived(messageSequence, metadata, data);
  }

  @Override
  public void streamSendCompleted(
      DittoBusStream stream, MessageResult result, long messageSequence) {
    outbound.sendCompleted(result, messageSequence);
  }

  @Override
  public void streamRemoteAck(DittoBusStream stream, long messageSequence) {
    outbound.acknowledged(messageSequence);
  }

  @Override
  public void streamCreditChanged(DittoBusStream stream) {
    outbound.creditChanged();
  }

  @Override
  public void streamInboundEnded(DittoBusStream stream, StreamEnd end) {
    inbound.ended(end);
  }

  @Override
  public void streamOutboundEnded(DittoBusStream stream, StreamEnd end) {
    outbound.ended(end);
  }

  @Override
  public void streamClosed(DittoBusStream stream, StreamEnd end) {
    isClosed = true;
    closed.tryEmitValue(end);
  }
}
