// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.BitSet;

/**
 * Judges messages by what really arrives: each is an index of 8 bytes, from 0, and a payload. One
 * thread at a time.
 */
final class Checker {

  /** Bytes of the index in front of each payload. */
  static final int INDEX_BYTES = 8;

  private final BitSet seen = new BitSet();
  private final MessageDigest digest = Hashes.sha256();
  private long messages;
  private long bytes;
  private long duplicated;
  private long reordered;
  private long malformed;

  /** Takes note of one message. */
  void accept(byte[] message) {
    messages++;
    if (message.length < INDEX_BYTES) {
      malformed++;
      return;
    }
    digest.update(message, INDEX_BYTES, message.length - INDEX_BYTES);
    bytes += message.length - INDEX_BYTES;
    long index = ByteBuffer.wrap(message).getLong();
    if (index < 0 || index >= Integer.MAX_VALUE) {
      malformed++;
    } else if (seen.get((int) index)) {
      duplicated++;
    } else {
      if (index < seen.length()) {
        reordered++; // one with a greater index came before it
      }
      seen.set((int) index);
    }
  }

  /** What was found so far. */
  Findings findings() {
    return new Findings(
        messages,
        bytes,
        seen.cardinality(),
        duplicated,
        reordered,
        malformed,
        Hashes.hexSoFar(digest),
        PeakMemory.bytes());
  }
}
