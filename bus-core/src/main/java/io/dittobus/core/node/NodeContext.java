// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.BusListener;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerState;
import io.dittobus.api.result.CloseReport;
import io.dittobus.core.flow.WindowBudget;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.session.Credentials;
import io.dittobus.core.session.Session;
import io.dittobus.core.stream.SendHalf;
import io.dittobus.core.transport.Transport;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** What all parts of a node share. Any thread. */
final class NodeContext {

  /** Messages that a peer may put into OPEN. */
  private static final int INITIAL_MESSAGES = 1;

  private final NodeConfig config;
  private final Transport transport;
  private final DittoBusCallback callback;
  private final Nonces nonces;
  private final Random chance;
  private final WindowBudget windowBudget;
  private final Peers peers;
  private final Epochs epochs = new Epochs();
  private final Offers offers = new Offers();
  private final Credentials credentials;
  private final Newcomers newcomers;
  private final AtomicInteger streamsCut = new AtomicInteger();
  private final AtomicLong messagesNotSent = new AtomicLong();
  private final AtomicLong messagesUnknown = new AtomicLong();
  private final AtomicInteger singlesUnfinished = new AtomicInteger();

  NodeContext(NodeConfig config, Transport transport, DittoBusCallback callback, Random random) {
    this.config = config;
    this.transport = transport;
    this.callback = callback;
    this.nonces = new Nonces(random);
    this.chance = new Random(random.nextLong());
    this.windowBudget = new WindowBudget(config.options().busWindowBudget());
    this.peers = new Peers(this);
    this.credentials = Credentials.of(config.admission());
    this.newcomers = new Newcomers(config.options().maxHandshakes());
  }

  NodeConfig config() {
    return config;
  }

  Transport transport() {
    return transport;
  }

  DittoBusCallback callback() {
    return callback;
  }

  WindowBudget windowBudget() {
    return windowBudget;
  }

  Peers peers() {
    return peers;
  }

  /** Which epochs have been used. */
  Epochs epochs() {
    return epochs;
  }

  /** The links on which this side has said what session it holds. */
  Offers offers() {
    return offers;
  }

  /** A number from 0 on, below this one, for times that are drawn. */
  long random(long below) {
    return (long) (chance.nextDouble() * below);
  }

  /** What this node says first on a new link. */
  Hello hello() {
    return new Hello(
        Hello.VERSION,
        Hello.VERSION,
        config.options().resumeWindow().isZero() ? 0 : Hello.RESUME,
        config.identity().publicKey(),
        nonces.incarnation(),
        nonces.next(),
        config.options().maxMessageSize(),
        config.options().maxIncomingStreams(),
        INITIAL_MESSAGES,
        Session.maxFirstMessage(config.options()),
        config.options().singleWindowMessages(),
        config.options().singleWindowBytes());
  }

  /** Tells the user; what the callback throws goes no further. */
  void tell(String what, Consumer<DittoBusCallback> call) {
    UserCode.run(what, () -> call.accept(callback));
  }

  /** Tells the user how it stands with a peer now. */
  void tellState(DittoAddress peer, PeerState state) {
    tell("peerStateChanged", to -> to.peerStateChanged(peer, state));
  }

  /** Tells the one who measures. */
  void tellListener(String what, Consumer<BusListener> call) {
    BusListener listener = config.listener();
    if (listener != BusListener.NONE) {
      UserCode.run(what, () -> call.accept(listener));
    }
  }

  /** What this node shows and wants to be shown. */
  Credentials credentials() {
    return credentials;
  }

  /** Whether a peer may use a label; what does not answer means no. */
  boolean permits(DittoAddress peer, String label) {
    try {
      return config.permission().permits(peer, label);
    } catch (Throwable e) {
      UserCode.threw("permits", e);
      return false;
    }
  }

  /** The accepted links that carry no session. */
  Newcomers newcomers() {
    return newcomers;
  }

  /** A stream was not drained by the deadline of the bus. */
  void streamCut(SendHalf send) {
    streamsCut.incrementAndGet();
    if (!send.isOver()) {
      messagesNotSent.addAndGet(send.waiting());
      messagesUnknown.addAndGet(send.unacked());
    }
  }

  /** So many single messages had not ended by the deadline of the bus. */
  void singlesCut(int messages) {
    singlesUnfinished.addAndGet(messages);
  }

  CloseReport closeReport() {
    return new CloseReport(
        streamsCut.get(), messagesNotSent.get(), messagesUnknown.get(), singlesUnfinished.get());
  }
}
