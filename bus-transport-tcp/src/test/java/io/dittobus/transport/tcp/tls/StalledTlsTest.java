// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.transport.tcp.NotingBus;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Those who begin and do not go on, before TLS, in it and behind it: so many, and so long. */
class StalledTlsTest {

  private static final Duration BOUND = Duration.ofSeconds(20);
  private static final Admission ADMISSION = Admission.networkSecret(NetworkSecret.random());
  private static final int MOST = 5;

  private final List<Socket> stalled = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (Socket socket : stalled) {
      socket.close();
    }
  }

  private static NotingBus start(Duration handshakeTimeout) throws Exception {
    BusOptions options =
        BusOptions.defaults().toBuilder()
            .maxHandshakes(MOST)
            .handshakeTimeout(handshakeTimeout)
            .build();
    return NotingBus.start(
        builder -> builder.listen("127.0.0.1", 0).admission(ADMISSION).options(options));
  }

  private static NotingBus honest() throws Exception {
    return NotingBus.start(builder -> builder.admission(ADMISSION));
  }

  /** How far they come, and no farther. */
  private void stall(NotingBus alice, String where, int number) throws Exception {
    SSLContext tls = Stranger.tls(PeerIdentity.ephemeral());
    for (int i = 0; i < number; i++) {
      Socket socket =
          where.equals("behind TLS")
              ? Stranger.connect(tls, alice.endpoint())
              : new Socket("127.0.0.1", alice.endpoint().port());
      stalled.add(socket);
      socket.setSoTimeout((int) BOUND.toMillis());
      if (where.equals("in TLS")) {
        socket.getOutputStream().write(new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3});
      } else if (where.equals("behind TLS")) {
        ((SSLSocket) socket).startHandshake();
        assertThat(socket.getInputStream().read()).isNotNegative(); // its HELLO
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before TLS", "in TLS", "behind TLS"})
  @DisplayName("of too many the oldest goes, and who is honest comes in:")
  void tooMany(String where) throws Exception {
    try (NotingBus alice = start(Duration.ofMinutes(5));
        NotingBus bob = honest()) {
      stall(alice, where, 12);
      await().atMost(BOUND).until(() -> alice.handshakesFailed.size() == 12 - MOST);
      bob.connect(alice);
      await().atMost(BOUND).until(() -> !bob.connected.isEmpty() || !bob.failures.isEmpty());
      assertThat(bob.failures).isEmpty();
      // One more may have gone for the honest one.
      assertThat(alice.handshakesFailed).hasSizeBetween(12 - MOST, 13 - MOST);
      assertThat(alice.began).containsExactly(bob.identity.address());
      int told = alice.handshakesFailed.size();
      for (Socket socket : stalled) {
        socket.setSoTimeout(1);
      }
      await()
          .atMost(BOUND)
          .until(() -> stalled.stream().filter(StalledTlsTest::ends).count() == told);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "before TLS, NOT_AUTHENTICATED",
    "in TLS, NOT_AUTHENTICATED",
    "behind TLS, HANDSHAKE_FAILED"
  })
  @DisplayName("all are gone in time, and who is honest stays:")
  void inTime(String where, ErrorCode code) throws Exception {
    try (NotingBus alice = start(Duration.ofSeconds(2));
        NotingBus bob = honest()) {
      bob.connect(alice);
      await().atMost(BOUND).until(() -> !alice.began.isEmpty());
      stall(alice, where, MOST - 1);
      for (Socket socket : stalled) {
        assertThat(ends(socket)).isTrue();
      }
      await().atMost(BOUND).until(() -> alice.handshakesFailed.size() == MOST - 1);
      assertThat(alice.handshakesFailed).containsOnly(code);
      assertThat(alice.ended).isEmpty();
      assertThat(bob.failures).isEmpty();
    }
  }

  /** A reset is an end as well. */
  private static boolean ends(Socket socket) {
    try {
      byte[] unused = socket.getInputStream().readAllBytes();
      return true;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }
}
