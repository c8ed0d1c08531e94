// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import java.util.Arrays;

/** 32 random bytes that are never used twice. Immutable. */
public final class Nonce {

  /** Length in bytes. */
  public static final int LENGTH = 32;

  private final byte[] bytes;

  private Nonce(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * A nonce of these bytes, which are copied.
   *
   * @throws IllegalArgumentException if there are not exactly {@value #LENGTH}
   */
  public static Nonce of(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException("A nonce has " + LENGTH + " bytes");
    }
    return new Nonce(bytes.clone());
  }

  /** The bytes, a copy. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Nonce nonce && Arrays.equals(bytes, nonce.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}
