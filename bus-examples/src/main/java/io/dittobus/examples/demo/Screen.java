// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.examples.demo.modes.ModesOutcome;
import io.dittobus.examples.demo.receiver.Findings;
import io.dittobus.examples.demo.receiver.Phase;
import io.dittobus.examples.demo.receiver.Sabotage;
import io.dittobus.examples.demo.receiver.Settings;
import io.dittobus.examples.support.ProgramFailure;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the demo prints. Every method fails with a {@link ProgramFailure} if nobody can read it. */
final class Screen {

  private static final double MB = 1e6;
  private static final int LINES_PER_HEADER = 12;

  /**
   * Where a run stands.
   *
   * @param seconds since the first message
   * @param bytes of the file, acknowledged
   * @param sent messages of the file on the wire
   * @param acked messages consumed by the receiver
   * @param granted messages the receiver has asked for
   * @param stalledSeconds time without credit
   * @param readingsAcked readings consumed by the receiver
   * @param reading the last of them
   */
  record Line(
      double seconds,
      Phase phase,
      long bytes,
      long sent,
      long acked,
      long granted,
      double stalledSeconds,
      long readingsAcked,
      String reading) {}

  private final PrintStream out;
  private double lastSeconds;
  private long lastBytes;
  private int lines;

  Screen(PrintStream out) {
    this.out = out;
  }

  void start(Settings settings, long receiverPid) {
    print("DittoBus demo: two processes, one connection, two streams; the connection will be cut.");
    print("  sender    process %d, this one", ProcessHandle.current().pid());
    print("  receiver  process %d, a JVM of its own", receiverPid);
    print(
        "  stream 1  %s, %.1f MB in %d messages",
        settings.file(), settings.fileBytes() / MB, settings.messages());
    print("  stream 2  readings of this machine, ten a second");
    if (settings.sabotage() != Sabotage.NONE) {
      print(
          "  SABOTAGE  %s: three messages of stream 1 are spoiled between bus and checker",
          settings.sabotage().name().toLowerCase(Locale.ROOT));
    }
  }

  void phase(Phase phase) {
    print("");
    print("%s", phase.explanation());
    lines = 0;
  }

  /** The demo cuts its own connection. */
  void cut(int number, int of) {
    print(
        "  -- the connection is cut (%d of %d): the streams pause, and the sender dials again",
        number, of);
  }

  /** It is back. */
  void back(double seconds) {
    print("  -- and back after %.2f s: what had not arrived is sent again", seconds);
  }

  void line(Line line) {
    if (lines++ % LINES_PER_HEADER == 0) {
      print(
          "%6s  %-10s  %8s  %7s  %7s  %7s  %7s  %9s  %8s  %s",
          "time",
          "phase",
          "MB acked",
          "MB/s",
          "granted",
          "sent",
          "acked",
          "no credit",
          "readings",
          "last reading acked");
    }
    double seconds = line.seconds() - lastSeconds;
    double rate = seconds > 0 ? (line.bytes() - lastBytes) / MB / seconds : 0;
    lastSeconds = line.seconds();
    lastBytes = line.bytes();
    print(
        "%4.1f s  %-10s  %8.1f  %7.1f  %7d  %7d  %7d  %7.2f s  %8d  %s",
        line.seconds(),
        line.phase().title(),
        line.bytes() / MB,
        rate,
        line.granted(),
        line.sent(),
        line.acked(),
        line.stalledSeconds(),
        line.readingsAcked(),
        line.reading());
  }

  /** Prints lines as they are. */
  void text(String lines) {
    print("%s", lines);
  }

  /** Returns whether everything held. */
  boolean summary(Settings settings, Outcome outcome, ModesOutcome modes) {
    Findings file = outcome.file();
    print("");
    print("Summary, of the file after %.1f s", outcome.seconds());
    print(
        "  messages     %d sent, %d arrived; %d acks; readings: %d sent, %d arrived, %d acks",
        outcome.sent(),
        file.messages(),
        outcome.acked(),
        outcome.readingsSent(),
        outcome.readings().messages(),
        outcome.readingsAcked());
    print(
        "  stalls       %d waits for credit, %.2f s in all; at most %d messages sent and not acked",
        outcome.stalls(), outcome.stalledMillis() / 1e3, outcome.mostUnderWay());
    print("  connection   cut %d times, back %d times", outcome.cuts(), outcome.pauses());
    print(
        "  slow phase   %d readings were acked during it, the slowest after %.1f ms (of all: %.1f"
            + " ms)",
        outcome.readingsAckedSlow(), outcome.slowestAckSlowMillis(), outcome.slowestAckMillis());
    print(
        "  peak memory  sender %s, receiver %s",
        megabytes(outcome.senderPeakBytes()), megabytes(file.peakMemoryBytes()));
    print("  SHA-256      sent      %s", outcome.sentSha256());
    print("               received  %s", file.sha256());
    print(
        "  lost %d, duplicated %d, reordered %d",
        file.lost(outcome.sent()), file.duplicated(), file.reordered());
    modes.table().forEach(this::text);
    List<String> faults = new ArrayList<>(outcome.faults(settings.fileBytes()));
    faults.addAll(modes.faults());
    print("");
    print(
        "%s",
        faults.isEmpty()
            ? "Everything held."
            : "NOT everything held: " + String.join(", ", faults) + ".");
    return faults.isEmpty();
  }

  private static String megabytes(long bytes) {
    return bytes == 0 ? "unknown" : String.format(Locale.ROOT, "%.0f MB", bytes / MB);
  }

  private void print(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
    if (out.checkError()) { // which flushes
      throw new ProgramFailure("standard output cannot be written to");
    }
  }
}
