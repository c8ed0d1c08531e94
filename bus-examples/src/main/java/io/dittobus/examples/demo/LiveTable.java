// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.examples.support.Text;
import java.time.Duration;
import java.util.Locale;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** Prints a line with the state of the transfer twice a second. */
final class LiveTable {

  private static final Duration EVERY = Duration.ofMillis(500);

  private final Transfer transfer;
  private final long begunNanos = System.nanoTime();
  private final Disposable ticks;

  LiveTable(Transfer transfer) {
    this.transfer = transfer;
    print("", "receiver", "taken from", "acked by", "credit", "without", "readings", "slowest", "");
    print("time", "is", "the file", "receiver", "left", "credit", "acked", "ack", "cpu");
    this.ticks =
        Flux.interval(EVERY, Schedulers.boundedElastic())
            .onBackpressureDrop()
            .subscribe(tick -> row());
  }

  private void row() {
    if (!transfer.hasBegun()) {
      return;
    }
    Plan plan = transfer.plan();
    long acked = transfer.ackedMessages();
    Report report = transfer.latest();
    double cpu = report == null ? -1 : report.cpuLoad();
    print(
        Text.seconds(System.nanoTime() - begunNanos),
        acked >= plan.messages() ? "done" : plan.isSlow(acked) ? "slow" : "fast",
        Text.bytes(transfer.file().bytes()),
        Text.bytes(Math.min(acked * Plan.CHUNK_BYTES, transfer.file().bytes())),
        Long.toString(transfer.creditLeft()),
        Text.seconds(transfer.file().heldNanos()),
        Long.toString(transfer.readings().acked()),
        String.format(Locale.ROOT, "%.1f ms", transfer.readings().takeSlowestAckNanos() / 1e6),
        cpu < 0 ? "-" : String.format(Locale.ROOT, "%.0f %%", cpu * 100));
  }

  private static void print(Object... cells) {
    System.out.println(
        String.format(Locale.ROOT, "%7s  %-8s %10s %10s %7s %8s   %9s %9s   %5s", cells)
            .stripTrailing());
  }

  /** Prints no more. */
  void close() {
    ticks.dispose();
  }
}
