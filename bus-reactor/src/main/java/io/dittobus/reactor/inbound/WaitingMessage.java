// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.inbound;

import io.dittobus.api.options.Metadata;
import io.netty.buffer.ByteBuf;

/**
 * A message that waits for its thread. It owns its buffer.
 *
 * @param sequence its sequence
 * @param metadata what travelled with it
 * @param data the payload
 */
record WaitingMessage(long sequence, Metadata metadata, ByteBuf data) {

  /** Up to this size a copy costs less than the memory that a slice of a large buffer would pin. */
  private static final int MAX_COPIED_BYTES = 4 * 1024;

  /** Keeps a borrowed message. */
  static WaitingMessage of(long sequence, Metadata metadata, ByteBuf borrowed) {
    int size = borrowed.readableBytes();
    ByteBuf kept =
        size <= MAX_COPIED_BYTES
            ? borrowed.alloc().buffer(size).writeBytes(borrowed)
            : borrowed.retain();
    return new WaitingMessage(sequence, metadata, kept);
  }
}
