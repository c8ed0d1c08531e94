// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.peer.PeerKey;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.util.Properties;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PeerCertificatesTest {

  private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);

  private final PeerIdentity identity = PeerIdentity.ephemeral();

  private static byte[] vector(String name) throws Exception {
    try (InputStream file =
        PeerCertificatesTest.class.getResourceAsStream("/libp2p-tls/" + name + ".hex")) {
      return HexFormat.of()
          .parseHex(new String(file.readAllBytes(), StandardCharsets.US_ASCII).strip());
    }
  }

  /** The platform reads no certificate without an issuer, as those of the specification are. */
  private static X509Certificate certificate(byte[] der) throws CertificateException {
    Properties.setThreadOverride("org.bouncycastle.x509.allow_empty_issuer_cert", true);
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509", new BouncyCastleProvider())
              .generateCertificate(new ByteArrayInputStream(der));
    } finally {
      Properties.removeThreadOverride("org.bouncycastle.x509.allow_empty_issuer_cert");
    }
  }

  private static X509Certificate asInTls(byte[] der) throws CertificateException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }

  private static PeerKey proven(X509Certificate... chain) throws CertificateException {
    return PeerCertificates.proven(chain, NOW);
  }

  private static void assertRefused(ThrowingCallable call, String why) {
    assertThatThrownBy(call).isInstanceOf(CertificateException.class).hasMessageContaining(why);
  }

  @Test
  @DisplayName("vector 1 of libp2p: an Ed25519 identity is proven")
  void ed25519() throws Exception {
    // The peer id of the specification, 12D3KooWJRSr…, is this key in another writing.
    assertThat(proven(certificate(vector("1-ed25519"))))
        .hasToString("7fda21856709c5ae12fd6e8450623f15f11955d384212b89f56e7e136d2e1728");
  }

  @Test
  @DisplayName("vectors 2 and 3 of libp2p: identities of other kinds are well-formed, and refused")
  void otherKinds() throws Exception {
    for (String name : new String[] {"2-ecdsa", "3-secp256k1"}) {
      X509Certificate certificate = certificate(vector(name));
      assertRefused(() -> proven(certificate), "is not an Ed25519 key");
    }
  }

  @Test
  @DisplayName("vector 4 of libp2p: a key signed by another identity is refused")
  void signedByAnother() throws Exception {
    X509Certificate certificate = certificate(vector("4-invalid"));
    assertRefused(() -> proven(certificate), "not signed by the identity");
  }

  @Test
  @DisplayName("a certificate proves the identity that made it, from an hour before to its end")
  void made() throws Exception {
    X509Certificate certificate = PeerCertificates.make(identity, NOW, DAY).certificate();
    assertThat(proven(certificate)).isEqualTo(identity.publicKey());
    X509Certificate[] chain = {certificate};
    for (Duration late : new Duration[] {Duration.ofMinutes(-59), DAY}) {
      assertThat(PeerCertificates.proven(chain, NOW.plus(late))).isEqualTo(identity.publicKey());
    }
    assertRefused(
        () -> PeerCertificates.proven(chain, NOW.minus(Duration.ofMinutes(61))),
        "not valid before");
    assertRefused(() -> PeerCertificates.proven(chain, NOW.plus(DAY).plusSeconds(1)), "expired at");
  }

  @Test
  @DisplayName("the key that the identity has signed is the certificate's own")
  void anotherKeySigned() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair own = generator.generateKeyPair();
    KeyPair other = generator.generateKeyPair();
    X509Certificate certificate =
        PeerCertificates.certificate(identity, own, other.getPublic(), NOW, DAY);
    assertRefused(() -> proven(certificate), "not signed by the identity");
  }

  @Test
  @DisplayName("exactly one certificate is shown")
  void one() {
    X509Certificate certificate = PeerCertificates.make(identity, NOW, DAY).certificate();
    assertRefused(() -> proven(certificate, certificate), "one certificate is expected");
    assertRefused(PeerCertificatesTest::proven, "one certificate is expected");
  }

  @Test
  @DisplayName("a byte changed anywhere never proves another identity, and nothing else is thrown")
  void damaged() throws Exception {
    byte[] good = PeerCertificates.make(identity, NOW, DAY).certificate().getEncoded();
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= (byte) (1 + random.nextInt(255));
      try {
        assertThat(proven(asInTls(bad))).as("byte %d", i).isEqualTo(identity.publicKey());
      } catch (CertificateException e) {
        refused++;
      }
    }
    assertThat(refused).isEqualTo(good.length);
  }
}
