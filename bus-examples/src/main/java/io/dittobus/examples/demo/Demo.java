// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.examples.support.Interruptible;
import io.dittobus.examples.support.ProcessMemory;
import io.dittobus.examples.support.Program;
import io.dittobus.examples.support.ProgramFailure;
import io.dittobus.examples.support.Sha256;
import io.dittobus.examples.support.Sizes;
import io.dittobus.examples.support.Text;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.transport.tcp.TcpBus;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;

/** The program {@code demo}: the sending process, which starts the receiving one. */
@Command(
    name = Demo.NAME,
    description = {
      "Shows what demand, credit and acknowledgements do, between two processes.",
      "",
      "A large file of the JDK goes from this process to a second one, which is slow for a while",
      "in the middle: the file is then read no faster than it is consumed. Beside it go readings",
      "of this machine, whose acknowledgements come as fast as ever. Takes about 10 s.",
      ""
    },
    mixinStandardHelpOptions = true,
    version = "demo 0.1.0-SNAPSHOT",
    sortOptions = false,
    footer = {
      "",
      "Each message carries a number, and the second process counts by it what is missing, comes",
      "twice or comes late. --sabotage spoils one message there, between the bus and the counting;",
      "so it shows that the checks can fail, and the demo ends with status 1.",
      "",
      "Status: 0 everything held; 1 something did not; 2 the command line is wrong;",
      "130 interrupted by Ctrl-C."
    })
public final class Demo implements Callable<Integer> {

  static final String NAME = "demo";

  private static final Duration GIVE_UP_AFTER = Duration.ofSeconds(60);

  @Option(
      names = "--sabotage",
      paramLabel = "drop|dup|reorder|corrupt",
      description = "Leave out, double, exchange or change a message on its way to the checks.")
  private @Nullable Sabotage sabotage;

  /** For the tests. */
  @Option(names = "--bytes", hidden = true, converter = Sizes.class, defaultValue = "1024G")
  private long mostBytes;

  /** For the tests. */
  @Option(names = "--slow-seconds", hidden = true, defaultValue = "5")
  private double slowSeconds;

  /** Runs the program, and ends the process with its status. */
  public static void main(String[] arguments) {
    System.exit(Program.run(new Demo(), arguments));
  }

  @Override
  public Integer call() {
    BigFile file = BigFile.find(mostBytes);
    Transfer transfer = new Transfer(Plan.of(file.bytes(), slowSeconds), new FileSource(file));
    System.out.printf(
        Locale.ROOT,
        "%s (%s), in messages of %s%n",
        file.path(),
        Text.bytes(file.bytes()),
        Text.bytes(Plan.CHUNK_BYTES));
    long begunNanos = System.nanoTime();
    Report report;
    try (SecondProcess other = SecondProcess.start(sabotage)) {
      System.out.printf(
          Locale.ROOT,
          "goes from process %d to process %d, over one TCP connection%n%n",
          ProcessHandle.current().pid(),
          other.pid());
      report = run(transfer, other);
    }
    return summarize(transfer, report, System.nanoTime() - begunNanos);
  }

  private static Report run(Transfer transfer, SecondProcess other) {
    ReactorBus bus =
        Objects.requireNonNull(ReactorBus.start(TcpBus.builder().insecure()).block(), "a bus");
    Mono<Report> work =
        transfer
            .run(bus, other.endpoint())
            .timeout(
                GIVE_UP_AFTER,
                Mono.error(
                    () -> new ProgramFailure("not done after " + Text.seconds(GIVE_UP_AFTER))));
    LiveTable table = new LiveTable(transfer);
    try {
      return Interruptible.await(bus, work, other::close);
    } finally {
      table.close();
    }
  }

  private int summarize(Transfer transfer, Report report, long nanos) {
    FileSource file = transfer.file();
    long readings = transfer.readings().sent();
    byte[] hash = file.hash();
    System.out.printf(
        Locale.ROOT,
        """

        file      %d messages, %s; acks reached %d; %s, %s without credit
                  never more than %s read ahead of what was consumed
        readings  %d messages; acks reached %d
        memory    %s at most here, %s at most there
        sha256    %s sent
                  %s arrived
        delivery  %s
        """,
        file.messageCount(),
        Text.bytes(file.bytes()),
        transfer.ackedMessages(),
        Text.count(file.stalls(), "stall"),
        Text.seconds(file.heldNanos()),
        Verdict.ahead(transfer.mostAhead()),
        readings,
        transfer.readings().acked(),
        Text.bytes(ProcessMemory.peakBytes()),
        Text.bytes(report.peakMemoryBytes()),
        Sha256.hex(hash),
        Sha256.hex(report.sha256()),
        Verdict.counts(file.messageCount(), readings, report));
    List<String> faults = Verdict.faults(file.messageCount(), readings, hash, report);
    return conclude(faults, nanos);
  }

  private int conclude(List<String> faults, long nanos) {
    if (!faults.isEmpty()) {
      Program.say(
          NAME,
          "FAILED: "
              + String.join(", ", faults)
              + (sabotage == null ? "" : " (the sabotage '" + sabotage + "' was found)"));
      return Program.FAILED;
    }
    if (sabotage != null) {
      Program.say(NAME, "FAILED: the sabotage '" + sabotage + "' was not found");
      return Program.FAILED;
    }
    System.out.printf(Locale.ROOT, "Everything held. (%s)%n", Text.seconds(nanos));
    return Program.OK;
  }
}
