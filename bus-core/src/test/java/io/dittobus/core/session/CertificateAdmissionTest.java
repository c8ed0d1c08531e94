// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.CertifiedIdentity;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.core.frame.Auth;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.Nonce;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Admission by a certificate authority, with certificates that OpenSSL made. */
class CertificateAdmissionTest {

  @TempDir private Path directory;
  private PeerIdentity peer;
  private Credentials credentials;

  @BeforeEach
  void identity() throws Exception {
    Path file = directory.resolve("peer.key");
    try (InputStream key = resource("peer.key")) {
      Files.write(file, key.readAllBytes());
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    peer = PeerIdentity.load(file);
    CertifiedIdentity own = new CertifiedIdentity(peer, List.of(certificate("peer")));
    credentials = Credentials.of(Admission.certificateAuthority(own, certificate("ca")));
  }

  private static InputStream resource(String name) {
    return CertificateAdmissionTest.class.getResourceAsStream("/authority/" + name);
  }

  private static X509Certificate certificate(String name) throws IOException, CertificateException {
    try (InputStream pem = resource(name + ".pem")) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem);
    }
  }

  private static Hello hello(PeerKey key) {
    Nonce nonce = Nonce.of(new byte[Nonce.LENGTH]);
    return new Hello(1, 1, 0, key, 7, nonce, 1000, 10, 1, 1024, 256, 1 << 20);
  }

  private @Nullable String objection(Auth auth, PeerKey key) {
    PeerKey verifier = PeerIdentity.ephemeral().publicKey();
    return credentials.objection(auth, hello(verifier), hello(key), true);
  }

  private @Nullable String objection(PeerKey key, String... names) throws Exception {
    List<byte[]> chain = new ArrayList<>();
    for (String name : names) {
      chain.add(certificate(name).getEncoded());
    }
    return objection(new Auth(Auth.CERTIFICATES, chain), key);
  }

  @Test
  @DisplayName("HS-10: a key that the authority, or one under it, has certified is admitted")
  void certified() throws Exception {
    Auth shown = credentials.show(hello(peer.publicKey()), hello(peer.publicKey()), true);
    assertThat(objection(shown, peer.publicKey())).isNull();
    assertThat(objection(peer.publicKey(), "peer")).isNull();
    assertThat(objection(peer.publicKey(), "peer-of-sub", "sub")).isNull();
  }

  @Test
  @DisplayName("HS-10: nobody else is")
  void notCertified() throws Exception {
    PeerKey key = peer.publicKey();
    PeerKey mallory = PeerKey.ofX509(certificate("of-peer").getPublicKey().getEncoded());
    assertThat(objection(key, "peer-of-other")).contains("does not hold");
    assertThat(objection(key, "peer-of-other", "other")).contains("does not hold");
    assertThat(objection(key, "expired")).contains("does not hold");
    assertThat(objection(key, "peer-of-sub")).contains("does not hold");
    assertThat(objection(mallory, "of-peer", "peer")).contains("does not hold");
    assertThat(objection(mallory, "peer")).contains("of another key");
    assertThat(objection(key)).contains("shows no certificate");
    assertThat(objection(Auth.none(), key)).contains("shows no certificate");
    assertThat(objection(new Auth(Auth.CERTIFICATES, List.of(new byte[100])), key))
        .contains("no certificate");
    assertThat(objection(key, "peer", "peer", "peer", "peer", "peer")).contains("more than 4");
  }

  @Test
  @DisplayName("an identity is not certified by the certificate of another")
  void ownCertificate() throws Exception {
    List<X509Certificate> chain = List.of(certificate("of-peer"));
    assertThatThrownBy(() -> new CertifiedIdentity(peer, chain))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not of the key of " + peer.address());
  }

  @Test
  @DisplayName("the largest chain that an identity takes fits into AUTH")
  void largest() {
    int perItem = 3; // no varint of a length below 16 KiB is longer
    assertThat(CertifiedIdentity.MAX_BYTES + (CertifiedIdentity.MAX + 2) * perItem)
        .isLessThanOrEqualTo(Auth.MAX_BYTES);
    assertThat(CertifiedIdentity.MAX).isLessThanOrEqualTo(Auth.MAX_ITEMS);
  }
}
