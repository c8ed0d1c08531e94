// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.CertifiedIdentity;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.core.frame.Auth;
import io.dittobus.core.frame.Hello;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.MessageDigest;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What one side shows in AUTH and what it wants to be shown, by its choice of admission (HS-8 to
 * HS-10). Decides all but what a callback is to decide. Immutable, any thread.
 */
public final class Credentials {

  private static final byte[] PURPOSE =
      "dittobus network secret 1".getBytes(StandardCharsets.US_ASCII);

  private final Admission admission;

  private Credentials(Admission admission) {
    this.admission = admission;
  }

  /** Those of a bus with this choice. */
  public static Credentials of(Admission admission) {
    return new Credentials(admission);
  }

  /** Whether only a link that has proven the peer's key will do. */
  boolean needProvenKey() {
    return !(admission instanceof Admission.Insecure);
  }

  /** What this side shows. */
  Auth show(Hello own, Hello remote, boolean dialler) {
    if (admission instanceof Admission.Secrets secrets) {
      List<byte[]> proofs = new ArrayList<>();
      secrets.secrets().forEach(secret -> proofs.add(proof(secret, own, remote, dialler)));
      return new Auth(Auth.SECRETS, proofs);
    }
    if (admission instanceof Admission.Authority authority) {
      return new Auth(Auth.CERTIFICATES, encoded(authority.own()));
    }
    return Auth.none();
  }

  /**
   * Why the peer may not join, for this side's log only; null if, as far as this can tell, it may.
   *
   * @param diallerShows whether the peer is the one who dialled
   */
  @Nullable String objection(Auth shown, Hello own, Hello remote, boolean diallerShows) {
    if (admission instanceof Admission.Allow allow) {
      return allow.keys().contains(remote.key()) ? null : "its key is not on the list";
    }
    if (admission instanceof Admission.Secrets secrets) {
      return ofSecrets(secrets.secrets(), shown, own, remote, diallerShows);
    }
    if (admission instanceof Admission.Authority authority) {
      return ofCertificates(authority.authorities(), shown, remote.key());
    }
    return null;
  }

  // Network secrets

  private static @Nullable String ofSecrets(
      List<NetworkSecret> secrets, Auth shown, Hello own, Hello remote, boolean diallerShows) {
    if (shown.kind() != Auth.SECRETS) {
      return "it proves no network secret";
    }
    boolean known = false;
    for (NetworkSecret secret : secrets) {
      byte[] expected = proof(secret, remote, own, diallerShows);
      for (byte[] proof : shown.items()) {
        known |= MessageDigest.isEqual(expected, proof);
      }
    }
    return known ? null : "it does not know the network secret";
  }

  /**
   * The proof of a side (HS-9): bound to who proves it to whom, in which role and in which
   * handshake, so that it is of no use anywhere else.
   */
  static byte[] proof(NetworkSecret secret, Hello prover, Hello verifier, boolean proverDialled) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.toBytes(), "HmacSHA256"));
      mac.update(PURPOSE);
      mac.update((byte) (proverDialled ? 1 : 2));
      mac.update(prover.key().toBytes());
      mac.update(verifier.key().toBytes());
      mac.update(prover.nonce().toBytes());
      mac.update(verifier.nonce().toBytes());
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has HmacSHA256", e);
    }
  }

  // Certificates

  private static List<byte[]> encoded(CertifiedIdentity identity) {
    List<byte[]> items = new ArrayList<>();
    try {
      for (X509Certificate certificate : identity.chain()) {
        items.add(certificate.getEncoded());
      }
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("A certificate that cannot be encoded", e);
    }
    return items;
  }

  private static @Nullable String ofCertificates(
      List<X509Certificate> authorities, Auth shown, PeerKey key) {
    if (shown.kind() != Auth.CERTIFICATES || shown.items().isEmpty()) {
      return "it shows no certificate";
    }
    if (shown.items().size() > CertifiedIdentity.MAX) {
      return "it shows more than " + CertifiedIdentity.MAX + " certificates";
    }
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      List<X509Certificate> chain = new ArrayList<>();
      for (byte[] item : shown.items()) {
        chain.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(item)));
      }
      if (!Arrays.equals(chain.get(0).getPublicKey().getEncoded(), key.toX509())) {
        return "its certificate is of another key";
      }
      validate(factory.generateCertPath(chain), authorities);
      return null;
    } catch (CertificateException e) {
      return "it shows something that is no certificate";
    } catch (GeneralSecurityException e) {
      return "its certificate does not hold: " + e.getMessage();
    }
  }

  private static void validate(CertPath path, List<X509Certificate> authorities)
      throws GeneralSecurityException {
    Set<TrustAnchor> anchors =
        authorities.stream()
            .map(authority -> new TrustAnchor(authority, null))
            .collect(Collectors.toSet());
    try {
      PKIXParameters parameters = new PKIXParameters(anchors);
      // Lists of revoked certificates would have to be fetched; short-lived ones are the remedy.
      parameters.setRevocationEnabled(false);
      CertPathValidator.getInstance("PKIX").validate(path, parameters);
    } catch (InvalidAlgorithmParameterException e) {
      throw new IllegalStateException("There is an authority", e);
    }
  }
}
