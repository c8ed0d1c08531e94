// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.examples.support.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Holds what was sent against what the other process says that it got. */
final class Verdict {

  private Verdict() {}

  /**
   * What does not hold.
   *
   * @param sentFile pieces of the file that were sent
   * @param sentReadings readings that were sent
   * @param sentHash SHA-256 of the file as it was read
   * @return one entry for each thing; empty if everything held
   */
  static List<String> faults(long sentFile, long sentReadings, byte[] sentHash, Report report) {
    List<String> faults = new ArrayList<>();
    if (!Arrays.equals(sentHash, report.sha256())) {
      faults.add("the hashes differ");
    }
    add(faults, sentFile, report.file(), "piece of the file", "pieces of the file");
    add(faults, sentReadings, report.readings(), "reading", "readings");
    return faults;
  }

  private static void add(
      List<String> faults, long sent, DeliveryCheck.Count got, String one, String many) {
    add(faults, got.lost(sent), one, many, "lost");
    add(faults, got.duplicated(), one, many, "duplicated");
    add(faults, got.reordered(), one, many, "reordered");
  }

  private static void add(List<String> faults, long count, String one, String many, String what) {
    if (count != 0) {
      faults.add(count + " " + (count == 1 ? one : many) + " " + what);
    }
  }

  /** Lost, duplicated and reordered of both streams, in one line. */
  static String counts(long sentFile, long sentReadings, Report report) {
    DeliveryCheck.Count file = report.file();
    DeliveryCheck.Count readings = report.readings();
    return "lost %d, duplicated %d, reordered %d"
        .formatted(
            file.lost(sentFile) + readings.lost(sentReadings),
            file.duplicated() + readings.duplicated(),
            file.reordered() + readings.reordered());
  }

  /** Bytes of messages, for people. */
  static String ahead(long messages) {
    return Text.bytes(messages * Plan.CHUNK_BYTES);
  }
}
