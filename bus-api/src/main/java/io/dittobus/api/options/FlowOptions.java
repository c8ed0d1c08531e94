// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.options;

import java.util.Objects;

/**
 * How much one end of a stream lets wait, in each direction, and how what it sends shares the link.
 * Immutable; every bound can be read.
 *
 * @param prefetch messages the remote sender may put on the wire beyond what {@code request(n)}
 *     asked for; 0 (the default) to 2^31-1. They wait at the receiving end, and hide latency.
 * @param maxQueuedMessages messages that may wait at the sending end for credit, beside those that
 *     have it and wait for the link, 1 to 1,048,576; default 256
 * @param maxQueuedBytes the bytes of all that wait, with 32 for each; one message more than this is
 *     still taken when nothing waits. 1 to 2^31-1; default 1 MiB. In the unreliable modes nothing
 *     waits for credit but the newest message, so this bounds what waits for the link.
 * @param maxWaiters emissions that may wait for room beside the queue, where a view of the stream
 *     lets them wait (the sink's {@code emit} of bus-reactor); their bytes are bounded by {@code
 *     maxQueuedBytes} once more. 0 to 1,048,576; default 256
 * @param priority the class of what this end sends; can be changed while the stream runs
 * @param weight the share of what this end sends among those of its class, relative to them, 1 (the
 *     default) to {@value #MAX_WEIGHT}; can be changed while the stream runs
 */
public record FlowOptions(
    int prefetch,
    int maxQueuedMessages,
    int maxQueuedBytes,
    int maxWaiters,
    Priority priority,
    int weight) {

  /** The largest weight. */
  public static final int MAX_WEIGHT = 256;

  private static final int DEFAULT_WAITERS = 256;

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
    if (maxWaiters < 0 || maxWaiters > 1 << 20) {
      throw new IllegalArgumentException("maxWaiters is 0 to 1048576; this is " + maxWaiters);
    }
    Objects.requireNonNull(priority, "priority");
    checkedWeight(weight);
  }

  /** Bounds with 256 waiters, priority NORMAL and weight 1. */
  public FlowOptions(int prefetch, int maxQueuedMessages, int maxQueuedBytes) {
    this(prefetch, maxQueuedMessages, maxQueuedBytes, DEFAULT_WAITERS, Priority.NORMAL, 1);
  }

  /**
   * Checks a weight.
   *
   * @return the weight
   * @throws IllegalArgumentException if it is outside of 1 to {@value #MAX_WEIGHT}
   */
  public static int checkedWeight(int weight) {
    if (weight < 1 || weight > MAX_WEIGHT) {
      throw new IllegalArgumentException("weight is 1 to " + MAX_WEIGHT + "; this is " + weight);
    }
    return weight;
  }

  /**
   * No prefetch, 256 queued messages, 1 MiB of queued bytes, 256 waiters, priority NORMAL, weight
   * 1.
   */
  public static FlowOptions defaults() {
    return DEFAULTS;
  }

  /** The same with another {@link #prefetch()}. */
  public FlowOptions withPrefetch(int messages) {
    return new FlowOptions(
        messages, maxQueuedMessages, maxQueuedBytes, maxWaiters, priority, weight);
  }

  /** The same with another {@link #maxQueuedMessages()}. */
  public FlowOptions withMaxQueuedMessages(int messages) {
    return new FlowOptions(prefetch, messages, maxQueuedBytes, maxWaiters, priority, weight);
  }

  /** The same with another {@link #maxQueuedBytes()}. */
  public FlowOptions withMaxQueuedBytes(int bytes) {
    return new FlowOptions(prefetch, maxQueuedMessages, bytes, maxWaiters, priority, weight);
  }

  /** The same with another {@link #maxWaiters()}. */
  public FlowOptions withMaxWaiters(int waiters) {
    return new FlowOptions(prefetch, maxQueuedMessages, maxQueuedBytes, waiters, priority, weight);
  }

  /** The same with another {@link #priority()}. */
  public FlowOptions withPriority(Priority newPriority) {
    return new FlowOptions(
        prefetch, maxQueuedMessages, maxQueuedBytes, maxWaiters, newPriority, weight);
  }

  /** The same with another {@link #weight()}. */
  public FlowOptions withWeight(int newWeight) {
    return new FlowOptions(
        prefetch, maxQueuedMessages, maxQueuedBytes, maxWaiters, priority, newWeight);
  }
}
