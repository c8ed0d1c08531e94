// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.peer;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Arrays;

/**
 * Who a peer is: an Ed25519 key pair. The public half gives the {@link #address() address}; the
 * private half never leaves this object and is never printed. Immutable and safe for any thread.
 */
public final class PeerIdentity {

  /**
   * Length of the X.509 header that precedes the 32 key bytes in the encoding of an Ed25519 key
   * (RFC 8410).
   */
  private static final int X509_HEADER_LENGTH = 12;

  private final KeyPair keyPair;
  private final DittoAddress address;

  private PeerIdentity(KeyPair keyPair) {
    this.keyPair = keyPair;
    byte[] encoded = keyPair.getPublic().getEncoded();
    if (encoded.length != X509_HEADER_LENGTH + PeerKey.LENGTH) {
      throw new IllegalStateException("Not an Ed25519 public key: " + encoded.length + " bytes");
    }
    this.address =
        DittoAddress.of(
            PeerKey.of(Arrays.copyOfRange(encoded, X509_HEADER_LENGTH, encoded.length)));
  }

  /** A new identity that lives as long as this process keeps it. */
  public static PeerIdentity ephemeral() {
    try {
      return new PeerIdentity(KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java platform has no Ed25519", e);
    }
  }

  /** The address that follows from the public key. */
  public DittoAddress address() {
    return address;
  }

  /** The public key. */
  public PeerKey publicKey() {
    return address.peerKey();
  }

  /** Signs a message with the private key: 64 bytes, RFC 8032. */
  public byte[] sign(byte[] message) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(keyPair.getPrivate());
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("The Ed25519 key does not sign", e);
    }
  }

  /** The address only; never the private key. */
  @Override
  public String toString() {
    return "PeerIdentity[" + address + "]";
  }
}
