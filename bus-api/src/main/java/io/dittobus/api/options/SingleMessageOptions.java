// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.options;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the sender of a single message chooses. Immutable.
 *
 * @param label what the message is for: up to {@value StreamOptions#MAX_LABEL_BYTES} bytes of
 *     UTF-8; may be empty. The other side picks its handler by it.
 * @param metadata what travels with the message; with the label it counts to the message's size
 * @param timeout how long a reliable message may wait for the peer and its credit until it is on
 *     the wire, above 0; default 15 s. After that it is {@code UNREACHABLE}.
 * @param timeToLive how long an unreliable message may wait until it is on the wire, above 0; null
 *     for as long as it takes the link. Reliable ones have their timeout.
 */
public record SingleMessageOptions(
    String label, Metadata metadata, Duration timeout, @Nullable Duration timeToLive) {

  private static final SingleMessageOptions DEFAULTS =
      new SingleMessageOptions("", Metadata.empty(), Duration.ofSeconds(15), null);

  /**
   * Options within their ranges.
   *
   * @throws IllegalArgumentException if one is outside
   */
  public SingleMessageOptions {
    Objects.requireNonNull(label, "label");
    Objects.requireNonNull(metadata, "metadata");
    Objects.requireNonNull(timeout, "timeout");
    if (!label.isEmpty()) {
      Utf8.checkedLength("A label", label, StreamOptions.MAX_LABEL_BYTES);
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout is above zero; this is " + timeout);
    }
    if (timeToLive != null && (timeToLive.isNegative() || timeToLive.isZero())) {
      throw new IllegalArgumentException("timeToLive is above zero; this is " + timeToLive);
    }
  }

  /** No label, no metadata, 15 s to reach the peer. */
  public static SingleMessageOptions defaults() {
    return DEFAULTS;
  }

  /** The defaults with this label. */
  public static SingleMessageOptions label(String label) {
    return DEFAULTS.withLabel(label);
  }

  /** The same with another {@link #label()}. */
  public SingleMessageOptions withLabel(String newLabel) {
    return new SingleMessageOptions(newLabel, metadata, timeout, timeToLive);
  }

  /** The same with other metadata. */
  public SingleMessageOptions withMetadata(Metadata newMetadata) {
    return new SingleMessageOptions(label, newMetadata, timeout, timeToLive);
  }

  /** The same with another {@link #timeout()}. */
  public SingleMessageOptions withTimeout(Duration newTimeout) {
    return new SingleMessageOptions(label, metadata, newTimeout, timeToLive);
  }

  /** The same with another {@link #timeToLive()}. */
  public SingleMessageOptions withTimeToLive(Duration time) {
    return new SingleMessageOptions(label, metadata, timeout, time);
  }
}
