// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.transport.tcp.tls.TlsContexts;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DuplexChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** When a TLS handshake counts, in virtual time. */
class TlsGateTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final TcpTransport transport = TcpTransport.create();
  private final TlsContexts contexts = TlsContexts.of(PeerIdentity.ephemeral(), false);
  private final List<String> failures = new ArrayList<>();
  private final List<TlsGate> ended = new ArrayList<>();
  private final HalfClosing channel = new HalfClosing();
  private final TlsGate gate = gate();

  /** As a socket does, it can end its output alone. */
  private static final class HalfClosing extends EmbeddedChannel implements DuplexChannel {
    private boolean outputEnded;

    @Override
    public boolean isInputShutdown() {
      return false;
    }

    @Override
    public boolean isOutputShutdown() {
      return outputEnded;
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public ChannelFuture shutdownInput() {
      return newSucceededFuture();
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
      return promise.setSuccess();
    }

    @Override
    public ChannelFuture shutdownOutput() {
      outputEnded = true;
      return newSucceededFuture();
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
      outputEnded = true;
      return promise.setSuccess();
    }

    @Override
    public ChannelFuture shutdown() {
      return newSucceededFuture();
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
      return promise.setSuccess();
    }
  }

  private TlsGate gate() {
    channel.freezeTime();
    TcpLink link =
        new TcpLink(transport, transport.loopOf(channel.eventLoop()), "a test", () -> null);
    channel.pipeline().addLast(link);
    TlsGate made = new TlsGate(contexts, link, TIMEOUT.toNanos(), failures::add, ended::add);
    made.addTo(channel.pipeline(), contexts.accepting(channel.alloc()));
    channel.pipeline().fireChannelActive();
    return made;
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    assertThat(transport.close()).succeedsWithin(Duration.ofSeconds(5));
    assertThat(ended).containsExactly(gate);
    assertThat(failures).hasSize(1);
  }

  private void stranger() {
    byte[] words = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    channel.writeInbound(Unpooled.wrappedBuffer(words));
    channel.runPendingTasks();
  }

  private void advance(Duration time) {
    channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    channel.runScheduledPendingTasks();
    channel.runPendingTasks();
  }

  @Test
  @DisplayName("one that has failed counts until its connection is gone: a second, if it stays")
  void staysAfterFailure() {
    stranger();
    assertThat(failures).hasSize(1);
    assertThat(channel.outputEnded).isTrue();
    assertThat(channel.isOpen()).isTrue();
    assertThat(ended).isEmpty();
    advance(Duration.ofMillis(900));
    assertThat(ended).isEmpty();
    advance(Duration.ofMillis(101));
    assertThat(channel.isOpen()).isFalse();
    assertThat(ended).hasSize(1);
  }

  @Test
  @DisplayName("one that is crowded out is cut at once, whether it has failed or not")
  void crowdedOut() {
    gate.crowdedOut();
    channel.runPendingTasks();
    assertThat(channel.isOpen()).isFalse();
    assertThat(failures.get(0)).startsWith("too many");
  }

  @Test
  @DisplayName("one that has failed and is crowded out then is cut at once, and told of once")
  void crowdedOutAfterFailure() {
    stranger();
    gate.crowdedOut();
    channel.runPendingTasks();
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  @DisplayName("one that says nothing is timed out, and counts until then")
  void timedOut() {
    advance(TIMEOUT.minusMillis(1));
    assertThat(failures).isEmpty();
    assertThat(ended).isEmpty();
    advance(Duration.ofMillis(2));
    assertThat(failures).containsExactly("no TLS handshake within the handshake timeout");
  }
}
