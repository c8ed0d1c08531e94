// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.admission;

import io.dittobus.api.file.OwnerOnlyFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.stream.IntStream;

/**
 * What all peers of a network know and nobody else: at least {@value #MIN_BYTES} random bytes. It
 * is never sent and never printed; {@link #reveal} and {@link #save} are the only ways to see it.
 * Immutable.
 */
public final class NetworkSecret {

  /** Least length in bytes: 128 bits. */
  public static final int MIN_BYTES = 16;

  /** Greatest length in bytes. */
  public static final int MAX_BYTES = 256;

  private static final int RANDOM_BYTES = 32;

  /** Random bytes practically never have fewer different values; words that people type do. */
  private static final int MIN_DIFFERENT = 8;

  private final byte[] bytes;

  private NetworkSecret(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A new secret of 256 random bits. May block where the system has little randomness. */
  public static NetworkSecret random() {
    byte[] bytes = new byte[RANDOM_BYTES];
    new SecureRandom().nextBytes(bytes);
    return of(bytes);
  }

  /**
   * A secret of these bytes, which are copied.
   *
   * @throws IllegalArgumentException if there are fewer than {@value #MIN_BYTES} or more than
   *     {@value #MAX_BYTES}, or they are plainly not random
   */
  public static NetworkSecret of(byte[] bytes) {
    if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "A network secret has "
              + MIN_BYTES
              + " to "
              + MAX_BYTES
              + " random bytes; these are "
              + bytes.length
              + ". NetworkSecret.random().reveal() makes one");
    }
    if (IntStream.range(0, bytes.length).map(i -> bytes[i]).distinct().count() < MIN_DIFFERENT) {
      throw new IllegalArgumentException(
          "A network secret is random; this one repeats itself."
              + " NetworkSecret.random().reveal() makes one");
    }
    return new NetworkSecret(bytes.clone());
  }

  /**
   * The secret that was {@linkplain #reveal revealed} as this text: base64url, at least 22
   * characters. White space around it is passed over.
   *
   * @throws IllegalArgumentException if it is none; the text is not repeated
   */
  public static NetworkSecret parse(String text) {
    byte[] decoded;
    try {
      decoded = Base64.getUrlDecoder().decode(text.strip());
    } catch (IllegalArgumentException e) {
      // Without the cause, which would repeat a part of it.
      throw new IllegalArgumentException(
          "A network secret is written in letters, digits, - and _ (base64url)."
              + " NetworkSecret.random().reveal() makes one");
    }
    return of(decoded);
  }

  /**
   * The secret in this file, as {@link #parse} reads it. Blocks.
   *
   * @throws IOException if the file cannot be read, or others than its owner may read it; the
   *     message says what to do
   * @throws IllegalArgumentException if it holds no secret
   */
  public static NetworkSecret load(Path file) throws IOException {
    OwnerOnlyFile.check(file, "a network secret");
    if (Files.size(file) > 4L * MAX_BYTES) {
      throw new IllegalArgumentException(file + " is too large for a network secret");
    }
    try {
      return parse(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage());
    }
  }

  /**
   * Writes the secret to a new file that only its owner may read or write. Blocks.
   *
   * @throws FileAlreadyExistsException if there is such a file: a secret is never overwritten
   * @throws IOException if the file cannot be written
   */
  public void save(Path file) throws IOException {
    OwnerOnlyFile.create(file, reveal() + "\n");
  }

  /** The secret as text, to be kept where only its owner reads it. */
  public String reveal() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** The secret's bytes, a copy: the key of its proofs. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** In constant time. */
  @Override
  public boolean equals(Object other) {
    return other instanceof NetworkSecret secret && MessageDigest.isEqual(bytes, secret.bytes);
  }

  /** Tells nothing of the secret to whom it is shown: secrets are few and in no table. */
  @Override
  public int hashCode() {
    return bytes.length;
  }

  /** That it is one; never which. */
  @Override
  public String toString() {
    return "NetworkSecret[…]";
  }
}
