// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.peer;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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
