// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.AdmissionCallback;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.core.frame.Auth;
import io.dittobus.transport.tcp.LogLines;
import io.dittobus.transport.tcp.NotingBus;
import io.dittobus.transport.tcp.SteadyStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each who is to be refused is refused, by whole buses over TCP: with a line at both ends and a
 * call of the listener, while two honest peers go on streaming and lose nothing.
 */
class RefusalsTest {

  private static final Duration BOUND = Duration.ofSeconds(20);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration HANDSHAKE = Duration.ofSeconds(5);
  private static final int HELLO = 1;
  private static final int AUTH = 2;

  private static final NetworkSecret SECRET = NetworkSecret.random();
  private static final PeerIdentity HONEST = PeerIdentity.ephemeral();
  private static final PeerIdentity MALLORY = PeerIdentity.ephemeral();
  private static final String REJECTED = HexFormat.of().formatHex(Stranger.rejected());

  /** What somebody does to the bus that listens; returns what he was told. */
  @FunctionalInterface
  private interface Attempt {
    String at(SteadyStream steady) throws Exception;
  }

  /**
   * One who is to be refused.
   *
   * @param admission of the bus that listens
   * @param told a part of what he is told
   * @param line a part of the line that the refusing side logs
   */
  private record Refused(
      String name, Admission admission, Attempt attempt, String told, ErrorCode code, String line) {
    @Override
    public String toString() {
      return name;
    }
  }

  // With TLS of their own

  private static Attempt shows(X509Certificate certificate, PrivateKey key) {
    return steady -> tls(steady, new Stranger.Shows(certificate, key), "TLSv1.3");
  }

  private static String tls(SteadyStream steady, @Nullable KeyManager shows, String version)
      throws Exception {
    SSLSocket socket = Stranger.connect(Stranger.tls(shows), steady.endpoint());
    socket.setEnabledProtocols(new String[] {version});
    return Stranger.endOf(socket);
  }

  private static Attempt tls12() {
    PeerCertificates.Made own = Stranger.made(MALLORY);
    return steady ->
        tls(steady, new Stranger.Shows(own.certificate(), own.keys().getPrivate()), "TLSv1.2");
  }

  private static Attempt signedByAnother() {
    KeyPair own = Stranger.made(MALLORY).keys();
    KeyPair signed = Stranger.made(MALLORY).keys();
    return shows(
        PeerCertificates.certificate(MALLORY, own, signed.getPublic(), Instant.now(), DAY),
        own.getPrivate());
  }

  private static Attempt expired() {
    PeerCertificates.Made old =
        PeerCertificates.make(MALLORY, Instant.now().minus(DAY.multipliedBy(3)), DAY);
    return shows(old.certificate(), old.keys().getPrivate());
  }

  private static Attempt stolen() {
    return shows(Stranger.made(HONEST).certificate(), Stranger.made(MALLORY).keys().getPrivate());
  }

  /** Says HELLO with this key, then this AUTH. */
  private static String says(SteadyStream steady, PeerKey key, byte[] auth) throws Exception {
    SSLSocket socket = Stranger.connect(Stranger.tls(MALLORY), steady.endpoint());
    byte[] answer = Stranger.say(socket, Stranger.concat(Stranger.hello(key), auth));
    return HexFormat.of().formatHex(answer);
  }

  private static byte[] noProof() {
    return Stranger.auth(Auth.none());
  }

  /** Mallory listens, with TLS and an identity of his own, for one who dials him. */
  private static SSLServerSocket listens() throws Exception {
    SSLContext tls = Stranger.tls(MALLORY);
    InetAddress here = InetAddress.getLoopbackAddress();
    SSLServerSocket server =
        (SSLServerSocket) tls.getServerSocketFactory().createServerSocket(0, 1, here);
    server.setSoTimeout((int) BOUND.toMillis());
    server.setNeedClientAuth(true);
    server.setEnabledProtocols(new String[] {"TLSv1.3"});
    return server;
  }

  private static Endpoint endpoint(SSLServerSocket server) {
    return new Endpoint("127.0.0.1", server.getLocalPort());
  }

