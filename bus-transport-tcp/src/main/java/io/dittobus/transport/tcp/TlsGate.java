// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.dittobus.api.peer.PeerKey;
import io.dittobus.core.transport.OwnerLoop;
import io.dittobus.transport.tcp.tls.TlsContexts;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/**
 * Stands at both sides of a connection's {@link SslHandler} until the TLS handshake is over, and
 * then goes: before it, it counts the bytes that come in; behind it, it holds the link back until
 * the other side's key is proven. What it costs is bounded in bytes and time. On the channel's
 * loop.
 */
final class TlsGate extends ChannelDuplexHandler {

  /**
   * Most bytes of a TLS handshake that are read: a client's hello and certificate have some 2 KiB.
   */
  static final int MAX_BYTES = 32 * 1024;

  /** How long the other side may take to read why it failed. */
  private static final long LAST_WORDS_NANOS = 1_000_000_000;

  private static final String ENDED = "the connection ended during the TLS handshake";

  private final TlsContexts contexts;
  private final TcpLink link;
  private final NettyLoop loop;
  private final Consumer<String> failure;
  private final Consumer<TlsGate> end;
  private final long timeoutNanos;
  private final long beganNanos;
  private OwnerLoop.Timer timer = () -> {};
  private int bytesRead;
  private boolean over;
  private boolean failed;

  @SuppressWarnings("NullAway.Init") // set by handlerAdded, before anything else can be called
  private ChannelHandlerContext context;

  /**
   * A gate before a link.
   *
   * @param failure told one line that says why it failed, if it does
   * @param end told, once, that the key is proven or the connection has come to its end
   */
  TlsGate(
      TlsContexts contexts,
      TcpLink link,
      long timeoutNanos,
      Consumer<String> failure,
      Consumer<TlsGate> end) {
    this.contexts = contexts;
    this.link = link;
    this.loop = link.loop();
    this.failure = failure;
    this.end = end;
    this.timeoutNanos = timeoutNanos;
    this.beganNanos = loop.nanoTime();
  }

  /** Puts itself, TLS and its other half before what is in the pipeline already. */
  void addTo(ChannelPipeline pipeline, SslHandler tls) {
    pipeline.addFirst(this, tls, new Inner());
    timer =
        loop.schedule(() -> fail("no TLS handshake within the handshake timeout"), timeoutNanos);
  }

  NettyLoop loop() {
    return loop;
  }

  /** There were too many handshakes, and this was the oldest. There is no time for last words. */
  void crowdedOut() {
    boolean succeeded = over && !failed;
    if (!succeeded) {
      boolean unused = tell("too many are in their handshake, and it was the oldest");
      closeNow(context, context.newPromise());
    }
  }

  // Before TLS

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  /**
   * By success, or as the connection has come to its end: also one that has failed costs till then.
   */
  @Override
  public void handlerRemoved(ChannelHandlerContext removed) {
    end.accept(this);
  }

  @Override
  public void channelRead(ChannelHandlerContext reading, Object message) {
    if (failed) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (message instanceof ByteBuf bytes) {
      bytesRead += bytes.readableBytes();
    }
    if (bytesRead > MAX_BYTES && !over) {
      ReferenceCountUtil.release(message);
      fail("more than " + MAX_BYTES + " bytes before the TLS handshake was over");
      return;
    }
    reading.fireChannelRead(message);
  }

  /**
   * TLS closes as soon as it has failed. The system would reset the connection over what was not
   * read, and the other side would not learn why.
   */
  @Override
  public void close(ChannelHandlerContext closing, ChannelPromise promise) {
    if (failed && closing.channel() instanceof DuplexChannel duplex && duplex.isActive()) {
      var unused = duplex.shutdownOutput();
      timer.cancel();
      timer = loop.schedule(() -> closeNow(closing, promise), LAST_WORDS_NANOS);
    } else {
      closeNow(closing, promise);
    }
  }

  private static void closeNow(ChannelHandlerContext closing, ChannelPromise promise) {
    var unused = closing.close(promise);
  }

  @Override
  public void channelInactive(ChannelHandlerContext inactive) {
    timer.cancel();
    inactive.fireChannelInactive();
    fail(ENDED);
  }

  /** This side ends it. */
  private void fail(String line) {
    if (tell(line)) {
      var unused = context.close();
    }
  }

  /** TLS has failed: it still says so to the other side, and then closes by itself. */
  private void tlsFailed(Throwable cause) {
    if (tell(reason(cause))) {
      timer = loop.schedule(() -> closeNow(context, context.newPromise()), LAST_WORDS_NANOS);
    }
  }

  private static String reason(Throwable cause) {
    if (cause instanceof ClosedChannelException) {
      return ENDED;
    }
    boolean ofTheConnection = cause instanceof IOException && !(cause instanceof SSLException);
    return ofTheConnection ? Reasons.of(cause) + " during the TLS handshake" : Reasons.of(cause);
  }

  private boolean tell(String line) {
    if (over) {
      return false;
    }
    over = true;
    failed = true;
    timer.cancel();
    failure.accept(line);
    return true;
  }

  private void succeed(ChannelHandlerContext inner, SslHandler tls) {
    PeerKey key;
    try {
      key = contexts.proven(tls.engine().getSession());
    } catch (CertificateException e) {
      fail(Reasons.of(e));
      return;
    }
    over = true;
    timer.cancel();
    link.proven(key, loop.nanoTime() - beganNanos);
    context.pipeline().remove(this);
    inner.fireChannelActive();
    context.pipeline().remove(inner.handler());
  }

  // Behind TLS

  private final class Inner extends ChannelInboundHandlerAdapter {

    @Override
    public void channelActive(ChannelHandlerContext active) {
      // For the link this is when the key is proven.
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext told, Object event) {
      if (!(event instanceof SslHandshakeCompletionEvent completed)) {
        told.fireUserEventTriggered(event);
      } else if (completed.isSuccess()) {
        succeed(told, told.pipeline().get(SslHandler.class));
      } else {
        tlsFailed(completed.cause());
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext caught, Throwable cause) {
      if (over && !failed) {
        caught.fireExceptionCaught(cause);
      } else {
        tlsFailed(cause);
      }
    }
  }
}
