// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import io.dittobus.api.IncomingMessage;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.reactor.codec.Codec;
import io.dittobus.reactor.codec.Codecs;
import io.netty.buffer.ByteBuf;

/** A single message, as its handler sees it. */
public final class ReceivedSingleMessage {

  private final IncomingMessage message;
  private final ByteBuf data;

  ReceivedSingleMessage(IncomingMessage message, ByteBuf data) {
    this.message = message;
    this.data = data;
  }

  /** Who sent it. */
  public DittoAddress peer() {
    return message.peer();
  }

  /** What it is for; may be empty. */
  public String label() {
    return message.label();
  }

  /** What travelled with it. */
  public Metadata metadata() {
    return message.metadata();
  }

  /** How it was sent: {@code RELIABLE} or {@code UNRELIABLE}. */
  public ReliabilityMode reliability() {
    return message.reliability();
  }

  /** The payload, borrowed until the publisher of the handler has ended; retain it to keep it. */
  public ByteBuf buffer() {
    return data;
  }

  /** A copy of the payload. */
  public byte[] asByteArray() {
    return as(Codecs.bytes());
  }

  /** The payload as UTF-8. */
  public String asString() {
    return as(Codecs.string());
  }

  /** The payload as this codec reads it. */
  public <T> T as(Codec<T> codec) {
    return codec.decode(buffer().slice());
  }

  /**
   * It is not allowed: its sender is told {@code REFUSED}, whatever becomes of the handler's
   * publisher. Without effect if that has ended.
   */
  public void refuse() {
    message.refuse();
  }

  /** The label and the peer, never the payload. */
  @Override
  public String toString() {
    return message.toString();
  }
}
