// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.internal;

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
    if (value instanceof ReferenceCounted counted) {
      int before = counted.refCnt();
      Operators.onDiscard(value, context);
      if (before > 0 && counted.refCnt() == before) {
        counted.release();
      }
    } else {
      Operators.onDiscard(value, context);
    }
  }
}
