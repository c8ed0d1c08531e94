// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Turns values into messages and back. Stateless or thread-safe: one codec may serve many streams,
 * each on a thread of its own. Must not block.
 *
 * @param <T> the values
 */
public interface Codec<T> {

  /**
   * Writes a value as one message. If this throws, the value is not sent; {@code send} cancels its
   * publisher and fails with what was thrown, and the stream lives on.
   *
   * @param value what to write; a reference-counted value belongs to the codec from here on
   * @param allocator where to get a buffer from
   * @return the message, owned by the caller; may be empty
   */
  ByteBuf encode(T value, ByteBufAllocator allocator);

  /**
   * Reads one message. If this throws, the message stays unacknowledged and its stream fails, at
   * both ends, with an application error.
   *
   * @param message borrowed until this returns; its reader index may be moved. A value that keeps
   *     it must retain it.
   * @return the value, never null
   */
  T decode(ByteBuf message);
}