  /** Says HELLO to the one who has dialled, and returns the AUTH that he shows. */
  private static byte[] auth(Socket accepted) throws IOException {
    accepted.setSoTimeout((int) BOUND.toMillis());
    accepted.getOutputStream().write(Stranger.hello(MALLORY.publicKey()));
    DataInputStream in = new DataInputStream(accepted.getInputStream());
    while (true) {
      int head = in.readInt();
      byte[] frame =
          Stranger.concat(
              HexFormat.of().parseHex(HexFormat.of().toHexDigits(head)), in.readNBytes(head >>> 8));
      if ((head & 0xff) == AUTH) {
        return frame;
      }
      assertThat(head & 0xff).isEqualTo(HELLO);
    }
  }

  /** One who knows the secret has dialled Mallory; he goes to another with that proof. */
  private static String replays(SteadyStream steady) throws Exception {
    try (SSLServerSocket server = listens();
        NotingBus carol = NotingBus.start(b -> b.admission(Admission.networkSecret(SECRET)))) {
      carol.bus.connect(endpoint(server), null);
      byte[] proof;
      try (Socket accepted = server.accept()) {
        proof = auth(accepted);
      }
      assertThat(carol.awaitFailure().code()).isEqualTo(ErrorCode.HANDSHAKE_FAILED);
      return says(steady, MALLORY.publicKey(), proof);
    }
  }

  /** The bus dials Mallory, who shows it its own proof. */
  private static String reflects(SteadyStream steady) throws Exception {
    try (SSLServerSocket server = listens()) {
      steady.dial(endpoint(server));
      try (Socket accepted = server.accept()) {
        accepted.getOutputStream().write(auth(accepted));
        String told = HexFormat.of().formatHex(accepted.getInputStream().readAllBytes());
        await().atMost(BOUND).until(() -> !steady.dialFailures.isEmpty());
        DittoBusException failure = steady.dialFailures.element();
        assertThat(failure.code()).isEqualTo(ErrorCode.NOT_ADMITTED);
        assertThat(failure).hasMessageContaining("it does not know the network secret");
        return told;
      }
    }
  }

  /** A ClientHello of a mebibyte, in records of 16 KiB. */
  private static String hugeHello(SteadyStream steady) throws Exception {
    byte[] huge = new byte[1 << 20];
    for (int i = 0; i + 5 + 16_384 < huge.length; i += 5 + 16_384) {
      byte[] head = {0x16, 3, 1, 0x40, 0};
      System.arraycopy(head, 0, huge, i, head.length);
    }
    huge[5] = 1;
    huge[6] = 0x0f;
    huge[7] = (byte) 0xff;
    Endpoint endpoint = steady.endpoint();
    try (Socket socket = new Socket(endpoint.host(), endpoint.port())) {
      socket.setSoTimeout((int) BOUND.toMillis());
      socket.getOutputStream().write(huge);
      return "the end, after " + socket.getInputStream().readAllBytes().length + " bytes";
    } catch (IOException e) {
      return "the end: " + e.getMessage();
    }
  }

  // With a bus of their own

  private static Attempt bus(Admission own) {
    return steady -> {
      try (NotingBus bus = NotingBus.start(b -> b.identity(MALLORY).admission(own))) {
        bus.bus.connect(steady.endpoint(), null);
        DittoBusException failure = bus.awaitFailure();
        await().atMost(BOUND).until(() -> !bus.handshakesFailed.isEmpty());
        assertThat(bus.handshakesFailed).hasSize(1);
        return failure.getMessage();
      }
    };
  }

  /** Knows one peer, and does this with the others. */
  private static Admission asks(AdmissionCallback others) {
    return Admission.ask(
        (DittoAddress peer, String remote) ->
            peer.equals(HONEST.address())
                ? CompletableFuture.completedFuture(true)
                : others.mayJoin(peer, remote));
  }

