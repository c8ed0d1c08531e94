// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.inbound;

import io.dittobus.api.options.Metadata;
import io.dittobus.reactor.internal.Pinned;
import io.netty.buffer.ByteBuf;

/**
 * A message that waits for its thread. It owns its buffer.
 *
 * @param sequence its sequence
 * @param metadata what travelled with it
 * @param data the payload
 */
record WaitingMessage(long sequence, Metadata metadata, ByteBuf data) {

  /** Keeps a borrowed message. */
  static WaitingMessage of(long sequence, Metadata metadata, ByteBuf borrowed) {
    return new WaitingMessage(sequence, metadata, Pinned.keep(borrowed));
  }
}
