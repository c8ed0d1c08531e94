// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.contract;

/**
 * An endless row of bytes that follows from a seed: the sender writes it, the receiver knows what
 * has to come.
 */
final class ByteSource {

  private long state;

  ByteSource(long seed) {
    // Any state but 0 will do for xorshift.
    this.state = seed * 0x9E3779B97F4A7C15L | 1;
  }

  byte next() {
    state ^= state << 13;
    state ^= state >>> 7;
    state ^= state << 17;
    return (byte) (state >>> 32);
  }

  byte[] next(int bytes) {
    byte[] row = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      row[i] = next();
    }
    return row;
  }
}
