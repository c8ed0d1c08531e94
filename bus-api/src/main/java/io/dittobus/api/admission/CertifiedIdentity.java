// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.admission;

import io.dittobus.api.peer.PeerIdentity;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;

/**
 * An identity and the certificates that say that its key belongs to the network: an ordinary X.509
 * certificate of the Ed25519 identity key, and those between it and the authority. Immutable.
 *
 * @param identity whose key is certified
 * @param chain the certificate of the key first, each signed by the next; 1 to {@value #MAX} of at
 *     most {@value #MAX_BYTES} bytes in all, the authority's own left out
 */
public record CertifiedIdentity(PeerIdentity identity, List<X509Certificate> chain) {

  /** Most certificates of a chain. */
  public static final int MAX = 4;

  /** Most bytes of all certificates of a chain together, in DER: what a handshake carries. */
  public static final int MAX_BYTES = 15 * 1024;

  /**
   * An identity with its certificates.
   *
   * @throws IllegalArgumentException if there are none, too many or too large ones, or the first is
   *     not of the identity's key
   */
  public CertifiedIdentity {
    chain = List.copyOf(chain);
    if (chain.isEmpty() || chain.size() > MAX) {
      throw new IllegalArgumentException(
          "A chain has 1 to " + MAX + " certificates; these are " + chain.size());
    }
    if (!Arrays.equals(chain.get(0).getPublicKey().getEncoded(), identity.publicKey().toX509())) {
      throw new IllegalArgumentException(
          "The first certificate is not of the key of " + identity.address());
    }
    int bytes = chain.stream().mapToInt(CertifiedIdentity::encodedBytes).sum();
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "A chain has at most " + MAX_BYTES + " bytes; this one has " + bytes);
    }
  }

  private static int encodedBytes(X509Certificate certificate) {
    try {
      return certificate.getEncoded().length;
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("A certificate of the chain cannot be encoded", e);
    }
  }
}
