// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.core.frame.Nonce;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes nonces: the SHA-256 of a secret seed and a counter. The source of chance is asked once, at
 * the start, since a secure one may block, and nonces are made on event loops. Any thread.
 */
final class Nonces {

  private static final int SEED_BYTES = 32;

  private final byte[] seed = new byte[SEED_BYTES];
  private final long incarnation;
  private final AtomicLong made = new AtomicLong();

  Nonces(Random random) {
    random.nextBytes(seed);
    incarnation = random.nextLong();
  }

  /** The random number of this life of the node. */
  long incarnation() {
    return incarnation;
  }

  /** A nonce that was never used. */
  Nonce next() {
    byte[] counter = ByteBuffer.allocate(Long.BYTES).putLong(made.incrementAndGet()).array();
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(seed);
      return Nonce.of(sha256.digest(counter));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }
}
