// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.dittobus.api.peer.PeerKey;
import io.dittobus.core.transport.Link;
import io.dittobus.core.transport.LinkHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.util.ReferenceCountUtil;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection as a link, and the last handler in its pipeline: bytes go straight from the
 * socket to the {@link LinkHandler} and from {@link #write} into Netty's outbound buffer, whose
 * water marks are the writability. Between the two is TLS, if it is not plaintext; its orderly end
 * is that of the connection, as the protocol above has an end of its own. All state belongs to the
 * channel's event loop.
 */
final class TcpLink extends ChannelInboundHandlerAdapter implements Link, TcpTransport.Ending {

  /**
   *
   *
   * <pre>
   * CONNECTING ──channelActive──▶ UP ──close──▶ CLOSING
   *      │                        │               │
   *      └────────────────────────┴── inactive ───┴──▶ DOWN
   * </pre>
   *
   * ABORTED is what lies between {@link #abort} and the channel being inactive.
   */
  private enum State {
    CONNECTING,
    UP,
    CLOSING,
    ABORTED,
    DOWN
  }

  private final TcpTransport transport;
  private final NettyLoop loop;
  private final Supplier<? extends @Nullable LinkHandler> opener;
  private final String remote;

  /**
   * What came in after reading was suspended: TLS gives what one read has taken in piece by piece,
   * and native transports read once more when the other side ends.
   */
  private final ArrayDeque<ByteBuf> held = new ArrayDeque<>();

  @SuppressWarnings("NullAway.Init") // set by handlerAdded, before anything else can be called
  private ChannelHandlerContext context;

  private State state = State.CONNECTING;
  private @Nullable LinkHandler handler;
  private @Nullable Throwable cause;
  private @Nullable PeerKey proven;
  private long ageNanos;
  private @Nullable TcpClosing closing;
  private boolean hasSession;
  private boolean suspended;
  private boolean endHeld;
  private boolean delivered;

  // While the owner is in a call of the link: what Netty tells meanwhile has to wait.
  private int calls;
  private boolean writabilityTelling;
  private final Runnable tellWritability = this::tellWritability;

  /**
   * A link that is about to come up.
   *
   * @param opener gives the handler when the connection is there, or null if nobody wants it any
   *     more
   * @param remote where the other end is
   */
  TcpLink(
      TcpTransport transport,
      NettyLoop loop,
      String remote,
      Supplier<? extends @Nullable LinkHandler> opener) {
    this.transport = transport;
    this.loop = loop;
    this.remote = remote;
    this.opener = opener;
  }

  // What the owner calls

  @Override
  public Mode mode() {
    return Mode.BYTES;
  }

  @Override
  public int maxUnitBytes() {
    return Integer.MAX_VALUE;
  }

  @Override
  public Optional<PeerKey> authenticatedPeer() {
    return Optional.ofNullable(proven);
  }

  @Override
  public long ageNanos() {
    return ageNanos;
  }

  /** TLS has proven the other side's key; {@link #channelActive} follows. */
  void proven(PeerKey key, long handshakeNanos) {
    proven = key;
    ageNanos = handshakeNanos;
  }

  @Override
  public String remote() {
    return remote;
  }

  @Override
  public NettyLoop loop() {
    return loop;
  }

  @Override
  public ByteBufAllocator allocator() {
    return context.alloc();
  }

  @Override
  public boolean isWritable() {
    return state == State.UP && channel().isWritable();
  }

  @Override
  public void write(ByteBuf buffer) {
    if (state != State.UP) {
      buffer.release();
      return;
    }
    calls++;
    try {
      // "FutureReturnValueIgnored": a failure comes to exceptionCaught, that is what the void
      // promise is for.
      ChannelFuture unused = context.write(buffer, context.voidPromise());
    } finally {
      calls--;
    }
  }

  @Override
  public void flush() {
    if (state != State.UP) {
      return;
    }
    calls++;
    try {
      context.flush();
    } finally {
      calls--;
    }
  }

  @Override
  public void suspendReading() {
    if (state == State.UP && !suspended) {
      suspended = true;
      channel().config().setAutoRead(false);
    }
  }

  @Override
  public void resumeReading() {
    if (state == State.UP && suspended) {
      suspended = false;
      if (held.isEmpty() && !endHeld) {
        channel().config().setAutoRead(true);
      } else {
        loop.execute(this::deliverHeld);
      }
    }
  }

  @Override
  public void sessionBegins() {
    hasSession = true;
    EarlyBytes early = channel().pipeline().get(EarlyBytes.class);
    if (early != null) {
      channel().pipeline().remove(early);
    }
  }

  boolean hasSession() {
    return hasSession;
  }

  @Override
  public void close() {
    if (state != State.UP) {
      return;
    }
    state = State.CLOSING;
    releaseHeld();
    if (endHeld) {
      loop.execute(this::goDown);
      return;
    }
    // Reads on, to throw away: unread bytes would make the system reset the connection, and that
    // would cost the other
    // side what it has not read yet.
    channel().config().setAutoRead(true);
    calls++;
    try {
      closing = new TcpClosing(this, context);
      closing.begin();
    } finally {
      calls--;
    }
  }

  @Override
  public void abort() {
    abort(new SocketException("connection aborted by this side"));
  }

  /** The transport closes. */
  @Override
  public void end() {
    abort();
  }

  /**
   * Cuts the connection, unless it is down; also when the handler threw: what it has missed cannot
   * come again.
   */
  void abort(Throwable why) {
    if (state == State.ABORTED || state == State.DOWN) {
      return;
    }
    state = State.ABORTED;
    cause = why;
    releaseHeld();
    if (endHeld) {
      loop.execute(this::goDown);
      return;
    }
    calls++;
    try {
      // With nothing to linger for, the system resets the connection: the other side sees that it
      // was no orderly end.
      channel().config().setOption(ChannelOption.SO_LINGER, 0);
    } catch (ChannelException e) {
      // The socket has just been closed; that is about to be told.
      assert !channel().isOpen() : e;
    }
    closeNow();
    calls--;
  }

  // What Netty calls

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
    if (!transport.add(this)) {
      closeNow();
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    LinkHandler opened = state == State.CONNECTING ? opener.get() : null;
    if (opened == null) {
      closeNow();
      return;
    }
    state = State.UP;
    handler = opened;
    try {
      opened.linkUp(this);
    } catch (RuntimeException | Error e) {
      abort(e);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext reading, Object message) {
    if (state == State.UP && message instanceof ByteBuf bytes) {
      if (suspended) {
        held.add(bytes);
      } else {
        deliver(bytes);
      }
    } else {
      ReferenceCountUtil.release(message);
      if (closing != null) {
        closing.discarded();
      }
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext read) {
    if (state == State.UP && handler != null && (delivered || held.isEmpty())) {
      delivered = false;
      try {
        handler.readCompleted();
      } catch (RuntimeException | Error e) {
        abort(e);
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext changed) {
    if (writabilityTelling) {
      return;
    }
    if (calls > 0) {
      writabilityTelling = true;
      loop.execute(tellWritability);
    } else {
      tellWritability();
    }
  }

  private void tellWritability() {
    writabilityTelling = false;
    if (state == State.UP && handler != null) {
      try {
        handler.writabilityChanged();
      } catch (RuntimeException | Error e) {
        abort(e);
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext caught, Throwable error) {
    // That the channel is closed is never why: something else has closed it, or it was in order.
    boolean tells = !(error instanceof ClosedChannelException);
    if (tells && cause == null && state != State.ABORTED) {
      cause = error;
    }
    closeNow();
  }

  @Override
  public void channelInactive(ChannelHandlerContext inactive) {
    if (cause == null && suspended && state == State.UP && !held.isEmpty()) {
      endHeld = true;
    } else {
      goDown();
    }
  }

  @Override
  public void channelUnregistered(ChannelHandlerContext unregistered) {
    // A connection that never came about is never inactive, also if it was aborted meanwhile.
    if (handler == null) {
      goDown();
    }
  }

  private void deliverHeld() {
    while (!held.isEmpty() && !suspended && state == State.UP) {
      deliver(held.remove());
    }
    channelReadComplete(context);
    if (suspended || state != State.UP) {
      return;
    }
    if (endHeld) {
      goDown();
    } else {
      channel().config().setAutoRead(!suspended);
    }
  }

  private void deliver(ByteBuf bytes) {
    delivered = true;
    try {
      if (handler != null) {
        handler.bytesReceived(bytes);
      }
    } catch (RuntimeException | Error e) {
      abort(e);
    } finally {
      bytes.release();
    }
  }

  private void goDown() {
    if (state == State.DOWN) {
      return;
    }
    state = State.DOWN;
    if (closing != null) {
      closing.over();
    }
    releaseHeld();
    try {
      if (handler != null) {
        handler.linkDown(Reasons.readable(cause));
      }
    } finally {
      transport.remove(this);
    }
  }

  boolean isClosing() {
    return state == State.CLOSING;
  }

  private void releaseHeld() {
    held.forEach(ByteBuf::release);
    held.clear();
  }

  /** Closes the connection at once: TLS would first say good-bye. */
  void closeNow() {
    channel().unsafe().close(channel().newPromise());
  }

  private Channel channel() {
    return context.channel();
  }
}
