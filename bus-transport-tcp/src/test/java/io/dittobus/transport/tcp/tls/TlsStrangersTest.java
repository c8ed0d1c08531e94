// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.core.frame.Auth;
import io.dittobus.transport.tcp.LogLines;
import io.dittobus.transport.tcp.NotingBus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that are no buses, beside two honest peers who do not notice. */
class TlsStrangersTest {

  private static final Duration BOUND = Duration.ofSeconds(20);
  private static final Duration DAY = Duration.ofDays(1);
  private static final NetworkSecret SECRET = NetworkSecret.random();

  private final PeerIdentity mallory = PeerIdentity.ephemeral();
  private final LogLines log = LogLines.capture();
  private @Nullable NotingBus alice;
  private @Nullable NotingBus bob;

  private void start(boolean preferNative) throws Exception {
    alice = NotingBus.start(Admission.networkSecret(SECRET), preferNative);
    bob = NotingBus.start(Admission.networkSecret(SECRET), preferNative);
    bob.connect(alice);
    await().atMost(BOUND).until(() -> alice.began.size() == 1);
  }

  @AfterEach
  void honestPeersDidNotNotice() throws Exception {
    log.close();
    assertThat(log.text()).doesNotContain("Exception", "\tat ");
    if (alice == null || bob == null) {
      return;
    }
    assertThat(alice.ended).isEmpty();
    assertThat(alice.began).containsExactly(bob.identity.address());
    alice.close();
    bob.close();
  }

  /** There is one failure more, of this code, and one line that says why. */
  private void assertFailed(ErrorCode code, String line) {
    await().atMost(BOUND).until(() -> !alice.handshakesFailed.isEmpty());
    assertThat(alice.handshakesFailed).containsExactly(code);
    log.awaitLine("connection from 127.0.0.1:", " closed: ", line);
  }

  private Endpoint port() {
    return alice.endpoint();
  }

