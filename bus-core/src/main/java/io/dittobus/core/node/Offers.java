// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.peer.PeerKey;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The links on which this side has said READY to a peer with a larger key, and waits for its
 * answer: one at a time for each peer, so that what it says there of its session is true until then
 * (RS-6). One more waits until that one has come to its end, or takes its place when patience is
 * over. Any thread; what it tells a link it tells under no lock.
 */
final class Offers {

  /** How long a link may keep another one waiting. */
  static final long PATIENCE_NANOS = 1_000_000_000;

  private static final class Line {
    Rendezvous current;
    boolean answered;
    @Nullable Rendezvous waiting;

    Line(Rendezvous current) {
      this.current = current;
    }
  }

  private final Map<PeerKey, Line> lines = new HashMap<>();

  /** A link would like to say READY: it may, or waits, or is told that it is not needed. */
  void begin(Rendezvous link) {
    boolean waits = false;
    boolean goes = false;
    synchronized (this) {
      Line line = lines.get(link.key());
      if (line == null) {
        lines.put(link.key(), new Line(link));
      } else if (line.waiting == null) {
        line.waiting = link;
        waits = true;
      } else {
        goes = true;
      }
    }
    if (waits) {
      link.loop().schedule(() -> patienceIsOver(link), PATIENCE_NANOS);
    } else if (goes) {
      link.notNeeded();
    } else {
      link.mayOffer();
    }
  }

  private void patienceIsOver(Rendezvous link) {
    Rendezvous former;
    synchronized (this) {
      Line line = lines.get(link.key());
      if (line == null || line.waiting != link || line.answered) {
        return;
      }
      former = line.current;
      line.current = link;
      line.waiting = null;
    }
    former.supersede();
    link.mayOffer();
  }

  /** The answer has come on this link: whether it counts. */
  synchronized boolean answered(Rendezvous link) {
    Line line = lines.get(link.key());
    if (line == null || line.current != link) {
      return false;
    }
    line.answered = true;
    return true;
  }

  /** This link has come to its end, or to its session. */
  void end(Rendezvous link) {
    Rendezvous next = null;
    synchronized (this) {
      Line line = lines.get(link.key());
      if (line == null) {
        return;
      }
      if (line.waiting == link) {
        line.waiting = null;
      } else if (line.current == link) {
        next = line.waiting;
        if (next == null) {
          lines.remove(link.key());
        } else {
          line.current = next;
          line.waiting = null;
          line.answered = false;
        }
      }
    }
    if (next != null) {
      next.mayOffer();
    }
  }
}
