// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The accepted connections that are in their TLS handshake: a bounded number. If there are too many
 * the oldest gives way: an honest peer needs a moment only. Any thread.
 */
final class TlsHandshakes {

  private final int most;
  private final Set<TlsGate> underWay = new LinkedHashSet<>();

  TlsHandshakes(int most) {
    this.most = most;
  }

  /** One begins; returns the one that has to go for it, if one has. */
  synchronized @Nullable TlsGate begin(TlsGate handshake) {
    TlsGate oldest = null;
    if (underWay.size() == most) {
      oldest = underWay.iterator().next();
      underWay.remove(oldest);
    }
    underWay.add(handshake);
    return oldest;
  }

  synchronized void end(TlsGate handshake) {
    underWay.remove(handshake);
  }
}
