// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.MessageCallback;
import io.dittobus.core.flow.Charge;
import io.dittobus.core.stream.SendHalf;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way to the loop, with what was said of it.
 *
 * @param message its bytes, which begin with its metadata if it has any
 * @param size how many they are
 * @param deadlineNanos when it is to be dropped, or {@link SendHalf#NO_DEADLINE}
 * @param callback who wants to hear how it ended
 */
record Emission(
    ByteBuf message,
    int size,
    boolean hasMetadata,
    long deadlineNanos,
    @Nullable MessageCallback callback) {

  /** A message of which nothing is said. */
  static Emission of(ByteBuf message) {
    return new Emission(message, message.readableBytes(), false, SendHalf.NO_DEADLINE, null);
  }

  /** What it costs in bytes of credit. */
  long charge() {
    return Charge.of(size);
  }

  /** Whether nothing is said of it. */
  boolean isPlain() {
    return !hasMetadata && deadlineNanos == SendHalf.NO_DEADLINE && callback == null;
  }

  /** The same with its bytes in another buffer. */
  Emission with(ByteBuf other) {
    return new Emission(other, size, hasMetadata, deadlineNanos, callback);
  }
}
