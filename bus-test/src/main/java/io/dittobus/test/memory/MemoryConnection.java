// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import io.dittobus.api.peer.Endpoint;
import io.netty.buffer.ByteBuf;
import java.net.SocketException;
import java.time.Duration;
import java.util.Random;

/**
 * Two links that are joined, and the faults that can be brought upon them by command. Any thread
 * (in a {@link SimulatedNetwork} the one that drives it); a fault takes effect when the loops of
 * the two ends get to it.
 */
public final class MemoryConnection {

  /** Longest time between the two ends of a cut connection noticing it. */
  private static final Duration MAX_CUT_DELAY = Duration.ofMillis(20);

  private final MemoryNetwork network;
  private final MemoryLink dialler;
  private final MemoryLink acceptor;
  private final Random random;

  MemoryConnection(
      MemoryNetwork network,
      MemoryTransport from,
      MemoryLoop fromLoop,
      MemoryTransport to,
      Endpoint endpoint) {
    this.network = network;
    this.random = network.newRandom();
    Endpoint fromAddress = from.takeAddress();
    Endpoint toAddress = new Endpoint(to.host(), endpoint.port());
    this.dialler = new MemoryLink(network, this, from, fromLoop, toAddress.toString(), to.host());
    this.acceptor =
        new MemoryLink(network, this, to, to.takeLoop(), fromAddress.toString(), from.host());
  }

  /** Joins the two ends. */
  void begin() {
    dialler.join(acceptor);
    acceptor.join(dialler);
    network.connected(this);
    dialler.register();
    acceptor.register();
  }

  /** The host that dialled. */
  public String diallingHost() {
    return dialler.host();
  }

  /** The host that was dialled. */
  public String acceptingHost() {
    return acceptor.host();
  }

  /** Whether neither end is down. */
  public boolean isUp() {
    return !dialler.isDown() && !acceptor.isDown();
  }

  /**
   * Holds what comes from this host, for a time; then it goes on, nothing is lost.
   *
   * @throws IllegalArgumentException if the host has no part in this connection
   */
  public void stall(String fromHost, Duration time) {
    MemoryLink receiver = end(fromHost).other();
    receiver.loop().execute(() -> receiver.stall(time.toNanos()));
  }

  /**
   * Breaks the connection: what is on the way is lost, and each end notices it after a random time.
   */
  public void cut() {
    lose();
    tell(dialler);
    tell(acceptor);
  }

  /**
   * Breaks the connection, which only this host notices: the other goes on writing into the void.
   *
   * @throws IllegalArgumentException if the host has no part in this connection
   */
  public void halfOpen(String noticingHost) {
    MemoryLink noticing = end(noticingHost);
    lose();
    tell(noticing);
  }

  /**
   * Puts bytes between those of this host, as one would who has taken it over: behind all that it
   * has written so far.
   *
   * @param bytes belongs to this
   * @throws IllegalArgumentException if the host has no part in this connection
   */
  public void inject(String fromHost, ByteBuf bytes) {
    MemoryLink sender = end(fromHost);
    sender
        .loop()
        .execute(
            () -> {
              sender.write(bytes);
              sender.flush();
            });
  }

  /** From now on everything is lost in both directions, and neither end is told. */
  public void lose() {
    dialler.loop().execute(dialler::lose);
    acceptor.loop().execute(acceptor::lose);
  }

  private void tell(MemoryLink end) {
    long delay;
    synchronized (random) {
      delay = MemoryNetwork.between(Duration.ZERO, MAX_CUT_DELAY, random);
    }
    MemoryLoop loop = end.loop();
    loop.arriveAt(
        () -> end.goDown(new SocketException("connection lost")), loop.nanoTime() + delay);
  }

  private MemoryLink end(String host) {
    if (dialler.host().equals(host)) {
      return dialler;
    }
    if (acceptor.host().equals(host)) {
      return acceptor;
    }
    throw new IllegalArgumentException(this + " has no end at '" + host + "'");
  }

  boolean isOf(String host) {
    return dialler.host().equals(host) || acceptor.host().equals(host);
  }

  boolean isBetween(String host, String otherHost) {
    return (dialler.host().equals(host) && acceptor.host().equals(otherHost))
        || (dialler.host().equals(otherHost) && acceptor.host().equals(host));
  }

  MemoryLink dialler() {
    return dialler;
  }

  MemoryLink acceptor() {
    return acceptor;
  }

  void endIsDown() {
    if (dialler.isDown() && acceptor.isDown()) {
      network.disconnected(this);
    }
  }

  /** Who dialled whom. */
  @Override
  public String toString() {
    return acceptor.remote() + " -> " + dialler.remote();
  }
}
