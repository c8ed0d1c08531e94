// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.modes;

import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.DropCounts;
import io.dittobus.examples.demo.receiver.ModeFindings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the last phase came to.
 *
 * @param modes what was sent on the stream of each mode, and what was found at the other end
 * @param reliableSent reliable single messages
 * @param delivered those of them that were consumed
 * @param unreliableSent unreliable single messages
 * @param transmitted those of them that were put on the wire
 * @param dropped those of them that were not
 */
public record ModesOutcome(
    List<OfMode> modes,
    long reliableSent,
    long delivered,
    long unreliableSent,
    long transmitted,
    long dropped) {

  /**
   * One stream.
   *
   * @param emitted messages emitted
   * @param written messages put on the wire
   * @param dropped messages dropped, by cause
   * @param slowestMillis longest time from an emission to its ack
   * @param found what the receiver found
   */
  record OfMode(
      ReliabilityMode mode,
      long emitted,
      long written,
      DropCounts dropped,
      double slowestMillis,
      ModeFindings found) {

    private void addFaults(List<String> faults) {
      check(faults, emitted == written + dropped.total(), "emitted is not sent and dropped");
      check(faults, found.delivered() == written, "not all that was sent was delivered");
      check(faults, found.dropped() == dropped.total(), "the ends count different drops");
      check(faults, found.backwards() == 0, "messages came twice or late");
      if (mode.isReliable()) {
        check(faults, dropped.total() == 0 && found.gaps() == 0, "messages were lost");
      }
      if (mode == ReliabilityMode.UNRELIABLE_SEQUENCED) {
        check(faults, found.last() == emitted, "the newest did not come");
      }
    }

    private void check(List<String> faults, boolean holds, String what) {
      if (!holds) {
        faults.add(mode + ": " + what);
      }
    }

    private String row() {
      return String.format(
          Locale.ROOT,
          "  %-20s %7d %9d %11d %9d %6d %6d %9.0f ms",
          mode,
          emitted,
          found.delivered(),
          dropped.total() - dropped.replaced(),
          dropped.replaced(),
          found.gaps(),
          found.last(),
          slowestMillis);
    }
  }

  /** What did not hold, each in a few words; empty if everything did. */
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    modes.forEach(mode -> mode.addFaults(faults));
    if (delivered != reliableSent) {
      faults.add("not all reliable single messages were delivered");
    }
    if (transmitted + dropped != unreliableSent) {
      faults.add("unreliable single messages are unaccounted for");
    }
    if (singlesFound() != delivered + transmitted) {
      faults.add("other single messages came in than were sent");
    }
    return faults;
  }

  private long singlesFound() {
    return modes.stream().mapToLong(mode -> mode.found().singles()).sum();
  }

  /** The table for the summary. */
  public List<String> table() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "  by mode              emitted delivered     dropped conflated   gaps   last  slowest"
            + " ack");
    modes.forEach(mode -> lines.add(mode.row()));
    lines.add(
        "  single messages      %d reliable: %d delivered; %d unreliable: %d transmitted, %d dropped"
            .formatted(reliableSent, delivered, unreliableSent, transmitted, dropped));
    return lines;
  }
}
