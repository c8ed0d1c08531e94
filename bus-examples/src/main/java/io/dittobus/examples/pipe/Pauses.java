// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerState;
import io.dittobus.examples.support.Program;
import io.dittobus.examples.support.Text;
import io.dittobus.reactor.ReactorBus;
import org.jspecify.annotations.Nullable;

/** Says when the connection is lost, so that a transfer pauses, and when it goes on. */
final class Pauses {

  private @Nullable Long sinceNanos;

  private Pauses() {}

  /** Watches the connection with this peer until the bus is closed. */
  static void say(ReactorBus bus, DittoAddress peer) {
    Pauses pauses = new Pauses();
    bus.peerStates(peer).subscribe(pauses::next);
  }

  private void next(PeerState state) {
    if (state instanceof PeerState.Lost && sinceNanos == null) {
      sinceNanos = System.nanoTime();
      Program.say(Pipe.NAME, "waiting for the connection to come back: it was lost");
    } else if (state instanceof PeerState.Connected && sinceNanos != null) {
      long nanos = System.nanoTime() - sinceNanos;
      sinceNanos = null;
      Program.say(Pipe.NAME, "going on: the connection was gone for " + Text.seconds(nanos));
    }
  }
}
