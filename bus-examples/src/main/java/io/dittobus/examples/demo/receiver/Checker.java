// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.receiver;

import io.dittobus.examples.support.ProcessMemory;
import io.dittobus.examples.support.Sha256;
import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * Judges messages by what really arrives: each is an index of 8 bytes, from 0, and a payload. One
 * thread at a time.
 */
final class Checker {

  private final BitSet seen = new BitSet();
  private final Sha256 sha256 = new Sha256();
  private long messages;
  private long bytes;
  private long duplicated;
  private long reordered;
  private long malformed;

  /** Takes note of one message. */
  void accept(byte[] message) {
    messages++;
    if (message.length < Settings.INDEX_BYTES) {
      malformed++;
      return;
    }
    sha256.add(message, Settings.INDEX_BYTES, message.length - Settings.INDEX_BYTES);
    bytes += message.length - Settings.INDEX_BYTES;
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
        Sha256.hex(sha256.soFar()),
        ProcessMemory.peakBytes());
  }
}
