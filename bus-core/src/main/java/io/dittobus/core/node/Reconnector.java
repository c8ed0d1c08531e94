// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.core.transport.OwnerLoop;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dials again for a session that has lost its link, if this side has dialled the peer before: one
 * attempt at a time, the places where it was found in turn, after times that are drawn between 0
 * and a bound which doubles with each failure. Any thread; a stale call does no harm.
 */
final class Reconnector {

  private static final Logger log = LoggerFactory.getLogger(Reconnector.class);

  /** Places of one peer that are remembered, the latest first. */
  private static final int MAX_ENDPOINTS = 8;

  private static final int MAX_DOUBLINGS = 30;

  private final NodeContext node;
  private final PeerSession session;
  private final ArrayDeque<Endpoint> endpoints = new ArrayDeque<>();

  /** Counts the links, so that what belongs to a former one is passed over. */
  private int link;

  private boolean lost;
  private boolean stopped;
  private int failures;
  private int attempts;
  private long upNanos;
  private OwnerLoop.@Nullable Timer timer;

  Reconnector(NodeContext node, PeerSession session) {
    this.node = node;
    this.session = session;
  }

  /** The peer was found at this place. */
  synchronized void found(Endpoint endpoint) {
    endpoints.remove(endpoint);
    endpoints.addFirst(endpoint);
    if (endpoints.size() > MAX_ENDPOINTS) {
      endpoints.removeLast();
    }
    if (lost && timer == null && attempts == 0) {
      scheduleNext();
    }
  }

  /** Whether it is known where to dial. */
  synchronized boolean canDial() {
    return !endpoints.isEmpty();
  }

  /** Attempts since the link was lost. */
  synchronized int attempts() {
    return attempts;
  }

  /** The session has a link. */
  synchronized void linkUp(long nowNanos) {
    link++;
    lost = false;
    upNanos = nowNanos;
    cancel();
  }

  /** The session has lost its link. */
  synchronized void linkLost(long nowNanos) {
    BusOptions options = node.config().options();
    if (nowNanos - upNanos >= options.maxReconnectDelay().toNanos()) {
      failures = 0;
    }
    lost = true;
    attempts = 0;
    if (!endpoints.isEmpty()) {
      scheduleNext();
    }
  }

  /** The session has ended. */
  synchronized void stop() {
    stopped = true;
    lost = false;
    cancel();
  }

  private void cancel() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  private void scheduleNext() {
    cancel();
    BusOptions options = node.config().options();
    long least = options.minReconnectDelay().toNanos();
    long most = options.maxReconnectDelay().toNanos();
    int doublings = Math.min(failures, MAX_DOUBLINGS);
    long bound = least > most >> doublings ? most : least << doublings;
    int of = link;
    timer = node.transport().loop().schedule(() -> dial(of), node.random(bound));
  }

  private void dial(int of) {
    Attempt attempt;
    synchronized (this) {
      if (!lost || of != link || stopped) {
        return;
      }
      timer = null;
      attempts++;
      Endpoint next = endpoints.removeFirst();
      endpoints.addLast(next);
      attempt = new Attempt(of, next);
    }
    session.dialling(attempts());
    node.transport()
        .dial(attempt.endpoint, node.config().connectTimeout(), new LinkDriver(node, attempt));
  }

  private synchronized void failed(Attempt attempt, String line) {
    log.debug("connecting to {} again failed: {}", session.peer(), line);
    failures++;
    if (lost && attempt.of == link && !stopped && timer == null) {
      scheduleNext();
    }
  }

  /** One attempt. */
  private final class Attempt implements Dialling {
    private final int of;
    private final Endpoint endpoint;

    Attempt(int of, Endpoint endpoint) {
      this.of = of;
      this.endpoint = endpoint;
    }

    @Override
    public Endpoint endpoint() {
      return endpoint;
    }

    @Override
    public PeerKey peer() {
      return session.key();
    }

    @Override
    public boolean moves() {
      return false;
    }

    @Override
    public void onGiveUp(Runnable task) {
      // The handshake has a clock of its own.
    }

    @Override
    public void succeeded(DittoAddress peer) {}

    @Override
    public void notNeeded(PeerKey peer) {
      Reconnector.this.failed(this, "there is another connection, or about to be");
    }

    @Override
    public void failed(ErrorCode code, String line) {
      Reconnector.this.failed(this, line);
    }
  }
}
