// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp.tls;

import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.peer.PeerKey;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.HexFormat;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Certificates in the shape of libp2p's TLS specification: self-signed with a P-256 key made for
 * it, with an extension in which the Ed25519 identity signs that key. Who has the certificate
 * without its private key can do nothing with it; who has no identity key cannot make one.
 */
final class PeerCertificates {

  /** The extension of libp2p (allocated by IANA to Protocol Labs): identity key and signature. */
  static final String EXTENSION = "1.3.6.1.4.1.53594.1.1";

  /** Clocks may differ by so much: certificates are valid from before they are made. */
  static final Duration CLOCK_SKEW = Duration.ofHours(1);

  private static final byte[] PREFIX = "libp2p-tls-handshake:".getBytes(StandardCharsets.US_ASCII);

  /** Protobuf: field 1, the kind of the key: 1, Ed25519; field 2, the key: 32 bytes. */
  private static final byte[] ED25519 = HexFormat.of().parseHex("08011220");

  /** ECDSA with SHA-256 and with SHA-384. */
  private static final Set<String> SIGNATURES =
      Set.of("1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3");

  private PeerCertificates() {}

  /**
   * A certificate and its private key.
   *
   * @param certificate which expires
   * @param keys of which it has the public one
   */
  record Made(X509Certificate certificate, KeyPair keys) {}

  /** Makes a certificate, valid for so long from now on. Takes some milliseconds; may block. */
  static Made make(PeerIdentity identity, Instant now, Duration validity) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair keys = generator.generateKeyPair();
      return new Made(certificate(identity, keys, keys.getPublic(), now, validity), keys);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java platform has no P-256", e);
    }
  }

  /**
   * The same with a key of the caller's, of which the identity signs another perhaps: for tests.
   */
  static X509Certificate certificate(
      PeerIdentity identity, KeyPair keys, PublicKey signed, Instant now, Duration validity) {
    byte[] signature = identity.sign(toBeSigned(signed));
    DERSequence signedKey =
        new DERSequence(
            new ASN1Encodable[] {
              new DEROctetString(protobuf(identity.publicKey())), new DEROctetString(signature)
            });
    try {
      X509v3CertificateBuilder builder =
          new X509v3CertificateBuilder(
              new X500Name("CN=dittobus"),
              new BigInteger(63, new SecureRandom()).add(BigInteger.ONE),
              Date.from(now.minus(CLOCK_SKEW)),
              Date.from(now.plus(validity)),
              new X500Name("CN=dittobus"),
              SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()));
      builder.addExtension(new ASN1ObjectIdentifier(EXTENSION), true, signedKey);
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    } catch (IOException | OperatorCreationException | CertificateException e) {
      throw new IllegalStateException("A certificate could not be made", e);
    }
  }

  private static byte[] toBeSigned(PublicKey key) {
    byte[] encoded = key.getEncoded();
    byte[] bytes = Arrays.copyOf(PREFIX, PREFIX.length + encoded.length);
    System.arraycopy(encoded, 0, bytes, PREFIX.length, encoded.length);
    return bytes;
  }

  private static byte[] protobuf(PeerKey key) {
    byte[] bytes = Arrays.copyOf(ED25519, ED25519.length + PeerKey.LENGTH);
    System.arraycopy(key.toBytes(), 0, bytes, ED25519.length, PeerKey.LENGTH);
    return bytes;
  }

  /**
   * Checks what the other side has shown in a handshake that proves that it has the certificate's
   * private key.
   *
   * @return the identity key that the certificate proves
   * @throws CertificateException with one line that says what is wrong
   */
  static PeerKey proven(X509Certificate[] chain, Instant now) throws CertificateException {
    try {
      return check(chain, now);
    } catch (RuntimeException e) {
      // BoringSSL's certificates are parsed when they are first asked, and throw this.
      throw new CertificateException("the certificate is malformed", e);
    }
  }

  private static PeerKey check(X509Certificate[] chain, Instant now) throws CertificateException {
    if (chain.length != 1) {
      throw new CertificateException("one certificate is expected; these are " + chain.length);
    }
    X509Certificate certificate = chain[0];
    try {
      certificate.checkValidity(Date.from(now));
    } catch (CertificateExpiredException e) {
      throw new CertificateException("the certificate expired at " + certificate.getNotAfter(), e);
    } catch (CertificateNotYetValidException e) {
      throw new CertificateException(
          "the certificate is not valid before "
              + certificate.getNotBefore()
              + ": do the clocks agree?",
          e);
    }
    if (!SIGNATURES.contains(certificate.getSigAlgOID())
        || !(certificate.getPublicKey() instanceof ECPublicKey)) {
      throw new CertificateException("the certificate is not of an elliptic-curve key");
    }
    try {
      certificate.verify(certificate.getPublicKey());
    } catch (GeneralSecurityException e) {
      throw new CertificateException("the certificate is not signed by its own key", e);
    }
    Set<String> critical = certificate.getCriticalExtensionOIDs();
    if (critical != null && !Set.of(EXTENSION).containsAll(critical)) {
      throw new CertificateException("the certificate has an unknown critical extension");
    }
    byte[] extension = certificate.getExtensionValue(EXTENSION);
    if (extension == null) {
      throw new CertificateException("the certificate says no identity key");
    }
    return ofExtension(extension, certificate.getPublicKey());
  }

  private static PeerKey ofExtension(byte[] extension, PublicKey signed)
      throws CertificateException {
    byte[] key;
    byte[] signature;
    try {
      ASN1OctetString value = ASN1OctetString.getInstance(ASN1Primitive.fromByteArray(extension));
      ASN1Sequence fields =
          ASN1Sequence.getInstance(ASN1Primitive.fromByteArray(value.getOctets()));
      if (fields.size() != 2) {
        throw new CertificateException("the certificate's identity key is malformed");
      }
      key = ASN1OctetString.getInstance(fields.getObjectAt(0)).getOctets();
      signature = ASN1OctetString.getInstance(fields.getObjectAt(1)).getOctets();
    } catch (IOException | IllegalArgumentException e) {
      throw new CertificateException("the certificate's identity key is malformed", e);
    }
    int header = ED25519.length;
    if (key.length != header + PeerKey.LENGTH
        || !Arrays.equals(key, 0, header, ED25519, 0, header)) {
      throw new CertificateException("the certificate's identity key is not an Ed25519 key");
    }
    PeerKey identity = PeerKey.of(Arrays.copyOfRange(key, header, key.length));
    if (!identity.verifies(toBeSigned(signed), signature)) {
      throw new CertificateException(
          "the certificate was not signed by the identity that it names");
    }
    return identity;
  }
}
