// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A SHA-256 that grows with what goes by. One thread at a time. */
public final class Sha256 {

  private final MessageDigest digest;

  /** The hash of nothing yet. */
  public Sha256() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }

  /** Adds these bytes. */
  public void add(byte[] bytes, int offset, int length) {
    digest.update(bytes, offset, length);
  }

  /** Adds these bytes, and leaves the buffer as it is. */
  public void add(ByteBuffer bytes) {
    digest.update(bytes.duplicate());
  }

  /** The hash of everything added so far; more may follow. */
  public byte[] soFar() {
    try {
      return ((MessageDigest) digest.clone()).digest();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("The JDK's own digests can be cloned", e);
    }
  }

  /** A hash as people write it. */
  public static String hex(byte[] hash) {
    return HexFormat.of().formatHex(hash);
  }
}
