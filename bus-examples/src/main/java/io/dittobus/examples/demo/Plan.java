// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.api.options.Metadata;

/**
 * What will happen in the demo; travels as metadata with the opening of the stream.
 *
 * @param messages pieces of the file
 * @param slowFrom index of the first piece that is consumed slowly
 * @param slowTo index of the first piece after those
 * @param slowBytesPerSecond how fast they are consumed, above 0
 */
record Plan(long messages, long slowFrom, long slowTo, long slowBytesPerSecond) {

  /** Bytes of the file in a message. */
  static final int CHUNK_BYTES = 64 << 10;

  /** Messages that the receiver asks for beyond those it has consumed. */
  static final int DEMAND = 64;

  /** Label of the stream of the file. */
  static final String FILE = "demo/file/v1";

  /** Label of the stream of readings. */
  static final String READINGS = "demo/readings/v1";

  private static final double SLOW_BEGINS = 0.45;
  private static final double SLOW_ENDS = 0.55;

  /** The middle tenth of the file takes that many seconds. */
  static Plan of(long fileBytes, double slowSeconds) {
    long messages = (fileBytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
    long from = (long) (messages * SLOW_BEGINS);
    long to = Math.max(from + 1, (long) (messages * SLOW_ENDS));
    long slowBytes = (to - from) * CHUNK_BYTES;
    return new Plan(messages, from, to, Math.max(1, (long) (slowBytes / slowSeconds)));
  }

  boolean isSlow(long index) {
    return index >= slowFrom && index < slowTo;
  }

  Metadata toMetadata() {
    return Metadata.of("messages", Long.toString(messages))
        .with("slow-from", Long.toString(slowFrom))
        .with("slow-to", Long.toString(slowTo))
        .with("slow-rate", Long.toString(slowBytesPerSecond));
  }

  static Plan from(Metadata metadata) {
    return new Plan(
        number(metadata, "messages"),
        number(metadata, "slow-from"),
        number(metadata, "slow-to"),
        number(metadata, "slow-rate"));
  }

  private static long number(Metadata metadata, String key) {
    return Long.parseLong(metadata.text(key).orElseThrow());
  }
}
