// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.peer.PeerKey;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.Ready;
import io.dittobus.core.session.Handshake;
import io.dittobus.core.transport.OwnerLoop;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a link whose two ends have admitted each other: which session it carries (RS-6).
 * The side with the smaller key says what it holds, the other one decides. A session that there is
 * already is asked on its own loop, whose answer comes back to the loop of this link. On the link's
 * loop, except where said.
 */
final class Rendezvous {

  private final NodeContext node;
  private final LinkDriver driver;
  private final Handshake handshake;
  private boolean begun;
  private boolean answered;
  private boolean over;

  /** What was said here of the session that this side holds; with the smaller key. */
  private Ready offer = Ready.withoutSession(0);

  Rendezvous(NodeContext node, LinkDriver driver, Handshake handshake) {
    this.node = node;
    this.driver = driver;
    this.handshake = handshake;
  }

  // Any thread

  /** The other side. */
  PeerKey key() {
    return handshake.remote().key();
  }

  Hello remote() {
    return handshake.remote();
  }

  /** Whether the session is to come over to this link, though its own may live. */
  boolean moves() {
    return driver.moves();
  }

  OwnerLoop loop() {
    return driver.loop();
  }

  /** The link's end has come; nothing of it is to be told any more. */
  void over() {
    over = true;
    node.offers().end(this);
  }

  // The link's loop

  /** The handshake has come to another state. */
  void progress() {
    switch (handshake.state()) {
      case OFFERING -> {
        if (!begun) {
          begun = true;
          node.offers().begin(this);
        }
      }
      case CONFIRMING -> {
        if (!begun) {
          begun = true;
          decide();
        }
      }
      case READY -> {
        if (!answered && !handshake.isOwnKeyLarger()) {
          answered = true;
          answered();
        }
      }
      default -> {}
    }
  }

  /** On the link's loop, unless it has come to its end meanwhile. Any thread. */
  private void onLoop(Runnable task) {
    loop()
        .execute(
            () -> {
              if (!over) {
                task.run();
              }
            });
  }

  // The smaller key

  /** It is this link's turn to say READY. Any thread. */
  void mayOffer() {
    onLoop(
        () -> {
          PeerSession held = node.peers().session(key());
          if (held == null) {
            offer(Ready.withoutSession(node.epochs().latest(key(), remote().incarnation())));
          } else {
            held.execute(() -> held.offer(this));
          }
        });
  }

  /** This is what this side holds. Any thread. */
  void offered(Ready ready) {
    onLoop(() -> offer(ready));
  }

  private void offer(Ready ready) {
    offer = ready;
    handshake.offer(ready);
    driver.progress(handshake);
  }

  /** Another link has taken the place of this one. Any thread. */
  void supersede() {
    onLoop(() -> driver.abandon("another connection took its place"));
  }

  /** The other side has decided. */
  private void answered() {
    if (!node.offers().answered(this)) {
      driver.abandon("another connection took its place");
      return;
    }
    Ready ready = handshake.remoteReady();
    node.epochs().learn(key(), remote().incarnation(), ready.epoch());
    follow();
  }

  private void follow() {
    Ready ready = handshake.remoteReady();
    PeerSession held = node.peers().session(key());
    if (held == null && ready.session() == offer.session()) {
      driver.abandon("the session has ended meanwhile");
    } else if (held == null) {
      begin(ready);
    } else if (ready.session() == offer.session()) {
      held.execute(() -> held.follow(this, ready));
    } else {
      held.execute(() -> held.yieldTo(this));
    }
  }

  // The larger key

  private void decide() {
    PeerSession held = node.peers().session(key());
    Ready said = handshake.remoteReady();
    if (held == null) {
      long epoch = node.epochs().next(key(), remote().incarnation(), said.epoch());
      begin(new Ready(epoch, epoch, 0, 0, 0));
    } else {
      held.execute(() -> held.decide(this, said));
    }
  }

  /** There is a link already that both sides know. Any thread. */
  void notNeeded() {
    onLoop(
        () -> {
          handshake.reject(EndCause.local(EndCause.Kind.CLOSED, "already connected"));
          driver.progress(handshake);
        });
  }

  // Both

  /** The session that was in the way is no more: once again. Any thread. */
  void again() {
    onLoop(
        () -> {
          if (handshake.isOwnKeyLarger()) {
            decide();
          } else {
            follow();
          }
        });
  }

  /** The session that was to go on has ended. Any thread. */
  void sessionEnded() {
    onLoop(() -> driver.abandon("the session has ended meanwhile"));
  }

  /** A new session. */
  private void begin(Ready ready) {
    PeerSession session =
        new PeerSession(node, loop(), remote(), handshake.isOwnKeyLarger(), ready.session());
    switch (node.peers().add(session)) {
      case ADDED -> {
        node.epochs().learn(key(), remote().incarnation(), ready.epoch());
        session.begin(confirm(session, ready), ready.epoch());
      }
      case OCCUPIED -> again();
      case FULL -> driver.full(handshake);
    }
  }

  /**
   * The link is the session's from now on.
   *
   * @return who drives it; null if it came to its end before
   */
  @Nullable LinkDriver carry(PeerSession session, Ready ready) {
    return over ? null : confirm(session, ready);
  }

  private LinkDriver confirm(PeerSession session, Ready ready) {
    if (handshake.state() == Handshake.State.CONFIRMING) {
      handshake.confirm(ready);
    }
    driver.carry(session, handshake);
    return driver;
  }
}
