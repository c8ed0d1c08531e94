// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * How the bus stands with each peer, for those who watch. What is known of a peer that is gone is
 * forgotten, unless someone watches it. Any thread.
 */
final class PeerStates {

  /** Two threads tell of one peer only when one of them has just begun to dial. */
  private static final Duration MOST_CONTENTION = Duration.ofSeconds(1);

  private static final class Watched {
    final Sinks.Many<PeerState> states = Sinks.many().replay().latest();
    boolean gone;
    int watchers;
  }

  private final Map<DittoAddress, Watched> peers = new HashMap<>();
  private boolean closed;

  /** The present state, if there is one, and those that follow; the latest, for who is slow. */
  Flux<PeerState> of(DittoAddress peer) {
    return Flux.defer(
        () -> {
          Watched watched = watch(peer);
          return watched
              .states
              .asFlux()
              .onBackpressureLatest()
              .doFinally(signal -> unwatch(peer, watched));
        });
  }

  private synchronized Watched watch(DittoAddress peer) {
    Watched watched = peers.get(peer);
    if (watched == null) {
      watched = new Watched();
      watched.gone = true;
      if (closed) {
        watched.states.tryEmitComplete();
        return watched;
      }
      peers.put(peer, watched);
    }
    watched.watchers++;
    return watched;
  }

  private synchronized void unwatch(DittoAddress peer, Watched watched) {
    watched.watchers--;
    forgetIfDone(peer, watched);
  }

  private void forgetIfDone(DittoAddress peer, Watched watched) {
    if (watched.gone && watched.watchers <= 0) {
      peers.remove(peer, watched);
    }
  }

  void tell(DittoAddress peer, PeerState state) {
    Watched watched;
    synchronized (this) {
      if (closed) {
        return;
      }
      watched = peers.computeIfAbsent(peer, p -> new Watched());
      watched.gone = state instanceof PeerState.Gone;
      forgetIfDone(peer, watched);
    }
    watched.states.emitNext(state, Sinks.EmitFailureHandler.busyLooping(MOST_CONTENTION));
  }

  /** The bus is closed. */
  void close() {
    List<Watched> all;
    synchronized (this) {
      closed = true;
      all = new ArrayList<>(peers.values());
      peers.clear();
    }
    for (Watched each : all) {
      each.states.emitComplete(Sinks.EmitFailureHandler.busyLooping(MOST_CONTENTION));
    }
  }
}
