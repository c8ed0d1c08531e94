// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.peer.PeerState;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.core.transport.OwnerLoop;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Someone who waits for a connection. Ends once: by a session, a failure, or the time. Any thread.
 */
final class PendingConnect implements Dialling {

  private final NodeContext node;
  private final Endpoint endpoint;
  private final @Nullable PeerKey peer;
  private final boolean moves;
  private final @Nullable Object connectCtx;
  private final AtomicBoolean done = new AtomicBoolean();
  private OwnerLoop.@Nullable Timer timer;
  private volatile @Nullable Runnable giveUp;

  /**
   * A connect.
   *
   * @param peer the key that must answer; null if any may that is admitted
   * @param moves whether a session with the peer is to come over
   */
  PendingConnect(
      NodeContext node,
      Endpoint endpoint,
      @Nullable PeerKey peer,
      boolean moves,
      @Nullable Object connectCtx) {
    this.node = node;
    this.endpoint = endpoint;
    this.peer = peer;
    this.moves = moves;
    this.connectCtx = connectCtx;
  }

  /** Starts the clock. */
  void start() {
    if (peer != null && node.peers().session(peer) == null) {
      node.tellState(DittoAddress.of(peer), new PeerState.Connecting());
    }
    long nanos = Times.nanos(node.config().connectTimeout());
    timer = node.transport().loop().schedule(this::timedOut, nanos);
  }

  @Override
  public void onGiveUp(Runnable task) {
    giveUp = task;
    if (done.get()) {
      task.run();
    }
  }

  @Override
  public @Nullable PeerKey peer() {
    return peer;
  }

  @Override
  public boolean moves() {
    return moves;
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  private void timedOut() {
    Runnable task = giveUp;
    if (task == null) { // as the transport would say, whose clock is as long
      long millis = node.config().connectTimeout().toMillis();
      failed(
          ErrorCode.CONNECT_FAILED,
          "cannot connect to " + endpoint + ": no answer within " + millis + " ms");
      task = giveUp; // for it may have come up meanwhile
    } else {
      failed(ErrorCode.TIMED_OUT, "no session with " + endpoint + " in time");
    }
    if (task != null) {
      task.run();
    }
  }

  @Override
  public void notNeeded(PeerKey answered) {
    node.peers().awaitSession(answered, this);
  }

  @Override
  public void succeeded(DittoAddress peer) {
    if (end()) {
      node.tell("connectSucceeded", callback -> callback.connectSucceeded(connectCtx, peer));
    }
  }

  @Override
  public void failed(ErrorCode code, String line) {
    if (end()) {
      if (peer != null && node.peers().session(peer) == null) {
        node.tellState(DittoAddress.of(peer), new PeerState.Gone(Ends.unconnected(code, line)));
      }
      DittoBusException error = new DittoBusException(code, line);
      node.tell("connectFailed", callback -> callback.connectFailed(connectCtx, error));
    }
  }

  private boolean end() {
    boolean first = done.compareAndSet(false, true);
    OwnerLoop.Timer waiting = timer;
    if (first) {
      node.peers().forget(this);
    }
    if (first && waiting != null) {
      waiting.cancel();
    }
    return first;
  }
}
