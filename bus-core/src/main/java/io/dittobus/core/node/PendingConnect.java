// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerKey;
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
  private final @Nullable Object connectCtx;
  private final AtomicBoolean done = new AtomicBoolean();
  private OwnerLoop.@Nullable Timer timer;
  private volatile @Nullable Runnable giveUp;

  /**
   * A connect.
   *
   * @param peer the key that must answer; null if any may that is admitted
   */
  PendingConnect(
      NodeContext node, Endpoint endpoint, @Nullable PeerKey peer, @Nullable Object connectCtx) {
    this.node = node;
    this.endpoint = endpoint;
    this.peer = peer;
    this.connectCtx = connectCtx;
  }

  /** Starts the clock. */
  void start() {
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