  static Stream<Refused> all() {
    Admission secret = Admission.networkSecret(SECRET);
    Admission list = Admission.allow(HONEST.publicKey());
    Admission throwing =
        asks(
            (peer, remote) -> {
              throw new IllegalStateException("no idea");
            });
    PeerKey mallory = MALLORY.publicKey();
    ErrorCode unproven = ErrorCode.NOT_AUTHENTICATED;
    ErrorCode unwanted = ErrorCode.NOT_ADMITTED;
    String unknown = "it does not know the network secret";
    String turnedAway = "it does not admit this peer";
    return Stream.of(
        new Refused("TLS 1.2", secret, tls12(), "protocol_version", unproven, "TLS: "),
        new Refused(
            "no certificate",
            secret,
            steady -> tls(steady, null, "TLSv1.3"),
            "certificate",
            unproven,
            "TLS: "),
        new Refused(
            "a certificate signed by another identity",
            secret,
            signedByAnother(),
            "certificate",
            unproven,
            "not signed by the identity"),
        new Refused(
            "an expired certificate",
            secret,
            expired(),
            "certificate",
            unproven,
            "the certificate expired"),
        new Refused(
            "a stolen certificate without its key",
            secret,
            stolen(),
            "Received fatal alert",
            unproven,
            "TLS: "),
        new Refused(
            "HELLO with another key",
            secret,
            steady -> says(steady, HONEST.publicKey(), noProof()),
            REJECTED,
            unwanted,
            "HELLO names another key than was proven"),
        new Refused(
            "no proof",
            secret,
            steady -> says(steady, mallory, noProof()),
            REJECTED,
            unwanted,
            "it proves no network secret"),
        new Refused(
            "a proof made for another", secret, RefusalsTest::replays, REJECTED, unwanted, unknown),
        new Refused("a proof reflected", secret, RefusalsTest::reflects, REJECTED, unwanted, ""),
        new Refused(
            "a peer of another network",
            secret,
            bus(Admission.networkSecret(NetworkSecret.random())),
            turnedAway,
            unwanted,
            unknown),
        new Refused(
            "a peer on no list",
            list,
            bus(Admission.anyone()),
            turnedAway,
            unwanted,
            "its key is not on the list"),
        new Refused(
            "a callback that throws",
            throwing,
            bus(Admission.anyone()),
            turnedAway,
            unwanted,
            "the admission callback failed: IllegalStateException: no idea"),
        new Refused(
            "plaintext where TLS is spoken",
            secret,
            bus(Admission.insecure()),
            "during the handshake",
            unproven,
            "it speaks no TLS"),
        new Refused(
            "TLS where plaintext is spoken",
            Admission.insecure(),
            bus(Admission.anyone()),
            "it speaks no TLS",
            ErrorCode.HANDSHAKE_FAILED,
            "this looks like TLS"),
        new Refused(
            "a ClientHello of a mebibyte",
            secret,
            RefusalsTest::hugeHello,
            "the end",
            unproven,
            "TLS"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("all")
  @DisplayName("is refused, both ends are told, and the others do not notice:")
  void refused(Refused refused) throws Exception {
    Admission admission = refused.admission();
    boolean mutual =
        admission instanceof Admission.Secrets || admission instanceof Admission.Insecure;
    Admission honest = mutual ? admission : Admission.anyone();
    try (LogLines log = LogLines.capture();
        SteadyStream steady = new SteadyStream(HANDSHAKE, admission, honest, HONEST)) {
      awaitMore(steady);
      assertThat(refused.attempt().at(steady)).contains(refused.told());
      await().atMost(BOUND).until(() -> !steady.failedHandshakes.isEmpty());
      assertThat(steady.failedHandshakes).containsExactly(refused.code());
      if (!refused.line().isEmpty()) { // who has dialled is told, and logs nothing
        log.awaitLine("WARN", "connection from 127.0.0.1:", " closed: ", refused.line());
      }
      assertThat(log.text()).doesNotContain("\tat ");
      awaitMore(steady);
      assertThat(steady.complete()).containsOnly(BusCompletionReason.COMPLETED).hasSize(2);
      assertThat(steady.surprises).isEmpty();
    }
  }

  private static void awaitMore(SteadyStream steady) {
    long before = steady.lastReceived();
    await()
        .atMost(BOUND)
        .until(() -> steady.lastReceived() > before + 10 || !steady.surprises.isEmpty());
  }

  @Test
  @Tag("long")
  @DisplayName("is refused after 10 s, and the others do not notice: a callback that hangs")
  void hangs() throws Exception {
    refused(
        new Refused(
            "a callback that hangs",
            asks((peer, remote) -> new CompletableFuture<>()),
            steady -> {
              try (NotingBus bus =
                  NotingBus.start(b -> b.admission(Admission.anyone()).connectTimeout(BOUND))) {
                bus.bus.connect(steady.endpoint(), null);
                return bus.awaitFailure().getMessage();
              }
            },
            "it does not admit this peer",
            ErrorCode.NOT_ADMITTED,
            "the admission callback did not answer within 10 s"));
  }
}
