// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp.tls;

import io.netty.handler.ssl.OpenSslCertificateException;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts each certificate that proves an identity, whichever that is: who may join is decided
 * later. Here the handshake fails early, with an alert, for those that prove none.
 */
final class ProvenPeers extends X509ExtendedTrustManager {

  /** X509_V_ERR_CERT_REJECTED: without a code BoringSSL would speak of an internal error. */
  private static final int REJECTED = 28;

  private final Clock clock;
  private final boolean isNative;

  /**
   * Trust by this clock.
   *
   * @param isNative whether BoringSSL asks
   */
  ProvenPeers(Clock clock, boolean isNative) {
    this.clock = clock;
    this.isNative = isNative;
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    try {
      var unused = PeerCertificates.proven(chain, clock.instant());
    } catch (CertificateException e) {
      throw isNative ? new OpenSslCertificateException(e.getMessage(), e, REJECTED) : e;
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
