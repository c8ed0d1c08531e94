// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.ErrorCode;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who comes in over TLS and who does not, and what both ends are told. */
class TlsTest {

  private static final Duration BOUND = Duration.ofSeconds(20);
  private static final NetworkSecret SECRET = NetworkSecret.random();

  private final Queue<NotingBus> nodes = new ConcurrentLinkedQueue<>();

  private NotingBus node(Admission admission) throws Exception {
    return node(admission, true);
  }

  private NotingBus node(Admission admission, boolean preferNative) throws Exception {
    return noted(NotingBus.start(admission, preferNative));
  }

  private NotingBus noted(NotingBus started) {
    nodes.add(started);
    return started;
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    for (NotingBus node : nodes) {
      node.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"native native", "native jdk", "jdk native", "jdk jdk"})
  @DisplayName("two peers with one secret find each other, whichever TLS each has")
  void providers(String which) throws Exception {
    NotingBus alice = node(Admission.networkSecret(SECRET), which.startsWith("native"));
    NotingBus bob = node(Admission.networkSecret(SECRET), which.endsWith("native"));
    bob.bus.connect(alice.endpoint(), alice.identity.publicKey(), null);
    await().atMost(BOUND).until(() -> !bob.connected.isEmpty());
    assertThat(bob.connected).containsExactly(alice.identity.address());
    await().atMost(BOUND).until(() -> alice.bus.peers().contains(bob.identity.address()));
    assertThat(bob.failures).isEmpty();
  }

  @Test
  @DisplayName("another network: the one who dials is told that it is refused")
  void anotherNetwork() throws Exception {
    NotingBus alice = node(Admission.networkSecret(SECRET));
    NotingBus bob = node(Admission.networkSecret(NetworkSecret.random()));
    bob.bus.connect(alice.endpoint(), null);
    assertThat(bob.awaitFailure().code()).isEqualTo(ErrorCode.NOT_ADMITTED);
    assertThat(bob.awaitFailure()).hasMessageContaining("does not admit this peer");
    await().atMost(BOUND).until(() -> !alice.handshakesFailed.isEmpty());
    assertThat(alice.handshakesFailed).containsExactly(ErrorCode.NOT_ADMITTED);
  }

  @Test
  @DisplayName("a key that was not dialled is turned away")
  void anotherKey() throws Exception {
    NotingBus alice = node(Admission.anyone());
    NotingBus bob = node(Admission.anyone());
    bob.bus.connect(alice.endpoint(), PeerIdentity.ephemeral().publicKey(), null);
    assertThat(bob.awaitFailure().code()).isEqualTo(ErrorCode.NOT_ADMITTED);
    assertThat(bob.awaitFailure()).hasMessageContaining("another peer answered than was dialled");
  }

  @Test
  @DisplayName("plaintext against TLS, and the reverse, fail at both ends with a line that says so")
  void plaintext() throws Exception {
    NotingBus secure = node(Admission.anyone());
    NotingBus insecure = node(Admission.insecure());
    insecure.bus.connect(secure.endpoint(), null);
    await().atMost(BOUND).until(() -> !insecure.failures.isEmpty());
    await().atMost(BOUND).until(() -> !secure.handshakesFailed.isEmpty());
    assertThat(secure.handshakesFailed).containsExactly(ErrorCode.NOT_AUTHENTICATED);
    insecure.handshakesFailed.clear();
    secure.bus.connect(insecure.endpoint(), null);
    assertThat(secure.awaitFailure().code()).isEqualTo(ErrorCode.NOT_AUTHENTICATED);
    assertThat(secure.awaitFailure()).hasMessageContaining("speaks no TLS");
    assertThat(secure.handshakesFailed)
        .containsExactly(ErrorCode.NOT_AUTHENTICATED, ErrorCode.NOT_AUTHENTICATED);
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
      NotingBus alice = node(each);
      NotingBus bob = node(Admission.anyone());
      bob.bus.connect(alice.endpoint(), null);
      assertThat(bob.awaitFailure().code()).isEqualTo(ErrorCode.NOT_ADMITTED);
      assertThat(alice.handshakesFailed).containsExactly(ErrorCode.NOT_ADMITTED);
    }
    CompletableFuture<Boolean> later = new CompletableFuture<>();
    Queue<DittoAddress> asked = new ConcurrentLinkedQueue<>();
    NotingBus alice =
        node(
            Admission.ask(
                (peer, remote) -> {
                  asked.add(peer);
                  return later;
                }));
    NotingBus bob = node(Admission.anyone());
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
    NotingBus alice = node(Admission.networkSecret(SECRET), preferNative);
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
    NotingBus bob = node(Admission.networkSecret(SECRET));
    bob.bus.connect(alice.endpoint(), null);
    await().atMost(BOUND).until(() -> !bob.connected.isEmpty());
  }

  /** Dials this port at these addresses, in this order. */
  private NotingBus dialler(int port, String... addresses) throws Exception {
    FixedResolvers resolvers = new FixedResolvers();
    resolvers.addresses =
        Stream.of(addresses).map(NetUtil::createInetAddressFromIpAddressString).toList();
    NotingBus dialler =
        noted(
            NotingBus.start(builder -> builder.admission(Admission.anyone()).resolver(resolvers)));
    dialler.bus.connect(new Endpoint("peer.example", port), null);
    return dialler;
  }

  @Test
  @DisplayName(
      "of a name's addresses the next is tried also where the first is not who it should be")
  void addresses() throws Exception {
    NotingBus alice = node(Admission.anyone());
    int port = alice.endpoint().port();
    NotingBus other =
        noted(NotingBus.start(builder -> builder.insecure().listen("127.0.0.2", port)));
    NotingBus bob = dialler(port, "127.0.0.2", "127.0.0.1");
    await().atMost(BOUND).until(() -> !bob.connected.isEmpty());
    assertThat(bob.connected).containsExactly(alice.identity.address());
    assertThat(bob.failures).isEmpty();
    assertThat(other.handshakesFailed).containsExactly(ErrorCode.HANDSHAKE_FAILED);

    // Nobody listens at the last: what is told is what was found at the first.
    NotingBus carol = dialler(port, "127.0.0.2", "127.0.0.3");
    assertThat(carol.awaitFailure().code()).isEqualTo(ErrorCode.NOT_AUTHENTICATED);
    assertThat(carol.awaitFailure())
        .hasMessageContaining("peer.example")
        .hasMessageContaining("speaks no TLS");
    assertThat(carol.handshakesFailed).containsExactly(ErrorCode.NOT_AUTHENTICATED);
  }
}
