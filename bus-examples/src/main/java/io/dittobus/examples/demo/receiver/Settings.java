// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.receiver;

import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.ReliabilityMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * What a run is to do, and what both processes know of how they talk: each message is an index of 8
 * bytes, from 0, and a payload; back come lines of text.
 *
 * @param file what is sent
 * @param fileBytes its size
 * @param steady time of the first phase
 * @param slow time of the second phase
 * @param third time of each third of the last phase
 * @param sabotage what the receiver does to the messages before it checks them
 * @param secret that both processes know, made for this run
 */
public record Settings(
    Path file,
    long fileBytes,
    Duration steady,
    Duration slow,
    Duration third,
    Sabotage sabotage,
    NetworkSecret secret) {

  /** Label of the stream of the file. */
  public static final String FILE_LABEL = "demo/file";

  /** Label of the stream of readings. */
  public static final String READINGS_LABEL = "demo/readings";

  /** Label of the single messages. */
  public static final String SINGLES_LABEL = "demo/singles";

  /** Single messages that the receiver lets be under way. */
  public static final int SINGLES_AT_ONCE = 32;

  /** What goes back on the reliable stream of the last phase when the receiver stalls. */
  public static final String STALLED = "stalled";

  /** What goes back there when it goes on. */
  public static final String GOES_ON = "goes on";

  /** What goes back on the stream of the file: this and a {@link Phase}. */
  public static final String PHASE = "phase ";

  /** What goes back at the end of either stream: this and {@link Findings}. */
  public static final String REPORT = "report ";

  /** Bytes of the index in front of each payload. */
  public static final int INDEX_BYTES = 8;

  /** Bytes of the file in each message but the last. */
  public static final int CHUNK_BYTES = 16 * 1024;

  /** Messages that the receiver asks for ahead of what it has consumed. */
  static final int CREDIT_MESSAGES = 32;

  /** Label of the stream of this mode in the last phase. */
  public static String modeLabel(ReliabilityMode mode) {
    return "demo/" + mode.name().toLowerCase(Locale.ROOT);
  }

  /** Windows in which the credit in messages, not that in bytes, is what is used up first. */
  public static BusOptions busOptions() {
    return BusOptions.defaults().toBuilder()
        .windows(1 << 20, 4 << 20)
        .singleWindow(SINGLES_AT_ONCE, 1 << 20)
        .build();
  }

  /** Messages of the file. */
  public long messages() {
    return (fileBytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
  }
}
