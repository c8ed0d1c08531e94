// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.options;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What can be said of one message. Immutable.
 *
 * @param metadata what travels with it; its encoding counts to the message's size
 * @param timeToLive how long it may wait at this end, from its emission to its first byte on the
 *     wire, above 0; then it is dropped. Null for as long as it takes. Only in the unreliable
 *     modes.
 */
public record MessageOptions(Metadata metadata, @Nullable Duration timeToLive) {

  private static final MessageOptions NONE = new MessageOptions(Metadata.empty(), null);

  /**
   * Options within their ranges.
   *
   * @throws IllegalArgumentException if the time to live is not above zero
   */
  public MessageOptions {
    Objects.requireNonNull(metadata, "metadata");
    if (timeToLive != null && (timeToLive.isNegative() || timeToLive.isZero())) {
      throw new IllegalArgumentException("timeToLive is above zero; this is " + timeToLive);
    }
  }

  /** Nothing is said. */
  public static MessageOptions none() {
    return NONE;
  }

  /** The same with other metadata. */
  public MessageOptions withMetadata(Metadata newMetadata) {
    return new MessageOptions(newMetadata, timeToLive);
  }

  /** The same with another {@link #timeToLive()}. */
  public MessageOptions withTimeToLive(Duration time) {
    return new MessageOptions(metadata, time);
  }
}
