// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.options;

import java.time.Duration;
import java.util.Objects;

/**
 * What the one who opens a stream chooses. Immutable.
 *
 * @param reliability what is promised for its messages
 * @param label what the stream is for, e.g. {@code telemetry/v1}: 1 to {@value #MAX_LABEL_BYTES}
 *     bytes of UTF-8. The other side picks its handler by it, and refuses a label that it does not
 *     handle.
 * @param metadata what travels with the opening
 * @param openTimeout how long to wait for the peer, and for its answer, in all, above 0; default 15
 *     s. What is longer than some decades is as good as for ever.
 * @param flow bounds of this end
 */
public record StreamOptions(
    ReliabilityMode reliability,
    String label,
    Metadata metadata,
    Duration openTimeout,
    FlowOptions flow) {

  /** Longest label, in bytes of UTF-8. */
  public static final int MAX_LABEL_BYTES = 255;

  private static final Duration DEFAULT_OPEN_TIMEOUT = Duration.ofSeconds(15);

  /**
   * Options within their ranges.
   *
   * @throws IllegalArgumentException if one is outside
   */
  public StreamOptions {
    Objects.requireNonNull(reliability, "reliability");
    Objects.requireNonNull(label, "label");
    Objects.requireNonNull(metadata, "metadata");
    Objects.requireNonNull(openTimeout, "openTimeout");
    Objects.requireNonNull(flow, "flow");
    Utf8.checkedLength("A label", label, MAX_LABEL_BYTES);
    if (openTimeout.isNegative() || openTimeout.isZero()) {
      throw new IllegalArgumentException("openTimeout is above zero; this is " + openTimeout);
    }
  }

  /** A reliable stream for this label, everything else by default. */
  public static StreamOptions reliable(String label) {
    return of(ReliabilityMode.RELIABLE, label);
  }

  /** An unreliable stream for this label, everything else by default. */
  public static StreamOptions unreliable(String label) {
    return of(ReliabilityMode.UNRELIABLE, label);
  }

  /** An unreliable, sequenced stream for this label, everything else by default. */
  public static StreamOptions sequenced(String label) {
    return of(ReliabilityMode.UNRELIABLE_SEQUENCED, label);
  }

  /** A stream of this mode for this label, everything else by default. */
  public static StreamOptions of(ReliabilityMode reliability, String label) {
    return new StreamOptions(
        reliability, label, Metadata.empty(), DEFAULT_OPEN_TIMEOUT, FlowOptions.defaults());
  }

  /** The same with other metadata. */
  public StreamOptions withMetadata(Metadata newMetadata) {
    return new StreamOptions(reliability, label, newMetadata, openTimeout, flow);
  }

  /** The same with another {@link #openTimeout()}. */
  public StreamOptions withOpenTimeout(Duration timeout) {
    return new StreamOptions(reliability, label, metadata, timeout, flow);
  }

  /** The same with other bounds of this end. */
  public StreamOptions withFlow(FlowOptions newFlow) {
    return new StreamOptions(reliability, label, metadata, openTimeout, newFlow);
  }

  /** The same with another {@link FlowOptions#prefetch()}. */
  public StreamOptions withPrefetch(int messages) {
    return withFlow(flow.withPrefetch(messages));
  }
}
