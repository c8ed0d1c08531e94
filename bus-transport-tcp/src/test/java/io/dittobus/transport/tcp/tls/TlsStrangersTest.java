// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dittobus.api.BusListener;
import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.core.frame.Auth;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.Nonce;
import io.dittobus.transport.tcp.LogLines;
import io.dittobus.transport.tcp.TcpBus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.Socket;
import java.security.KeyPair;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
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

  private final Queue<ErrorCode> failed = new ConcurrentLinkedQueue<>();
  private final Queue<DittoAddress> began = new ConcurrentLinkedQueue<>();
  private final AtomicInteger ended = new AtomicInteger();
  private final CompletableFuture<CloseReport> aliceClosed = new CompletableFuture<>();
  private final CompletableFuture<CloseReport> bobClosed = new CompletableFuture<>();
  private final PeerIdentity mallory = PeerIdentity.ephemeral();
  private final LogLines log = LogLines.capture();
  private @Nullable DittoBus alice;
  private @Nullable DittoBus bob;

  private void start(boolean preferNative) throws Exception {
    BusListener listener =
        new BusListener() {
          @Override
          public void handshakeFailed(String remote, ErrorCode code) {
            failed.add(code);
          }

          @Override
          public void sessionStarted(DittoAddress peer) {
            began.add(peer);
          }

          @Override
          public void sessionEnded(DittoAddress peer, StreamEnd end) {
            ended.incrementAndGet();
          }
        };
    TcpBus.Builder builder =
        TcpBus.builder().admission(Admission.networkSecret(SECRET)).preferNative(preferNative);
    bob = start(builder, bobClosed);
    alice = start(builder.listen("127.0.0.1", 0).listener(listener), aliceClosed);
    bob.connect(alice.listenEndpoints().get(0), null);
    await().atMost(BOUND).until(() -> began.size() == 1);
  }

  private static DittoBus start(TcpBus.Builder builder, CompletableFuture<CloseReport> closed)
      throws Exception {
    DittoBusCallback callback =
        new DittoBusCallback() {
          @Override
          public void busClosed(CloseReport report) {
            closed.complete(report);
          }
        };
    return builder.start(callback).toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @AfterEach
  void honestPeersDidNotNotice() throws Exception {
    log.close();
    assertThat(log.text()).doesNotContain("Exception", "\tat ");
    if (alice == null || bob == null) {
      return;
    }
    assertThat(ended).hasValue(0);
    assertThat(began).containsExactly(bob.localAddress());
    alice.dispose();
    bob.dispose();
    assertThat(aliceClosed.get(20, TimeUnit.SECONDS)).isNotNull();
    assertThat(bobClosed.get(20, TimeUnit.SECONDS)).isNotNull();
  }

  /** There is one failure more, of this code, and one line that says why. */
  private void assertFailed(ErrorCode code, String line) {
    await().atMost(BOUND).until(() -> !failed.isEmpty());
    assertThat(failed).containsExactly(code);
    log.awaitLine("connection from 127.0.0.1:", " closed: ", line);
  }

  /** Shows this certificate, and signs with this key. */
  private static final class Shows extends X509ExtendedKeyManager {
    private final X509Certificate certificate;
    private final PrivateKey key;
    private int asked;

    Shows(X509Certificate certificate, PrivateKey key) {
      this.certificate = certificate;
      this.key = key;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
      return new String[] {"own"};
    }

    @Override
    public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
      return "own";
    }

    @Override
    public String chooseEngineClientAlias(String[] keyType, Principal[] issuers, SSLEngine engine) {
      return "own";
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
      return new String[0];
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
      return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      asked++;
      return new X509Certificate[] {certificate};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return key;
    }
  }

  /** A client of TLS that takes every server. */
  private SSLSocket client(@Nullable KeyManager shows) throws Exception {
    return connect(context(shows));
  }

  private static SSLContext context(@Nullable KeyManager shows) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        shows == null ? null : new KeyManager[] {shows}, new TrustManager[] {new Anyone()}, null);
    return context;
  }

  private SSLSocket connect(SSLContext context) throws Exception {
    int port = alice.listenEndpoints().get(0).port();
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
    socket.setSoTimeout((int) BOUND.toMillis());
    socket.setEnabledProtocols(new String[] {"TLSv1.3"});
    return socket;
  }

  private static final class Anyone extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** Handshakes, and reads until the end; returns what it was told by TLS. */
  private static String endOf(SSLSocket socket) throws IOException {
    try (socket) {
      socket.startHandshake();
      int first = socket.getInputStream().read();
      return "the connection ended without a word of TLS, after " + first;
    } catch (SSLException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static PeerCertificates.Made made(PeerIdentity identity) {
    return PeerCertificates.make(identity, Instant.now(), DAY);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("TLS 1.2 is refused")
  void tls12(boolean preferNative) throws Exception {
    start(preferNative);
    PeerCertificates.Made own = made(mallory);
    SSLSocket socket = client(new Shows(own.certificate(), own.keys().getPrivate()));
    socket.setEnabledProtocols(new String[] {"TLSv1.2"});
    assertThat(endOf(socket)).contains("protocol_version");
    assertFailed(ErrorCode.NOT_AUTHENTICATED, "TLS: ");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("who shows no certificate is refused")
  void noCertificate(boolean preferNative) throws Exception {
    start(preferNative);
    assertThat(endOf(client(null))).containsAnyOf("bad_certificate", "certificate_required");
    assertFailed(ErrorCode.NOT_AUTHENTICATED, "TLS: ");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("a certificate that another identity has signed, or for another key, is refused")
  void signedByAnother(boolean preferNative) throws Exception {
    start(preferNative);
    KeyPair own = made(mallory).keys();
    // As if Bob had signed Mallory's key: what Bob has signed is another one.
    X509Certificate certificate =
        PeerCertificates.certificate(
            mallory, own, made(mallory).keys().getPublic(), Instant.now(), DAY);
    assertThat(endOf(client(new Shows(certificate, own.getPrivate())))).contains("certificate");
    assertFailed(ErrorCode.NOT_AUTHENTICATED, "not signed by the identity");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("an expired certificate is refused")
  void expired(boolean preferNative) throws Exception {
    start(preferNative);
    PeerCertificates.Made old =
        PeerCertificates.make(mallory, Instant.now().minus(Duration.ofDays(3)), DAY);
    assertThat(endOf(client(new Shows(old.certificate(), old.keys().getPrivate()))))
        .contains("certificate");
    assertFailed(ErrorCode.NOT_AUTHENTICATED, "the certificate expired");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("a stolen certificate is of no use without its key")
  void stolen(boolean preferNative) throws Exception {
    start(preferNative);
    X509Certificate stolen = made(mallory).certificate();
    PrivateKey own = made(PeerIdentity.ephemeral()).keys().getPrivate();
    assertThat(endOf(client(new Shows(stolen, own)))).isNotEmpty();
    assertFailed(ErrorCode.NOT_AUTHENTICATED, "TLS: ");
  }

  private static byte[] words(PeerKey key) {
    Nonce nonce = Nonce.of(new byte[Nonce.LENGTH]);
    ByteBuf out = Unpooled.buffer();
    FrameWriter.hello(out, new Hello(1, 1, 0, key, 7, nonce, 1000, 10, 1, 1024, 256, 1 << 20));
    FrameWriter.auth(out, Auth.none());
    return ByteBufUtil.getBytes(out);
  }

  /** With an identity of his own, Mallory says this, and reads until the end. */
  private byte[] say(byte[] words) throws Exception {
    PeerCertificates.Made own = made(mallory);
    return say(context(new Shows(own.certificate(), own.keys().getPrivate())), words);
  }

  private byte[] say(SSLContext context, byte[] words) throws Exception {
    try (SSLSocket socket = connect(context)) {
      socket.startHandshake();
      socket.getOutputStream().write(words);
      return socket.getInputStream().readAllBytes();
    }
  }

  private static byte[] rejected() {
    ByteBuf reject = Unpooled.buffer();
    FrameWriter.reject(reject, EndCause.local(EndCause.Kind.FORBIDDEN, ""));
    return ByteBufUtil.getBytes(reject);
  }

  @Test
  @DisplayName("HELLO with another key than was proven, and no proof, get the same bare refusal")
  void refused() throws Exception {
    start(true);
    assertThat(say(words(PeerIdentity.ephemeral().publicKey()))).endsWith(rejected());
    assertFailed(ErrorCode.NOT_ADMITTED, "HELLO names another key than was proven");
    failed.clear();
    assertThat(say(words(mallory.publicKey()))).endsWith(rejected());
    assertFailed(ErrorCode.NOT_ADMITTED, "it proves no network secret");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("who resumes a session of TLS is who he was then, and is checked as at first")
  void resumed(boolean preferNative) throws Exception {
    start(preferNative);
    PeerCertificates.Made own = made(mallory);
    Shows shows = new Shows(own.certificate(), own.keys().getPrivate());
    SSLContext context = context(shows);
    for (int i = 0; i < 3; i++) {
      failed.clear();
      PeerKey other = PeerIdentity.ephemeral().publicKey();
      assertThat(say(context, words(other))).endsWith(rejected());
      assertFailed(ErrorCode.NOT_ADMITTED, "HELLO names another key than was proven");
      failed.clear();
      assertThat(say(context, words(mallory.publicKey()))).endsWith(rejected());
      assertFailed(ErrorCode.NOT_ADMITTED, "it proves no network secret");
    }
    assertThat(shows.asked).as("handshakes that were not resumed").isEqualTo(1);
  }

  @Test
  @DisplayName("certificates are replaced at half of their life")
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
  }
}
