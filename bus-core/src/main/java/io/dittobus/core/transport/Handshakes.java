// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.transport;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Handshakes of accepted connections that are under way: a bounded number. If there are too many
 * the oldest gives way, since an honest peer needs a moment only and those who stall need for ever.
 * Any thread.
 *
 * @param <H> who runs a handshake; compared by identity or by {@code equals}, as it likes
 */
public final class Handshakes<H> {

  private final int most;
  private final Set<H> underWay = new LinkedHashSet<>();

  /** At most so many, at least 1. */
  public Handshakes(int most) {
    this.most = most;
  }

  /** One begins; returns the one that has to go for it, if one has. */
  public synchronized @Nullable H begin(H handshake) {
    H oldest = null;
    if (underWay.size() == most && !underWay.contains(handshake)) {
      oldest = underWay.iterator().next();
      underWay.remove(oldest);
    }
    underWay.add(handshake);
    return oldest;
  }

  /** One begins if there is room for it; none has to go. */
  public synchronized boolean beginIfRoom(H handshake) {
    return underWay.size() < most && underWay.add(handshake);
  }

  /** One is over; nothing happens if it has gone. */
  public synchronized void end(H handshake) {
    underWay.remove(handshake);
  }
}
