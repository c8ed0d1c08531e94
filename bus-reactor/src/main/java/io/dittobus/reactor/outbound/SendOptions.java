// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.outbound;

/**
 * How {@code send} asks its publisher. Immutable.
 *
 * @param prefetch messages that may be taken beyond what the other side has asked for, 0 (the
 *     default) to 2^31-1. They wait in the stream's queue, and never exceed its bounds.
 * @param maxBatch messages requested and not yet received, at most, 1 to 65,536; default 256. It is
 *     come to by doubling from 1, and less is requested as messages are larger. With 1, no more
 *     than one message is ever held here beyond the stream's queue.
 */
public record SendOptions(int prefetch, int maxBatch) {

  private static final SendOptions DEFAULTS = new SendOptions(0, 256);

  /**
   * Options within their ranges.
   *
   * @throws IllegalArgumentException if one is outside
   */
  public SendOptions {
    if (prefetch < 0) {
      throw new IllegalArgumentException("prefetch is at least 0; this is " + prefetch);
    }
    if (maxBatch < 1 || maxBatch > 1 << 16) {
      throw new IllegalArgumentException("maxBatch is 1 to 65536; this is " + maxBatch);
    }
  }

  /** No prefetch, batches of up to 256 messages. */
  public static SendOptions defaults() {
    return DEFAULTS;
  }

  /** The same with another {@link #prefetch()}. */
  public SendOptions withPrefetch(int messages) {
    return new SendOptions(messages, maxBatch);
  }

  /** The same with another {@link #maxBatch()}. */
  public SendOptions withMaxBatch(int messages) {
    return new SendOptions(prefetch, messages);
  }
}
