// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.internal;

import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCounted;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** Disposes of values that were taken and could not be handed on. */
public final class Discards {

  private Discards() {}

  /**
   * Gives a value to the {@code doOnDiscard} hook of this context. If it is reference-counted and
   * the hook did not release it (most often since there is none), it is released here: it belonged
   * to the bus.
   */
  public static void discard(Object value, Context context) {
    if (!(value instanceof ReferenceCounted counted)) {
      Operators.onDiscard(value, context);
      return;
    }
    ReferenceCounted own = value instanceof ByteBuf buffer ? alone(buffer) : counted;
    int before = own.refCnt();
    Operators.onDiscard(own, context);
    if (before > 0 && own.refCnt() == before) {
      own.release();
    }
  }

  /**
   * A buffer whose count tells what the hook has done. That of a shared one may be changed by its
   * other owners meanwhile: a message shares the buffer that its link has read into.
   */
  private static ByteBuf alone(ByteBuf buffer) {
    return buffer.refCnt() > 1
        ? buffer.alloc().compositeBuffer(1).addComponent(true, buffer)
        : buffer;
  }
}
