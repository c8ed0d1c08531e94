// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.core.transport.LinkHandler;
import io.dittobus.core.transport.OwnerLoop;
import io.dittobus.core.transport.Transport.DialHandler;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.util.concurrent.Future;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A dial under way: the name is resolved, then each of its addresses is tried in turn, TLS
 * included, and may take its share of the time that is left. On one event loop, that of the link to
 * be.
 */
final class TcpDial implements TcpTransport.Ending {

  private final TcpTransport transport;
  private final NettyLoop loop;
  private final Endpoint endpoint;
  private final Duration timeout;
  private final long deadlineNanos;
  private final DialHandler handler;
  private final Queue<SocketAddress> untried = new ArrayDeque<>();

  private @Nullable Channel attempt;
  private OwnerLoop.@Nullable Timer attemptTimer;
  private @Nullable Throwable lastFailure;
  private @Nullable String unproven;
  private boolean decided;

  TcpDial(
      TcpTransport transport,
      NettyLoop loop,
      Endpoint endpoint,
      Duration timeout,
      DialHandler handler) {
    this.transport = transport;
    this.loop = loop;
    this.endpoint = endpoint;
    this.timeout = timeout;
    this.deadlineNanos = loop.nanoTime() + timeout.toNanos();
    this.handler = handler;
  }

  @Override
  public NettyLoop loop() {
    return loop;
  }

  @Override
  public void end() {
    fail(
        new ConnectException("closed"),
        "cannot connect to " + endpoint + ": the transport is closed");
  }

  void start() {
    if (decided) {
      return;
    }
    attemptTimer = loop.schedule(this::resolvingTimedOut, timeLeft());
    transport.resolve(endpoint, loop, this::resolved);
  }

  private void resolved(Future<List<SocketAddress>> resolved) {
    if (decided) {
      return;
    }
    stopTimer();
    if (resolved.isSuccess()) {
      untried.addAll(resolved.getNow());
      tryNext();
    } else {
      unresolved(resolved.cause());
    }
  }

  private void unresolved(Throwable cause) {
    String why = Reasons.of(cause);
    fail(
        cause,
        why.equals(Reasons.UNKNOWN_HOST)
            ? "unknown host " + endpoint.host()
            : "cannot resolve " + endpoint.host() + ": " + why);
  }

  private void resolvingTimedOut() {
    fail(
        new SocketTimeoutException("timed out"),
        "cannot resolve " + endpoint.host() + ": " + noAnswer());
  }

  private void tryNext() {
    SocketAddress address = untried.poll();
    if (address == null) {
      allFailed();
      return;
    }
    TcpLink link = new TcpLink(transport, loop, endpoint.toString(), this::open);
    Bootstrap bootstrap =
        transport
            .bootstrap(loop)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(link);
                    transport.secureDialled(channel, link, why -> notProven(channel, why));
                    channel.pipeline().addFirst(new EarlyBytes(link));
                  }
                });
    ChannelFuture connecting = bootstrap.connect(address);
    Channel channel = connecting.channel();
    attempt = channel;
    attemptTimer = loop.schedule(() -> attemptTimedOut(channel), timeLeft() / (untried.size() + 1));
    connecting.addListener((ChannelFutureListener) this::attempted);
  }

  /** Of several addresses, one where somebody was tells more than one where nobody was. */
  private void allFailed() {
    String begin = "cannot connect to " + endpoint + ": ";
    if (unproven != null) {
      String line = begin + unproven;
      fail(new DittoBusException(ErrorCode.NOT_AUTHENTICATED, line), line);
      return;
    }
    Throwable cause = lastFailure == null ? new ConnectException("no address") : lastFailure;
    fail(cause, begin + (cause instanceof SocketTimeoutException ? noAnswer() : Reasons.of(cause)));
  }

  private void attempted(ChannelFuture connecting) {
    if (decided || connecting.isSuccess() || connecting.channel() != attempt) {
      return;
    }
    attemptFailed(connecting.cause());
  }

  /** Somebody was reached at this address, but has not proven who it is. */
  private void notProven(Channel channel, String why) {
    if (!decided && channel == attempt) {
      unproven = why;
      var unused = channel.close();
      attemptOver();
    }
  }

  private void attemptTimedOut(Channel channel) {
    if (!decided && channel == attempt) {
      attempt = null;
      var unused = channel.close();
      attemptFailed(new SocketTimeoutException("timed out"));
    }
  }

  private void attemptFailed(Throwable cause) {
    lastFailure = cause;
    attemptOver();
  }

  private void attemptOver() {
    stopTimer();
    attempt = null;
    tryNext();
  }

  /** The connection is there: the link gets its handler, unless it comes too late. */
  private @Nullable LinkHandler open() {
    if (decided) {
      return null;
    }
    decide();
    return handler;
  }

  /** Decides the dial, unless it is. */
  void fail(Throwable cause, String line) {
    if (decided) {
      return;
    }
    decide();
    if (attempt != null) {
      var unused = attempt.close();
    }
    handler.dialFailed(line, cause);
  }

  private void decide() {
    decided = true;
    stopTimer();
    untried.clear();
    // The link is registered with the transport by now, or there is none: closing waits for one of
    // the two.
    transport.remove(this);
  }

  private void stopTimer() {
    if (attemptTimer != null) {
      attemptTimer.cancel();
      attemptTimer = null;
    }
  }

  private long timeLeft() {
    return Math.max(0, deadlineNanos - loop.nanoTime());
  }

  private String noAnswer() {
    return "no answer within " + timeout.toMillis() + " ms";
  }
}
