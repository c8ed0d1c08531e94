// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.Nonce;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Bytes that are not our protocol end their own connection, with a reason in one line of the log,
 * while a stream through the same listener goes on.
 */
class RawBytesTest {

  private static final Duration BOUND = Duration.ofSeconds(20);

  /** Longer than a test waits: what ends was refused for what it said. */
  private static final Duration NEVER = Duration.ofMinutes(5);

  private static final Duration SOON = Duration.ofSeconds(2);
  private static final int RANDOM_SEEDS = 20;

  private final PrintStream systemErr = System.err;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();

  @BeforeEach
  void readLog() {
    System.setErr(new PrintStream(log, true, US_ASCII));
  }

  @AfterEach
  void giveLogBack() {
    System.setErr(systemErr);
    systemErr.print(log.toString(US_ASCII));
  }

  @Test
  void anHttpRequestIsRefusedAtOnce() throws Exception {
    byte[] request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII);
    refused(NEVER, ErrorCode.HANDSHAKE_FAILED, request);
  }

  @Test
  void aTlsClientHelloIsRefusedAtOnce() throws Exception {
    SSLEngine client = SSLContext.getDefault().createSSLEngine("localhost", 4040);
    client.setUseClientMode(true);
    java.nio.ByteBuffer record =
        java.nio.ByteBuffer.allocate(client.getSession().getPacketBufferSize());
    client.wrap(java.nio.ByteBuffer.allocate(0), record);
    refused(NEVER, ErrorCode.HANDSHAKE_FAILED, Arrays.copyOf(record.array(), record.position()));
  }

  @Test
  void aHugeLengthIsRefusedAtItsHead() throws Exception {
    refused(NEVER, ErrorCode.HANDSHAKE_FAILED, new byte[] {-1, -1, -1, 1});
  }

  @Test
  void garbageBehindHelloIsRefusedAtOnce() throws Exception {
    refused(NEVER, ErrorCode.HANDSHAKE_FAILED, concat(hello(), new byte[] {-1, -1, -1, -1, 0}));
  }

  @Test
  void whoDoesNotComeToAnEndIsRefusedWhenTheTimeIsUp() throws Exception {
    byte[] nothing = {};
    byte[] halfHello = Arrays.copyOf(hello(), hello().length / 2);
    refused(SOON, ErrorCode.HANDSHAKE_FAILED, nothing, halfHello, hello());
  }

  /** Also by the time: some happen to be the head of a frame of which the rest does not come. */
  @Test
  void randomBytesAreRefused() throws Exception {
    byte[][] all = new byte[RANDOM_SEEDS][];
    for (int seed = 0; seed < RANDOM_SEEDS; seed++) {
      Random random = new Random(seed);
      all[seed] = new byte[1 + random.nextInt(3000)];
      random.nextBytes(all[seed]);
    }
    refused(SOON, ErrorCode.HANDSHAKE_FAILED, all);
  }

  @Test
  void whoHangsUpWithoutAWordIsTold() throws Exception {
    try (SteadyStream steady = new SteadyStream(NEVER)) {
      awaitProgress(steady);
      connect(steady.endpoint()).close();
      await().atMost(BOUND).until(() -> !steady.failedHandshakes.isEmpty());
      assertThat(steady.failedHandshakes).containsExactly(ErrorCode.LINK_LOST);
      goesOn(steady);
    }
    saidWithoutStackTraces(1);
  }

  /** Each of these is said on a connection of its own. */
  private void refused(Duration handshakeTimeout, ErrorCode code, byte[]... all) throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try (SteadyStream steady = new SteadyStream(handshakeTimeout)) {
      awaitProgress(steady);
      for (byte[] bytes : all) {
        Socket socket = connect(steady.endpoint());
        sockets.add(socket);
        send(socket, bytes);
      }
      for (int i = 0; i < all.length; i++) {
        assertThat(closedByPeer(sockets.get(i))).as("no. %d was closed", i).isTrue();
      }
      await().atMost(BOUND).until(() -> steady.failedHandshakes.size() >= all.length);
      assertThat(steady.failedHandshakes).hasSize(all.length).containsOnly(code);
      goesOn(steady);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    saidWithoutStackTraces(all.length);
  }

  private static void awaitProgress(SteadyStream steady) {
    await().atMost(BOUND).until(() -> steady.lastReceived() > 3 || !steady.surprises.isEmpty());
  }

  private static void goesOn(SteadyStream steady) throws Exception {
    long before = steady.lastReceived();
    await().atMost(BOUND).until(() -> steady.lastReceived() > before);
    assertThat(steady.peers()).hasSize(1);
    assertThat(steady.complete())
        .containsExactly(BusCompletionReason.COMPLETED, BusCompletionReason.COMPLETED);
    assertThat(steady.surprises).isEmpty();
  }

  private void saidWithoutStackTraces(int lines) {
    assertThat(log.toString(US_ASCII).lines())
        .noneMatch(line -> line.startsWith("\tat ") || line.contains("Exception"))
        .noneMatch(line -> line.contains("ERROR") || line.contains("LEAK"))
        .filteredOn(line -> line.contains("closed: "))
        .hasSize(lines);
  }

  private static Socket connect(Endpoint endpoint) throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout((int) BOUND.toMillis());
    socket.connect(new InetSocketAddress(endpoint.host(), endpoint.port()), (int) BOUND.toMillis());
    return socket;
  }

  /** What the other side refuses to hear the end of was refused. */
  private static void send(Socket socket, byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException closedAlready) {
      // Seen by the reading.
    }
  }

  /** Reads to the end; a reset is one too. */
  private static boolean closedByPeer(Socket socket) {
    try {
      byte[] said = socket.getInputStream().readNBytes(4096);
      return said.length < 4096;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  private static byte[] hello() {
    ByteBuf out = Unpooled.buffer();
    FrameWriter.hello(
        out,
        new Hello(
            Hello.VERSION,
            Hello.VERSION,
            0,
            PeerIdentity.ephemeral().publicKey(),
            7,
            Nonce.of(new byte[32]),
            1 << 20,
            16,
            1,
            1 << 14,
            256,
            1 << 20));
    return ByteBufUtil.getBytes(out);
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
