// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.peer;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The public key of a peer: 32 bytes, Ed25519 as in RFC 8032. Immutable; equal when all bytes are.
 *
 * <p>Every decision about a peer compares whole keys. Keys are ordered as unsigned bytes, first
 * byte first: of two peers that dial each other at once the larger key decides.
 */
public final class PeerKey implements Comparable<PeerKey> {

  /** Length of a key in bytes. */
  public static final int LENGTH = 32;

  /** What precedes the key bytes in the X.509 encoding of an Ed25519 key (RFC 8410). */
  private static final byte[] X509_HEADER = HexFormat.of().parseHex("302a300506032b6570032100");

  private final byte[] bytes;
  private final int hash;

  private PeerKey(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  /**
   * A key of these bytes, which are copied.
   *
   * @throws IllegalArgumentException if there are not exactly {@value #LENGTH}
   */
  public static PeerKey of(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException(
          "A peer key has " + LENGTH + " bytes; these are " + bytes.length);
    }
    return new PeerKey(bytes.clone());
  }

  /** The key's bytes, a copy. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /**
   * The key that {@link #toString} wrote.
   *
   * @throws IllegalArgumentException if the text is not 64 hexadecimal digits
   */
  public static PeerKey parse(String text) {
    try {
      return of(HexFormat.of().parseHex(text.strip()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "A peer key is written as " + 2 * LENGTH + " hexadecimal digits", e);
    }
  }

  /**
   * The Ed25519 key in its X.509 encoding (SubjectPublicKeyInfo, RFC 8410), as Java and OpenSSL
   * write it.
   *
   * @throws IllegalArgumentException if these bytes are no such encoding
   */
  public static PeerKey ofX509(byte[] encoded) {
    int header = X509_HEADER.length;
    if (encoded.length != header + LENGTH
        || !Arrays.equals(encoded, 0, header, X509_HEADER, 0, header)) {
      throw new IllegalArgumentException("Not the X.509 encoding of an Ed25519 key");
    }
    return new PeerKey(Arrays.copyOfRange(encoded, header, encoded.length));
  }

  /** The key in its X.509 encoding, 44 bytes. */
  public byte[] toX509() {
    byte[] encoded = Arrays.copyOf(X509_HEADER, X509_HEADER.length + LENGTH);
    System.arraycopy(bytes, 0, encoded, X509_HEADER.length, LENGTH);
    return encoded;
  }

  /**
   * Whether this key has signed the message (RFC 8032). False also if the key or the signature is
   * malformed.
   */
  public boolean verifies(byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(
          KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(toX509())));
      verifier.update(message);
      return verifier.verify(signature);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java platform has no Ed25519", e);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /**
   * The site id: the first 8 bytes of the key's SHA-256, big-endian. An address to read and print,
   * never a proof.
   */
  public long siteId() {
    byte[] digest = sha256().digest(bytes);
    long id = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      id = id << 8 | digest[i] & 0xff;
    }
    return id;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  @Override
  public int compareTo(PeerKey other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PeerKey key && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** The whole key in lower-case hexadecimal. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
