// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.ProtocolException;

/**
 * The first in a pipeline until the session begins: counts what comes from the socket, before TLS
 * has unpacked it, and cuts the link of a stranger who goes on without end. On the channel's loop.
 */
final class EarlyBytes extends ChannelInboundHandlerAdapter {

  /** Most bytes that are read before the session begins, but for what one read takes in. */
  static final int MAX_BYTES = 64 * 1024;

  private final TcpLink link;
  private int bytesRead;

  EarlyBytes(TcpLink link) {
    this.link = link;
  }

  @Override
  public void channelRead(ChannelHandlerContext reading, Object message) {
    if (message instanceof ByteBuf bytes) {
      bytesRead += bytes.readableBytes();
    }
    reading.fireChannelRead(message);
    // Only now: the word that begins the session may have come with much that follows it.
    if (bytesRead > MAX_BYTES && !link.hasSession()) {
      link.abort(new ProtocolException("more than " + MAX_BYTES + " bytes"));
    }
  }
}
