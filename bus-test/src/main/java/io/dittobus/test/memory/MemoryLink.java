// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import io.dittobus.api.peer.PeerKey;
import io.dittobus.core.transport.Link;
import io.dittobus.core.transport.LinkHandler;
import io.dittobus.core.transport.OwnerLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One end of a {@link MemoryConnection}. All of its state belongs to its loop; the two ends speak
 * by arrivals at each other's loop only, so that the same code runs in virtual and in real time.
 */
final class MemoryLink implements Link, MemoryTransport.Ending {

  /**
   * How long a closing end waits for the other side to read on, and after that for it to end too.
   */
  private static final long CLOSE_NANOS = 2_000_000_000;

  /**
   *
   *
   * <pre>
   * CONNECTING ──up──▶ UP ──close──▶ CLOSING
   *      │              │               │
   *      └──────────────┴── goDown ─────┴──▶ DOWN
   * </pre>
   */
  private enum State {
    CONNECTING,
    UP,
    CLOSING,
    DOWN
  }

  private final MemoryNetwork network;
  private final MemoryConnection connection;
  private final MemoryTransport transport;
  private final MemoryLoop loop;
  private final String remote;
  private final Random random;
  private final MemoryOutbound outbound;
  private final MemoryInbound inbound;

  @SuppressWarnings("NullAway.Init") // set by join, before anything can happen on this link
  private MemoryLink other;

  private final String farHost;
  private volatile State state = State.CONNECTING;
  private boolean writableTelling;
  private Runnable downBeforeUp = () -> {};
  private @Nullable LinkHandler handler;
  private OwnerLoop.@Nullable Timer closeTimer;

  MemoryLink(
      MemoryNetwork network,
      MemoryConnection connection,
      MemoryTransport transport,
      MemoryLoop loop,
      String remote,
      String farHost) {
    this.network = network;
    this.farHost = farHost;
    this.connection = connection;
    this.transport = transport;
    this.loop = loop;
    this.remote = remote;
    this.random = network.newRandom();
    this.outbound = new MemoryOutbound(this, network, random);
    this.inbound = new MemoryInbound(this, network, random);
  }

  void join(MemoryLink otherEnd) {
    this.other = otherEnd;
  }

  /** Takes part in the closing of the transport; if that has begun, the link ends at once. */
  void register() {
    if (!transport.add(this) && !loop.arriveAt(this::abort, loop.nanoTime())) {
      // Its loop has ended, so nothing can run there: the other end has to be told from here.
      state = State.DOWN;
      tellOther(() -> other.reset("connection reset by " + other.remote));
    }
  }

  void whenDownBeforeUp(Runnable action) {
    downBeforeUp = action;
  }

  /** The connection is there, as far as this end can see. */
  void up(Supplier<? extends LinkHandler> acceptor) {
    if (state != State.CONNECTING) {
      return;
    }
    state = State.UP;
    handler = acceptor.get();
    handler.linkUp(this);
    inbound.deliverLater();
  }

  // Link

  @Override
  public Mode mode() {
    return Mode.BYTES;
  }

  @Override
  public int maxUnitBytes() {
    return network.options().maxUnitBytes();
  }

  @Override
  public Optional<PeerKey> authenticatedPeer() {
    return network.provenKey(farHost);
  }

  @Override
  public String remote() {
    return remote;
  }

  @Override
  public MemoryLoop loop() {
    return loop;
  }

  @Override
  public ByteBufAllocator allocator() {
    return network.allocator();
  }

  @Override
  public boolean isWritable() {
    assertInLoop();
    return state == State.UP && outbound.isWritable();
  }

  @Override
  public void write(ByteBuf buffer) {
    assertInLoop();
    if (state != State.UP) {
      buffer.release();
      return;
    }
    if (buffer.readableBytes() > maxUnitBytes()) {
      buffer.release();
      throw new IllegalArgumentException("A unit has at most " + maxUnitBytes() + " bytes");
    }
    outbound.write(buffer);
  }