  private SSLSocket client(@Nullable KeyManager shows) throws Exception {
    return Stranger.connect(Stranger.tls(shows), port());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("TLS 1.2 is refused")
  void tls12(boolean preferNative) throws Exception {
    start(preferNative);
    PeerCertificates.Made own = Stranger.made(mallory);
    SSLSocket socket = client(new Stranger.Shows(own.certificate(), own.keys().getPrivate()));
    socket.setEnabledProtocols(new String[] {"TLSv1.2"});
    assertThat(Stranger.endOf(socket)).contains("protocol_version");
    assertFailed(ErrorCode.NOT_AUTHENTICATED, "TLS: ");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("who shows no certificate is refused")
  void noCertificate(boolean preferNative) throws Exception {
    start(preferNative);
    assertThat(Stranger.endOf(client(null)))
        .containsAnyOf("bad_certificate", "certificate_required");
    assertFailed(ErrorCode.NOT_AUTHENTICATED, "TLS: ");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("a certificate that another identity has signed, or for another key, is refused")
  void signedByAnother(boolean preferNative) throws Exception {
    start(preferNative);
    KeyPair own = Stranger.made(mallory).keys();
    // As if Bob had signed Mallory's key: what Bob has signed is another one.
    X509Certificate certificate =
        PeerCertificates.certificate(
            mallory, own, Stranger.made(mallory).keys().getPublic(), Instant.now(), DAY);
    assertThat(Stranger.endOf(client(new Stranger.Shows(certificate, own.getPrivate()))))
        .contains("certificate");
    assertFailed(ErrorCode.NOT_AUTHENTICATED, "not signed by the identity");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("an expired certificate is refused")
  void expired(boolean preferNative) throws Exception {
    start(preferNative);
    PeerCertificates.Made old =
        PeerCertificates.make(mallory, Instant.now().minus(Duration.ofDays(3)), DAY);
    assertThat(
            Stranger.endOf(client(new Stranger.Shows(old.certificate(), old.keys().getPrivate()))))
        .contains("certificate");
    assertFailed(ErrorCode.NOT_AUTHENTICATED, "the certificate expired");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("a stolen certificate is of no use without its key")
  void stolen(boolean preferNative) throws Exception {
    start(preferNative);
    X509Certificate stolen = Stranger.made(mallory).certificate();
    PrivateKey own = Stranger.made(PeerIdentity.ephemeral()).keys().getPrivate();
    assertThat(Stranger.endOf(client(new Stranger.Shows(stolen, own)))).isNotEmpty();
    assertFailed(ErrorCode.NOT_AUTHENTICATED, "TLS: ");
  }

  private static byte[] words(PeerKey key) {
    return Stranger.concat(Stranger.hello(key), Stranger.auth(Auth.none()));
  }

  /** With an identity of his own, Mallory says this, and reads until the end. */
  private byte[] say(byte[] words) throws Exception {
    return say(Stranger.tls(mallory), words);
  }

  private byte[] say(SSLContext context, byte[] words) throws Exception {
    return Stranger.say(Stranger.connect(context, port()), words);
  }

  @Test
  @DisplayName("HELLO with another key than was proven, and no proof, get the same bare refusal")
  void refused() throws Exception {
    start(true);
    assertThat(say(words(PeerIdentity.ephemeral().publicKey()))).endsWith(Stranger.rejected());
    assertFailed(ErrorCode.NOT_ADMITTED, "HELLO names another key than was proven");
    alice.handshakesFailed.clear();
    assertThat(say(words(mallory.publicKey()))).endsWith(Stranger.rejected());
    assertFailed(ErrorCode.NOT_ADMITTED, "it proves no network secret");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("who resumes a session of TLS is who he was then, and is checked as at first")
  void resumed(boolean preferNative) throws Exception {
    start(preferNative);
    PeerCertificates.Made own = Stranger.made(mallory);
    Stranger.Shows shows = new Stranger.Shows(own.certificate(), own.keys().getPrivate());
    SSLContext context = Stranger.tls(shows);
    for (int i = 0; i < 3; i++) {
      alice.handshakesFailed.clear();
      PeerKey other = PeerIdentity.ephemeral().publicKey();
      assertThat(say(context, words(other))).endsWith(Stranger.rejected());
      assertFailed(ErrorCode.NOT_ADMITTED, "HELLO names another key than was proven");
      alice.handshakesFailed.clear();
      assertThat(say(context, words(mallory.publicKey()))).endsWith(Stranger.rejected());
      assertFailed(ErrorCode.NOT_ADMITTED, "it proves no network secret");
    }
    assertThat(shows.asked).as("handshakes that were not resumed").isEqualTo(1);
  }

  @Test
  @DisplayName("certificates are replaced at half of their life, and when the clock is set back")
  void renewed() throws Exception {
    AtomicInteger days = new AtomicInteger();
    Instant start = Instant.now();
    Clock clock =
        new Clock() {
          @Override
          public Instant instant() {
            return start.plus(Duration.ofDays(days.get()));
          }

          @Override
          public ZoneId getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(ZoneId zone) {
            return this;
          }
        };
    TlsContexts contexts = TlsContexts.of(mallory, false, clock, Duration.ofDays(10));
    X509Certificate first = contexts.certificate();
    days.set(4);
    assertThat(contexts.certificate()).isSameAs(first);
    days.set(6);
    await().atMost(BOUND).until(() -> contexts.certificate() != first);
    assertThat(contexts.certificate().getNotAfter().toInstant())
        .isAfter(start.plus(Duration.ofDays(15)));
    days.set(100); // nobody has connected for long
    assertThat(contexts.certificate().getNotAfter().toInstant())
        .isAfter(start.plus(Duration.ofDays(109)));
    days.set(50); // the clock was wrong, and is set right
    contexts.certificate().checkValidity(Date.from(clock.instant()));
    assertThat(contexts.certificate().getNotAfter().toInstant())
        .isBetween(start.plus(Duration.ofDays(59)), start.plus(Duration.ofDays(61)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("bytes before the session are counted as they come from the socket, not as unpacked")
  void tinyRecords(boolean preferNative) throws Exception {
    start(preferNative);
    byte[] auth = Stranger.auth(new Auth(Auth.NONE, List.of(new byte[16_000])));
    int said = 0;
    try (SSLSocket socket = Stranger.connect(Stranger.tls(mallory), port())) {
      socket.startHandshake();
      socket.getOutputStream().write(Stranger.hello(mallory.publicKey()));
      // A byte in a record has 23 bytes: before the frame is whole there are 350 KiB.
      for (byte each : auth) {
        socket.getOutputStream().write(each);
        said++;
      }
    } catch (IOException cut) {
      assertThat(said).isBetween(1000, auth.length - 1);
    }
    assertFailed(ErrorCode.HANDSHAKE_FAILED, "more than 65536 bytes during the handshake");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("a ClientHello may come in any pieces, of 32 KiB with their heads, and no byte more")
  void longHello(boolean preferNative) throws Exception {
    start(preferNative);
    // A ClientHello of 16,000 bytes, of which each record has one.
    ByteBuf pieces = Unpooled.buffer();
    byte[] hello = {1, 0, 0x3e, (byte) 0x80, 3, 3};
    while (pieces.readableBytes() < 32 * 1024 - 6) {
      int at = pieces.readableBytes() / 6;
      pieces.writeBytes(new byte[] {0x16, 3, 1, 0, 1, at < hello.length ? hello[at] : 7});
    }
    try (Socket socket = new Socket("127.0.0.1", port().port())) {
      socket.setSoTimeout((int) BOUND.toMillis());
      socket.getOutputStream().write(ByteBufUtil.getBytes(pieces));
      // It is still listened to: another one that says a word too much is refused for that.
      socket.getOutputStream().write(new byte[] {0x16, 3, 1, 0, 1, 7});
      assertThat(readsToTheEnd(socket)).isTrue();
    }
    assertFailed(
        ErrorCode.NOT_AUTHENTICATED, "more than 32768 bytes before the TLS handshake was over");
  }

  /** A reset is an end. */
  private static boolean readsToTheEnd(Socket socket) throws IOException {
    try {
      byte[] unused = socket.getInputStream().readAllBytes();
      return true;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (SocketException reset) {
      return true;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"silent", "half", "silent reset", "half reset", "after", "after reset"})
  @DisplayName("who leaves during TLS or after it is told of, in one line")
  void leaves(String when) throws Exception {
    start(true);
    boolean after = when.startsWith("after");
    try (Socket socket =
        after
            ? Stranger.connect(Stranger.tls(mallory), port())
            : new Socket("127.0.0.1", port().port())) {
      if (after) {
        ((SSLSocket) socket).startHandshake();
        // HELLO: it is known on both sides that TLS has come to its end.
        assertThat(socket.getInputStream().read()).isNotNegative();
      } else if (when.startsWith("half")) {
        socket.getOutputStream().write(new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3});
      }
      if (when.endsWith("reset")) {
        socket.setSoLinger(true, 0);
      }
    }
    await().atMost(BOUND).until(() -> !alice.handshakesFailed.isEmpty());
    assertThat(alice.handshakesFailed)
        .containsExactly(after ? ErrorCode.LINK_LOST : ErrorCode.NOT_AUTHENTICATED);
    log.awaitLine("WARN", "connection from 127.0.0.1:", " closed: ", after ? "handshake" : "TLS");
  }
}
