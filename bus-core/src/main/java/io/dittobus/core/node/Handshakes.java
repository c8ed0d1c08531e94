// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The accepted links that are in their handshake: a bounded number. If there are too many the
 * oldest gives way, since an honest peer needs a moment only and those who stall need for ever. Any
 * thread.
 */
final class Handshakes {

  private final int most;
  private final Set<LinkDriver> underWay = new LinkedHashSet<>();

  Handshakes(int most) {
    this.most = most;
  }

  /** A link has come; returns the one that has to go for it, if one has. */
  synchronized @Nullable LinkDriver begin(LinkDriver link) {
    LinkDriver oldest = null;
    if (underWay.size() == most) {
      oldest = underWay.iterator().next();
      underWay.remove(oldest);
    }
    underWay.add(link);
    return oldest;
  }

  /** The link's handshake is over; nothing happens if it has gone. */
  synchronized void end(LinkDriver link) {
    underWay.remove(link);
  }
}
