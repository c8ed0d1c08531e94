// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.BusListener;
import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.Permission;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What a node is made of, besides its transport. Immutable.
 *
 * @param identity who the node is
 * @param options bounds and clocks
 * @param listen where to listen; empty for a node that only dials
 * @param listener told what can be measured
 * @param connectTimeout how long a {@code connect} may take, from resolving the name to a session,
 *     above 0; what is longer than some decades is cut to that
 * @param admission who may join
 * @param permission what those may do who have
 */
public record NodeConfig(
    PeerIdentity identity,
    BusOptions options,
    List<Endpoint> listen,
    BusListener listener,
    Duration connectTimeout,
    Admission admission,
    Permission permission) {

  /**
   * A configuration.
   *
   * @throws IllegalArgumentException if the connect timeout is not above zero, or the certificate
   *     of the admission is of another identity
   */
  public NodeConfig {
    listen = List.copyOf(listen);
    if (connectTimeout.isNegative() || connectTimeout.isZero()) {
      throw new IllegalArgumentException("connectTimeout is above zero; this is " + connectTimeout);
    }
    connectTimeout = Times.capped(connectTimeout);
    Objects.requireNonNull(permission, "permission");
    if (admission instanceof Admission.Authority authority
        && !authority.own().identity().publicKey().equals(identity.publicKey())) {
      throw new IllegalArgumentException(
          "The certificate is of the key of "
              + authority.own().identity().address()
              + ", the bus has that of "
              + identity.address());
    }
  }
}
