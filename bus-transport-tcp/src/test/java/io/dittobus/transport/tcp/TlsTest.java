// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dittobus.api.BusListener;
import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who comes in over TLS and who does not, and what both ends are told. */
class TlsTest {

  private static final Duration BOUND = Duration.ofSeconds(20);
  private static final NetworkSecret SECRET = NetworkSecret.random();

  private final Queue<Node> nodes = new ConcurrentLinkedQueue<>();

  /** A bus that notes what it is told. */
  private final class Node implements DittoBusCallback, BusListener {
    final Queue<DittoAddress> connected = new ConcurrentLinkedQueue<>();
    final Queue<DittoBusException> failures = new ConcurrentLinkedQueue<>();
    final Queue<ErrorCode> handshakesFailed = new ConcurrentLinkedQueue<>();
    final CompletableFuture<CloseReport> closed = new CompletableFuture<>();
    final PeerIdentity identity = PeerIdentity.ephemeral();
    final DittoBus bus;

    Node(Admission admission, boolean preferNative) throws Exception {
      bus =
          TcpBus.builder()
              .identity(identity)
              .listen("127.0.0.1", 0)
              .admission(admission)
              .preferNative(preferNative)
              .listener(this)
              .start(this)
              .toCompletableFuture()
              .get(20, TimeUnit.SECONDS);
      nodes.add(this);
    }

    Endpoint endpoint() {
      return bus.listenEndpoints().get(0);
    }

    @Override
    public void connectSucceeded(@Nullable Object connectCtx, DittoAddress peer) {
      connected.add(peer);
    }

    @Override
    public void connectFailed(@Nullable Object connectCtx, DittoBusException error) {
      failures.add(error);
    }

    @Override
    public void handshakeFailed(String remote, ErrorCode code) {
      handshakesFailed.add(code);
    }

    @Override
    public void busClosed(CloseReport report) {
      closed.complete(report);
    }
  }

  private Node node(Admission admission) throws Exception {
    return new Node(admission, true);
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    for (Node node : nodes) {
      node.bus.dispose();
    }
    for (Node node : nodes) {
      assertThat(node.closed.get(20, TimeUnit.SECONDS)).isNotNull();
    }
  }

  private static DittoBusException failure(Node dialler) {
    await().atMost(BOUND).until(() -> !dialler.failures.isEmpty());
    assertThat(dialler.failures).hasSize(1);
    assertThat(dialler.connected).isEmpty();
    return dialler.failures.element();
  }

  @ParameterizedTest
  @ValueSource(strings = {"native native", "native jdk", "jdk native", "jdk jdk"})
  @DisplayName("two peers with one secret find each other, whichever TLS each has")
  void providers(String which) throws Exception {
    Node alice = new Node(Admission.networkSecret(SECRET), which.startsWith("native"));
    Node bob = new Node(Admission.networkSecret(SECRET), which.endsWith("native"));
    bob.bus.connect(alice.endpoint(), alice.identity.publicKey(), null);
    await().atMost(BOUND).until(() -> !bob.connected.isEmpty());
    assertThat(bob.connected).containsExactly(alice.identity.address());
    await().atMost(BOUND).until(() -> alice.bus.peers().contains(bob.identity.address()));
    assertThat(bob.failures).isEmpty();
  }

  @Test
  @DisplayName("another network: the one who dials is told that it is refused")
  void anotherNetwork() throws Exception {
    Node alice = node(Admission.networkSecret(SECRET));
    Node bob = node(Admission.networkSecret(NetworkSecret.random()));
    bob.bus.connect(alice.endpoint(), null);
    assertThat(failure(bob).code()).isEqualTo(ErrorCode.NOT_ADMITTED);
    assertThat(failure(bob)).hasMessageContaining("does not admit this peer");
    await().atMost(BOUND).until(() -> !alice.handshakesFailed.isEmpty());
    assertThat(alice.handshakesFailed).containsExactly(ErrorCode.NOT_ADMITTED);
  }

  @Test
  @DisplayName("a key that was not dialled is turned away")
  void anotherKey() throws Exception {
    Node alice = node(Admission.anyone());
    Node bob = node(Admission.anyone());
    bob.bus.connect(alice.endpoint(), PeerIdentity.ephemeral().publicKey(), null);
    assertThat(failure(bob).code()).isEqualTo(ErrorCode.NOT_ADMITTED);
    assertThat(failure(bob)).hasMessageContaining("another peer answered than was dialled");
  }