  @Override
  public void flush() {
    assertInLoop();
    if (state == State.UP) {
      outbound.flush();
    }
  }

  @Override
  public void suspendReading() {
    assertInLoop();
    inbound.suspend(true);
  }

  @Override
  public void resumeReading() {
    assertInLoop();
    inbound.suspend(false);
  }

  @Override
  public void close() {
    assertInLoop();
    if (state != State.UP) {
      return;
    }
    state = State.CLOSING;
    outbound.end();
    watchClosing();
    inbound.discard();
    inbound.deliverLater();
  }

  @Override
  public void abort() {
    assertInLoop();
    if (state != State.DOWN) {
      tellOther(() -> other.reset("connection reset by " + other.remote));
      goDown(new SocketException("connection aborted by this side"));
    }
  }

  /** The transport closes. */
  @Override
  public void end() {
    abort();
  }

  // What the two halves and the other end tell

  /** The other end has ended in order, and everything before that was delivered. */
  void ended() {
    tellOther(() -> other.inbound.arriveEnd());
    goDown(null);
  }

  void reset(String why) {
    if (state != State.DOWN && !inbound.isLost()) {
      inbound.afterStall(() -> goDown(new SocketException(why)));
    }
  }

  void stall(long nanos) {
    inbound.stall(nanos);
  }

  void lose() {
    inbound.lose();
  }

  void lostByChance() {
    connection.cut();
  }

  /**
   * Ends this end of the link; the handler is told in a moment, never from within a call of its
   * own.
   */
  void goDown(@Nullable Throwable cause) {
    if (state == State.DOWN) {
      return;
    }
    boolean wasUp = state != State.CONNECTING;
    state = State.DOWN;
    if (closeTimer != null) {
      closeTimer.cancel();
    }
    outbound.release();
    inbound.discard();
    connection.endIsDown();
    loop.execute(
        () -> {
          try {
            if (wasUp && handler != null) {
              handler.linkDown(cause);
            } else {
              downBeforeUp.run();
            }
          } finally {
            transport.remove(this);
          }
        });
  }

  /**
   * Tells the handler, in a moment, that writability has changed; at least once after the last
   * change.
   */
  void writabilityChanged() {
    if (state != State.UP || writableTelling) {
      return;
    }
    writableTelling = true;
    loop.execute(
        () -> {
          writableTelling = false;
          if (state == State.UP) {
            handler().writabilityChanged();
          }
        });
  }

  /** The handler threw: what it has missed cannot be delivered again. */
  void failed(Throwable cause) {
    tellOther(() -> other.reset("connection reset by " + other.remote));
    goDown(cause);
  }

  private void watchClosing() {
    long progress = outbound.progress();
    closeTimer = loop.schedule(() -> closingPaused(progress), CLOSE_NANOS);
  }

  private void closingPaused(long progressBefore) {
    if (state != State.CLOSING) {
      return;
    }
    if (outbound.progress() > progressBefore) {
      watchClosing();
      return;
    }
    tellOther(() -> other.reset("connection reset by " + other.remote));
    goDown(
        outbound.endSent()
            ? null
            : new SocketTimeoutException("the other side has not read on for 2 s"));
  }

  /** Lets something arrive at the other end, behind all that was sent. */
  private void tellOther(Runnable arrival) {
    outbound.arriveBehind(arrival);
  }

  // For the two halves

  boolean isUp() {
    return state == State.UP;
  }

  boolean isDown() {
    return state == State.DOWN;
  }

  boolean isClosing() {
    return state == State.CLOSING;
  }

  String host() {
    return transport.host();
  }

  MemoryLink other() {
    return other;
  }

  MemoryOutbound outbound() {
    return outbound;
  }

  MemoryInbound inbound() {
    return inbound;
  }

  /** The handler, of a link that is or was up. */
  LinkHandler handler() {
    if (handler == null) {
      throw new IllegalStateException("The link to " + remote + " is not up");
    }
    return handler;
  }

  private void assertInLoop() {
    if (!loop.inLoop()) {
      throw new IllegalStateException("A link is used on its loop only");
    }
  }
}
