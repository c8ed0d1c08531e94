// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.core.transport.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An endpoint that is being bound, then listened at, until it is stopped or the transport closed.
 */
final class TcpListening implements Transport.Listening, TcpTransport.Ending {

  private static final Logger LOG = LoggerFactory.getLogger(TcpListening.class);

  private final TcpTransport transport;
  private final NettyLoop loop;
  private final Endpoint wanted;
  private final Transport.LinkAcceptor acceptor;
  private final CompletableFuture<Transport.Listening> bound = new CompletableFuture<>();
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();

  // Written on the loop.
  private volatile Endpoint endpoint;
  private @Nullable Channel channel;
  private boolean ended;

  TcpListening(
      TcpTransport transport, NettyLoop loop, Endpoint wanted, Transport.LinkAcceptor acceptor) {
    this.transport = transport;
    this.loop = loop;
    this.wanted = wanted;
    this.endpoint = wanted;
    this.acceptor = acceptor;
  }

  CompletionStage<Transport.Listening> bind() {
    if (!transport.add(this)) {
      bound.completeExceptionally(failure("the transport is closed", null));
    } else if (!loop.tryExecute(this::resolve)) {
      over(failure("the event loops have ended", null));
    }
    return bound;
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public CompletionStage<Void> stop() {
    loop.execute(this::end);
    return stopped.copy();
  }

  @Override
  public NettyLoop loop() {
    return loop;
  }

  @Override
  public void end() {
    if (ended) {
      return;
    }
    ended = true;
    if (channel == null) {
      over(failure("the transport is closed", null));
    } else {
      channel.close().addListener(closed -> over(null));
    }
  }

  private void resolve() {
    if (!ended) {
      transport.resolve(wanted, loop, this::resolved);
    }
  }

  private void resolved(Future<List<SocketAddress>> resolved) {
    if (!resolved.isSuccess()) {
      failed(resolved.cause());
    } else if (!ended) {
      bootstrap().bind(resolved.getNow().get(0)).addListener((ChannelFutureListener) this::bound);
    }
  }

  private ServerBootstrap bootstrap() {
    EventLoopGroup select = transport.loops().onServerSelect(transport.preferNative());
    EventLoopGroup workers = transport.loops().onServer(transport.preferNative());
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(select, workers)
            .channelFactory(() -> transport.loops().onChannel(ServerSocketChannel.class, select))
            // A port whose former connections are in TIME_WAIT is free.
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, TcpTransport.WATER_MARKS)
            .childHandler(new Accepting());
    if (transport.allocator() != null) {
      bootstrap.childOption(ChannelOption.ALLOCATOR, transport.allocator());
    }
    return bootstrap;
  }

  /** On the loop of the server channel, which need not be this one. */
  private void bound(ChannelFuture binding) {
    loop.execute(
        () -> {
          if (!binding.isSuccess()) {
            failed(binding.cause());
          } else if (ended) {
            var unused = binding.channel().close();
          } else {
            channel = binding.channel();
            channel.pipeline().addLast(new AcceptFailures());
            InetSocketAddress local = (InetSocketAddress) channel.localAddress();
            endpoint = new Endpoint(wanted.host(), local.getPort());
            bound.complete(this);
          }
        });
  }

  private void failed(Throwable cause) {
    ended = true;
    over(failure(Reasons.of(cause), cause));
  }

  private void over(@Nullable DittoBusException failure) {
    if (failure != null) {
      bound.completeExceptionally(failure);
    }
    stopped.complete(null);
    transport.remove(this);
  }

  private DittoBusException failure(String why, @Nullable Throwable cause) {
    String line = "cannot listen at " + wanted + ": " + why;
    return cause == null
        ? new DittoBusException(ErrorCode.LISTEN_FAILED, line)
        : new DittoBusException(ErrorCode.LISTEN_FAILED, line, cause);
  }

  /** Makes each accepted connection a link. */
  private final class Accepting extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel accepted) {
      NettyLoop owner = transport.loopOf(accepted.eventLoop());
      String remote = remote(accepted.remoteAddress());
      TcpLink link = new TcpLink(transport, owner, remote, acceptor::accept);
      accepted.pipeline().addLast(link);
      transport.secureAccepted(accepted, link, line -> acceptor.acceptFailed(remote, line));
      accepted.pipeline().addFirst(new EarlyBytes(link));
    }

    private String remote(@Nullable SocketAddress address) {
      return address instanceof InetSocketAddress inet && inet.getAddress() != null
          ? new Endpoint(inet.getAddress().getHostAddress(), inet.getPort()).toString()
          : "a connection that is gone";
    }
  }

  /**
   * The last in the pipeline of the server channel: one line for what Netty would log with a stack
   * trace.
   */
  private final class AcceptFailures extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.warn("cannot accept a connection at {}: {}", endpoint, Reasons.of(cause));
    }
  }
}