  @Test
  @DisplayName("plaintext against TLS, and the reverse, fail at both ends with a line that says so")
  void plaintext() throws Exception {
    Node secure = node(Admission.anyone());
    Node insecure = node(Admission.insecure());
    insecure.bus.connect(secure.endpoint(), null);
    await().atMost(BOUND).until(() -> !insecure.failures.isEmpty());
    await().atMost(BOUND).until(() -> !secure.handshakesFailed.isEmpty());
    assertThat(secure.handshakesFailed).containsExactly(ErrorCode.NOT_AUTHENTICATED);
    insecure.handshakesFailed.clear();
    secure.bus.connect(insecure.endpoint(), null);
    assertThat(failure(secure).code()).isEqualTo(ErrorCode.NOT_AUTHENTICATED);
    assertThat(failure(secure)).hasMessageContaining("speaks no TLS");
    await().atMost(BOUND).until(() -> !insecure.handshakesFailed.isEmpty());
    assertThat(insecure.handshakesFailed).containsExactly(ErrorCode.HANDSHAKE_FAILED);
  }

  @Test
  @DisplayName("a callback that says no, throws, fails or returns null means no")
  void callbacks() throws Exception {
    List<Admission> refusing =
        List.of(
            Admission.ask((peer, remote) -> CompletableFuture.completedFuture(false)),
            Admission.ask((peer, remote) -> CompletableFuture.failedFuture(new IOException("x"))),
            Admission.ask((peer, remote) -> null),
            Admission.ask(
                (peer, remote) -> {
                  throw new IllegalStateException("no idea");
                }));
    for (Admission each : refusing) {
      Node alice = node(each);
      Node bob = node(Admission.anyone());
      bob.bus.connect(alice.endpoint(), null);
      assertThat(failure(bob).code()).isEqualTo(ErrorCode.NOT_ADMITTED);
      assertThat(alice.handshakesFailed).containsExactly(ErrorCode.NOT_ADMITTED);
    }
    CompletableFuture<Boolean> later = new CompletableFuture<>();
    Queue<DittoAddress> asked = new ConcurrentLinkedQueue<>();
    Node alice =
        node(
            Admission.ask(
                (peer, remote) -> {
                  asked.add(peer);
                  return later;
                }));
    Node bob = node(Admission.anyone());
    bob.bus.connect(alice.endpoint(), null);
    await().atMost(BOUND).until(() -> !asked.isEmpty());
    assertThat(asked).containsExactly(bob.identity.address());
    assertThat(alice.bus.peers()).isEmpty();
    later.complete(true);
    await().atMost(BOUND).until(() -> !bob.connected.isEmpty());
  }

  /** Sends these bytes and returns how many the other side sent before it closed. */
  private static int sendAndDrain(Endpoint endpoint, byte[] bytes) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", endpoint.port())) {
      socket.setSoTimeout((int) BOUND.toMillis());
      try {
        socket.getOutputStream().write(bytes);
      } catch (IOException e) {
        return 0; // cut before all was sent
      }
      InputStream in = socket.getInputStream();
      int read = 0;
      try {
        while (in.read() >= 0) {
          read++;
        }
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("reset");
      }
      return read;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("a ClientHello of 1 MiB, HTTP, and zeroes are cut; who is honest comes in meanwhile")
  void strangers(boolean preferNative) throws Exception {
    Node alice = new Node(Admission.networkSecret(SECRET), preferNative);
    byte[] huge = new byte[1 << 20];
    for (int i = 0; i + 5 + 16_384 < huge.length; i += 5 + 16_384) {
      byte[] head = {0x16, 3, 1, 0x40, 0};
      System.arraycopy(head, 0, huge, i, head.length);
    }
    huge[5] = 1; // ClientHello of 2^20 bytes, in records of 16 KiB
    huge[6] = 0x0f;
    huge[7] = (byte) 0xff;
    byte[][] all = {
      huge, "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII), new byte[100]
    };
    for (byte[] bytes : all) {
      assertThat(sendAndDrain(alice.endpoint(), bytes)).isLessThan(100);
    }
    await().atMost(BOUND).until(() -> alice.handshakesFailed.size() == all.length);
    assertThat(alice.handshakesFailed).containsOnly(ErrorCode.NOT_AUTHENTICATED);
    Node bob = node(Admission.networkSecret(SECRET));
    bob.bus.connect(alice.endpoint(), null);
    await().atMost(BOUND).until(() -> !bob.connected.isEmpty());
  }
}
