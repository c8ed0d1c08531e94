// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.api.options.BusOptions;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a run is to do.
 *
 * @param file what is sent
 * @param fileBytes its size
 * @param steady time of the first phase
 * @param slow time of the second phase
 * @param sabotage what the receiver does to the messages before it checks them
 */
record Settings(Path file, long fileBytes, Duration steady, Duration slow, Sabotage sabotage) {

  /** Label of the stream of the file. */
  static final String FILE_LABEL = "demo/file";

  /** Label of the stream of readings. */
  static final String READINGS_LABEL = "demo/readings";

  /** Messages that the receiver asks for ahead of what it has consumed. */
  static final int CREDIT_MESSAGES = 32;

  /** Windows in which the credit in messages, not that in bytes, is what is used up first. */
  static BusOptions busOptions() {
    return BusOptions.defaults().toBuilder().windows(1 << 20, 4 << 20).build();
  }

  /** Messages of the file. */
  long messages() {
    return FileSource.messagesOf(fileBytes);
  }
}
