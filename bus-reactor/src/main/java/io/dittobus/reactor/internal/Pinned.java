// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.internal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What memory a buffer keeps from being freed: not only what can be read of it, but all of the
 * buffers that it is a view of. What waits is bounded only if that is.
 */
public final class Pinned {

  /** Room around a message that is not worth a copy. */
  private static final int SLACK_BYTES = 512;

  private Pinned() {}

  /** Bytes that this buffer pins; 0 if it was released. */
  public static long bytes(ByteBuf buffer) {
    if (buffer.refCnt() == 0) {
      return 0;
    }
    ByteBuf root = buffer;
    for (ByteBuf next = root.unwrap(); next != null; next = root.unwrap()) {
      root = next;
    }
    if (!(root instanceof CompositeByteBuf composite)) {
      return root.capacity();
    }
    long bytes = 0;
    for (int i = 0; i < composite.numComponents(); i++) {
      bytes += bytes(composite.internalComponent(i));
    }
    return bytes;
  }

  /** What {@link #compact} of this buffer would pin. */
  public static long compactBytes(ByteBuf buffer) {
    long bytes = bytes(buffer);
    int size = buffer.readableBytes();
    return isWorthACopy(bytes, size) ? size : bytes;
  }

  /**
   * The same buffer; or a copy, if it pins more than twice what it holds, and the buffer is
   * released.
   */
  public static ByteBuf compact(ByteBuf own) {
    int size = own.readableBytes();
    if (!isWorthACopy(bytes(own), size)) {
      return own;
    }
    ByteBuf copy = copy(own, size);
    if (copy == null) {
      return own;
    }
    own.release();
    return copy;
  }

  /** The same for a buffer that is borrowed: it is retained, or copied. */
  public static ByteBuf keep(ByteBuf borrowed) {
    return compact(borrowed.retain());
  }

  private static boolean isWorthACopy(long pinned, int size) {
    return pinned > 2L * size + SLACK_BYTES;
  }

  /** Null if there is no memory, or another thread releases it meanwhile. */
  private static @Nullable ByteBuf copy(ByteBuf buffer, int size) {
    ByteBuf copy = null;
    try {
      copy = buffer.alloc().buffer(size, size);
      return copy.writeBytes(buffer, buffer.readerIndex(), size);
    } catch (Throwable e) {
      if (copy != null) {
        copy.release();
      }
      return null;
    }
  }
}
