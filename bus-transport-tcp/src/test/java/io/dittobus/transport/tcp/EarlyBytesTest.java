// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.core.transport.Link;
import io.dittobus.core.transport.LinkHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a link reads before its session begins. */
class EarlyBytesTest {

  private final TcpTransport transport = TcpTransport.create();
  private final List<Throwable> ends = new ArrayList<>();
  private int received;
  private int sessionBeginsAt = Integer.MAX_VALUE;

  private final LinkHandler handler =
      new LinkHandler() {
        private @Nullable Link link;

        @Override
        public void linkUp(Link up) {
          link = up;
        }

        @Override
        public void bytesReceived(ByteBuf bytes) {
          received += bytes.readableBytes();
          if (received >= sessionBeginsAt && link != null) {
            link.sessionBegins();
          }
        }

        @Override
        public void readCompleted() {}

        @Override
        public void writabilityChanged() {}

        @Override
        public void linkDown(@Nullable Throwable cause) {
          ends.add(cause == null ? new AssertionError("in order") : cause);
        }
      };

  @AfterEach
  void close() {
    assertThat(transport.close()).succeedsWithin(Duration.ofSeconds(5));
  }

  private EmbeddedChannel channel() {
    EmbeddedChannel channel = new EmbeddedChannel();
    TcpLink link =
        new TcpLink(transport, transport.loopOf(channel.eventLoop()), "a test", () -> handler);
    channel.pipeline().addLast(new EarlyBytes(link), link);
    channel.pipeline().fireChannelActive();
    return channel;
  }

  private static void read(EmbeddedChannel channel, int bytes) {
    channel.writeInbound(Unpooled.buffer(bytes).writeZero(bytes));
  }

  @Test
  @DisplayName("64 KiB may come before the session, and no byte more")
  void limit() {
    EmbeddedChannel channel = channel();
    read(channel, 60_000);
    read(channel, 5_536);
    assertThat(ends).isEmpty();
    read(channel, 1);
    assertThat(ends).hasSize(1);
    assertThat(ends.get(0))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("more than 65536 bytes");
    channel.finishAndReleaseAll();
  }

  @Test
  @DisplayName(
      "what comes behind the word that begins the session is not counted, nor what follows")
  void behindReady() {
    EmbeddedChannel channel = channel();
    sessionBeginsAt = 65_000;
    read(channel, 60_000);
    read(channel, 60_000);
    read(channel, 60_000);
    assertThat(received).isEqualTo(180_000);
    assertThat(ends).isEmpty();
    assertThat(channel.pipeline().get(EarlyBytes.class)).isNull();
    channel.finishAndReleaseAll();
  }
}
