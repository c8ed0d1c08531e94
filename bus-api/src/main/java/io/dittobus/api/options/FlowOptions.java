// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.options;

/**
 * How much one end of a stream lets wait, in each direction. Immutable; every bound can be read.
 *
 * @param prefetch messages the remote sender may put on the wire beyond what {@code request(n)}
 *     asked for; 0 (the default) to 2^31-1. They wait at the receiving end, and hide latency.
 * @param maxQueuedMessages messages that may wait at the sending end for credit, beside those that
 *     have it and wait for the link, 1 to 1,048,576; default 256
 * @param maxQueuedBytes the bytes of all that wait, with 32 for each; one message more than this is
 *     still taken when nothing waits. 1 to 2^31-1; default 1 MiB
 */
public record FlowOptions(int prefetch, int maxQueuedMessages, int maxQueuedBytes) {

  private static final FlowOptions DEFAULTS = new FlowOptions(0, 256, 1 << 20);

  /**
   * Options within their ranges.
   *
   * @throws IllegalArgumentException if one is outside
   */
  public FlowOptions {
    if (prefetch < 0) {
      throw new IllegalArgumentException("prefetch is at least 0; this is " + prefetch);
    }
    if (maxQueuedMessages < 1 || maxQueuedMessages > 1 << 20) {
      throw new IllegalArgumentException(
          "maxQueuedMessages is 1 to 1048576; this is " + maxQueuedMessages);
    }
    if (maxQueuedBytes < 1) {
      throw new IllegalArgumentException("maxQueuedBytes is at least 1; this is " + maxQueuedBytes);
    }
  }

  /** No prefetch, 256 queued messages, 1 MiB of queued bytes. */
  public static FlowOptions defaults() {
    return DEFAULTS;
  }

  /** The same with another {@link #prefetch()}. */
  public FlowOptions withPrefetch(int messages) {
    return new FlowOptions(messages, maxQueuedMessages, maxQueuedBytes);
  }

  /** The same with another {@link #maxQueuedMessages()}. */
  public FlowOptions withMaxQueuedMessages(int messages) {
    return new FlowOptions(prefetch, messages, maxQueuedBytes);
  }

  /** The same with another {@link #maxQueuedBytes()}. */
  public FlowOptions withMaxQueuedBytes(int bytes) {
    return new FlowOptions(prefetch, maxQueuedMessages, bytes);
  }
}
