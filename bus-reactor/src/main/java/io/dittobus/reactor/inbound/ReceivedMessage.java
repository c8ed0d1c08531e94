// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.inbound;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.options.Metadata;
import io.dittobus.reactor.codec.Codec;
import io.dittobus.reactor.codec.Codecs;
import io.netty.buffer.ByteBuf;

/**
 * A message with its sequence and its metadata. From {@link InboundFlux#withAck} it is acknowledged
 * by hand: its sender learns of the longest unbroken run of acknowledged messages; those that are
 * not acknowledged keep the window of their stream occupied, until it stalls.
 */
public final class ReceivedMessage {

  private final DittoBusStream stream;
  private final long sequence;
  private final Metadata metadata;
  private final ByteBuf buffer;

  ReceivedMessage(DittoBusStream stream, long sequence, Metadata metadata, ByteBuf buffer) {
    this.stream = stream;
    this.sequence = sequence;
    this.metadata = metadata;
    this.buffer = buffer;
  }

  /** What travelled with it; empty if nothing did. */
  public Metadata metadata() {
    return metadata;
  }

  /**
   * Its sequence, from 1. In the unreliable modes it may be more than one above the one before:
   * those between were dropped.
   */
  public long sequence() {
    return sequence;
  }

  /**
   * The payload, borrowed until {@code onNext} returns: retain it to keep it, and release it then.
   */
  public ByteBuf buffer() {
    return buffer;
  }

  /** A copy of the payload. Only before {@code onNext} returns, unless the buffer was retained. */
  public byte[] asByteArray() {
    return as(Codecs.bytes());
  }

  /** The payload as UTF-8. Only before {@code onNext} returns, unless the buffer was retained. */
  public String asString() {
    return as(Codecs.string());
  }

  /**
   * The payload as this codec reads it. Only before {@code onNext} returns, unless the buffer was
   * retained.
   */
  public <T> T as(Codec<T> codec) {
    return codec.decode(buffer);
  }

  /**
   * Acknowledges this message: in any order, from any thread, at any time. A second time is without
   * effect, and so is it where messages are acknowledged by themselves.
   */
  public void acknowledge() {
    stream.acknowledge(sequence);
  }

  /** Acknowledges this message and all before it. From any thread, at any time. */
  public void acknowledgeUpTo() {
    stream.acknowledgeUpTo(sequence);
  }

  /** The sequence and the size, never the payload. */
  @Override
  public String toString() {
    return "message "
        + sequence
        + (buffer.refCnt() > 0 ? " (" + buffer.readableBytes() + " bytes)" : "");
  }
}
