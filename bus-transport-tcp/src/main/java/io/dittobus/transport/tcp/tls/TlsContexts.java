// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp.tls;

import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.peer.PeerKey;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Gives connections their TLS engines: TLS 1.3 only, mutual, with a certificate that is replaced by
 * a new one at half of its life, or when the clock is set back to before it, while connections that
 * were made with the old one live on. Any thread.
 */
public final class TlsContexts {

  /** How long a certificate is valid. */
  static final Duration VALIDITY = Duration.ofDays(30);

  private final PeerIdentity identity;
  private final SslProvider provider;
  private final Clock clock;
  private final Duration validity;
  private final AtomicBoolean renewing = new AtomicBoolean();
  private volatile Pair current;

  /** What belongs to one certificate. */
  private record Pair(
      X509Certificate certificate,
      SslContext client,
      SslContext server,
      Instant validFrom,
      Instant renewAt,
      Instant expiresAt) {}

  private TlsContexts(PeerIdentity identity, SslProvider provider, Clock clock, Duration validity) {
    this.identity = identity;
    this.provider = provider;
    this.clock = clock;
    this.validity = validity;
    this.current = make();
  }

  /**
   * Those of an identity. Takes some milliseconds, and may block.
   *
   * @param preferNative whether BoringSSL is used where it is on the class path, instead of the
   *     platform's TLS
   */
  public static TlsContexts of(PeerIdentity identity, boolean preferNative) {
    return of(identity, preferNative, Clock.systemUTC(), VALIDITY);
  }

  static TlsContexts of(
      PeerIdentity identity, boolean preferNative, Clock clock, Duration validity) {
    boolean isNative =
        preferNative && OpenSsl.isAvailable() && SslProvider.isTlsv13Supported(SslProvider.OPENSSL);
    return new TlsContexts(
        identity, isNative ? SslProvider.OPENSSL : SslProvider.JDK, clock, validity);
  }

  private Pair make() {
    Instant now = clock.instant();
    PeerCertificates.Made made = PeerCertificates.make(identity, now, validity);
    try {
      return new Pair(
          made.certificate(),
          context(
              SslContextBuilder.forClient()
                  .keyManager(made.keys().getPrivate(), made.certificate())),
          context(
              SslContextBuilder.forServer(made.keys().getPrivate(), made.certificate())
                  .clientAuth(ClientAuth.REQUIRE)),
          made.certificate().getNotBefore().toInstant(),
          now.plus(validity.dividedBy(2)),
          now.plus(validity));
    } catch (SSLException e) {
      throw new IllegalStateException("TLS 1.3 cannot be had: " + e.getMessage(), e);
    }
  }

  private SslContext context(SslContextBuilder builder) throws SSLException {
    return builder
        .sslProvider(provider)
        .protocols("TLSv1.3")
        .trustManager(new ProvenPeers(clock, provider == SslProvider.OPENSSL))
        // There are no host names to be compared: the key is who it is.
        .endpointIdentificationAlgorithm(null)
        .build();
  }

  /** The certificate that the next connection shows. */
  X509Certificate certificate() {
    return current().certificate();
  }

  /** A handler for a connection that this side has dialled. */
  public SslHandler dialling(ByteBufAllocator allocator) {
    return handler(current().client(), allocator);
  }

  /** A handler for a connection that this side has accepted. */
  public SslHandler accepting(ByteBufAllocator allocator) {
    return handler(current().server(), allocator);
  }

  /** Without a host and port, by which the platform would find an earlier session to resume. */
  private static SslHandler handler(SslContext context, ByteBufAllocator allocator) {
    SslHandler handler = context.newHandler(allocator);
    handler.setHandshakeTimeoutMillis(0); // who uses it has a clock for all of it
    return handler;
  }

  private Pair current() {
    Pair pair = current;
    Instant now = clock.instant();
    if (!now.isBefore(pair.expiresAt()) || now.isBefore(pair.validFrom())) {
      renew(); // nobody has connected for weeks, or the clock was set back
      return current;
    }
    if (!now.isBefore(pair.renewAt()) && renewing.compareAndSet(false, true)) {
      // Not here, on an event loop: this connection still has the old one, which is valid for long.
      ForkJoinPool.commonPool().execute(this::renew);
    }
    return pair;
  }

  private void renew() {
    try {
      current = make(); // the old one goes when nobody uses it any more
    } finally {
      renewing.set(false);
    }
  }

  /**
   * The key that the other side has proven in this session, taken from its certificate anew: also
   * where the session was resumed and nobody was asked.
   *
   * @throws CertificateException with one line that says what is wrong
   */
  public PeerKey proven(SSLSession session) throws CertificateException {
    if (!session.getProtocol().equals("TLSv1.3")) {
      throw new CertificateException(session.getProtocol() + " instead of TLS 1.3");
    }
    Certificate[] shown;
    try {
      shown = session.getPeerCertificates();
    } catch (SSLPeerUnverifiedException e) {
      throw new CertificateException("no certificate was shown", e);
    }
    X509Certificate[] chain = new X509Certificate[shown.length];
    for (int i = 0; i < shown.length; i++) {
      if (!(shown[i] instanceof X509Certificate certificate)) {
        throw new CertificateException("what was shown is no X.509 certificate");
      }
      chain[i] = certificate;
    }
    return PeerCertificates.proven(chain, clock.instant());
  }
}
