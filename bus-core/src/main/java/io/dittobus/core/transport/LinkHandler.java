// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.transport;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What a link tells its owner: {@code linkUp}, then any number of the others, then {@code
 * linkDown}; one at a time, on the link's loop.
 */
public interface LinkHandler {

  /** The link is up: it may be written to. */
  void linkUp(Link link);

  /**
   * Bytes came in.
   *
   * @param bytes borrowed until this returns; retain to keep
   */
  void bytesReceived(ByteBuf bytes);

  /** What had arrived together has been delivered: a moment to write and flush. */
  void readCompleted();

  /** {@link Link#isWritable} has changed. */
  void writabilityChanged();

  /**
   * The link is down, for good, and the last call. All buffers written and not sent have been
   * released.
   *
   * @param cause what broke it; null if either side ended it in order. A {@link
   *     java.net.ProtocolException} is the carrier's own word: it has cut the link for what the
   *     other side did
   */
  void linkDown(@Nullable Throwable cause);
}
