// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.dittobus.core.transport.OwnerLoop;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import java.net.SocketTimeoutException;

/**
 * The orderly end of a {@link TcpLink}: what is queued is sent, then the end of the output, and the
 * connection is closed when the other side has ended too. It may go on as long as the other side
 * reads on, and for 2 s after that; up to five times as long if bytes still come in, as closing
 * would reset the connection under the one who sends them. A link that never carried a session has
 * half of the time, once. On the link's loop.
 */
final class TcpClosing {

  private static final long PATIENCE_NANOS = 2_000_000_000;

  /** With a stranger, who has been told why, and no more than once. */
  private static final long PATIENCE_WITH_STRANGERS_NANOS = 1_000_000_000;

  private final TcpLink link;
  private final ChannelHandlerContext context;
  private final Channel channel;
  private OwnerLoop.Timer timer = () -> {};
  private boolean outputEnded;
  private boolean bytesCame;
  private final long patienceNanos;
  private int patienceLeft;

  TcpClosing(TcpLink link, ChannelHandlerContext context) {
    this.link = link;
    this.context = context;
    this.channel = context.channel();
    this.patienceNanos = link.hasSession() ? PATIENCE_NANOS : PATIENCE_WITH_STRANGERS_NANOS;
    this.patienceLeft = link.hasSession() ? 5 : 1;
  }

  void begin() {
    watch(pendingBytes());
    // The output is not ended from within the listener: Netty is amid its outbound buffer then.
    context
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(written -> link.loop().execute(() -> allWritten(written.isSuccess())));
  }

  /** Bytes came in, which nobody wants any more. */
  void discarded() {
    bytesCame = true;
  }

  void over() {
    timer.cancel();
  }

  private void allWritten(boolean success) {
    if (success && link.isClosing() && channel instanceof DuplexChannel duplex) {
      outputEnded = true;
      watch(0);
      var unused = duplex.shutdownOutput();
    }
  }

  private void watch(long pendingBytes) {
    timer.cancel();
    timer = link.loop().schedule(() -> patienceIsOver(pendingBytes), patienceNanos);
  }

  private void patienceIsOver(long pendingBefore) {
    if (!link.isClosing()) {
      return;
    }
    long pending = pendingBytes();
    if (outputEnded && bytesCame && --patienceLeft > 0) {
      bytesCame = false;
      watch(0);
    } else if (outputEnded) {
      link.closeNow();
    } else if (pending < pendingBefore) {
      watch(pending);
    } else {
      link.abort(
          new SocketTimeoutException(
              "the other side has not read on for " + patienceNanos / 1_000_000_000 + " s"));
    }
  }

  private long pendingBytes() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }
}
