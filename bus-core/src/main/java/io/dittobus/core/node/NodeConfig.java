// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.BusListener;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import java.time.Duration;
import java.util.List;

/**
 * What a node is made of, besides its transport. Immutable.
 *
 * @param identity who the node is
 * @param options bounds and clocks
 * @param listen where to listen; empty for a node that only dials
 * @param listener told what can be measured
 * @param connectTimeout how long a {@code connect} may take, from resolving the name to a session,
 *     above 0; what is longer than some decades is cut to that
 */
public record NodeConfig(
    PeerIdentity identity,
    BusOptions options,
    List<Endpoint> listen,
    BusListener listener,
    Duration connectTimeout) {

  /**
   * A configuration.
   *
   * @throws IllegalArgumentException if the connect timeout is not above zero
   */
  public NodeConfig {
    listen = List.copyOf(listen);
    if (connectTimeout.isNegative() || connectTimeout.isZero()) {
      throw new IllegalArgumentException("connectTimeout is above zero; this is " + connectTimeout);
    }
    connectTimeout = Times.capped(connectTimeout);
  }
}
