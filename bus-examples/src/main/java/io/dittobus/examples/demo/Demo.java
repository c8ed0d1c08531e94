// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import static io.dittobus.api.admission.Admission.networkSecret;

import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.examples.demo.modes.ModesOutcome;
import io.dittobus.examples.demo.modes.ModesRun;
import io.dittobus.examples.demo.receiver.ReceiverProcess;
import io.dittobus.examples.demo.receiver.Sabotage;
import io.dittobus.examples.demo.receiver.Settings;
import io.dittobus.examples.support.CuttableRelay;
import io.dittobus.examples.support.Interruptible;
import io.dittobus.examples.support.Program;
import io.dittobus.examples.support.ProgramFailure;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.transport.tcp.TcpBus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Mono;

/** The first thing to run: shows what demand, credit and acks do, and checks that all held. */
@Command(
    name = "demo",
    sortOptions = false,
    description = {
      "Sends a large file of this machine from one process to another, beside a stream of readings,"
          + " and shows live what demand, credit and acks do. Its connection is cut twice, and"
          + " comes back. The receiver is slow for a while in the middle. Then all modes of streams"
          + " and single messages side by side, while the receiver stalls. Takes some 12 seconds;"
          + " Ctrl-C drains what is under way and ends it."
    },
    footer = {
      "",
      "Status: 0 if everything held (equal hashes; nothing lost, duplicated, reordered),"
          + " 1 if not or if something failed, 2 for a bad option."
    })
public final class Demo implements Callable<Integer> {

  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = "--sabotage",
      paramLabel = "HOW",
      converter = SabotageConverter.class,
      description =
          "Spoils three messages of the file in the receiver, between the bus and the checker, to"
              + " show that it would be noticed; ends with status 1. HOW: drop, dup, reorder or"
              + " corrupt.")
  private Sabotage sabotage = Sabotage.NONE;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this.")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean help;

  @Option(names = "--file", hidden = true)
  private @Nullable Path file;

  @Option(names = "--steady-seconds", hidden = true)
  private double steadySeconds = 4;

  @Option(names = "--slow-seconds", hidden = true)
  private double slowSeconds = 4;

  @Option(names = "--modes-seconds", hidden = true)
  private double modesSeconds = 3;

  /** Runs the demo, and ends the JVM. */
  public static void main(String[] args) {
    System.exit(Program.run(new Demo(), args));
  }

  @Override
  public Integer call() throws IOException {
    Path chosen = file == null ? largeFile() : file;
    Settings settings =
        new Settings(
            chosen,
            sizeOf(chosen),
            seconds(steadySeconds),
            seconds(slowSeconds),
            seconds(modesSeconds).dividedBy(3),
            sabotage,
            NetworkSecret.random());
    Screen screen = new Screen(System.out);
    try (ReceiverProcess receiver = ReceiverProcess.start(settings)) {
      screen.start(settings, receiver.pid());
      Results results = run(settings, screen, receiver);
      return screen.summary(settings, results.outcome(), results.modes())
          ? Program.OK
          : Program.FAILED;
    }
  }

  private record Results(Outcome outcome, ModesOutcome modes) {}

  private static Results run(Settings settings, Screen screen, ReceiverProcess receiver) {
    ReactorBus bus =
        ReactorBus.start(
                TcpBus.builder()
                    .options(Settings.busOptions())
                    .admission(networkSecret(settings.secret())))
            .blockOptional(TIMEOUT)
            .orElseThrow();
    CuttableRelay relay = CuttableRelay.to(receiver.port());
    Mono<Results> work =
        onThread(
            () -> {
              Outcome outcome = Sender.run(settings, screen, bus, receiver, relay);
              return new Results(
                  outcome, ModesRun.run(settings, screen::text, bus, bus.peers().get(0)));
            });
    try (relay) {
      return Interruptible.await(bus, work, () -> {});
    }
  }

  /** Work that blocks, on a thread of its own, which is interrupted if nobody waits any more. */
  private static <T> Mono<T> onThread(Callable<T> work) {
    return Mono.create(
        result -> {
          AtomicBoolean cancelled = new AtomicBoolean();
          Thread thread =
              new Thread(
                  () -> {
                    try {
                      result.success(work.call());
                    } catch (Throwable failure) {
                      if (!cancelled.get()) {
                        result.error(failure);
                      }
                    }
                  },
                  "demo");
          result.onCancel(
              () -> {
                cancelled.set(true);
                thread.interrupt();
              });
          thread.start();
        });
  }

  private static long sizeOf(Path chosen) throws IOException {
    if (!Files.isRegularFile(chosen) || !Files.isReadable(chosen)) {
      throw new ProgramFailure("not a file that can be read: " + chosen);
    }
    long bytes = Files.size(chosen);
    if (bytes == 0) {
      throw new ProgramFailure("the file is empty: " + chosen);
    }
    return bytes;
  }

  private Duration seconds(double value) {
    if (!(value >= 0 && value <= 3600)) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "seconds are 0 to 3600; this is " + value);
    }
    return Duration.ofMillis(Math.round(value * 1000));
  }

  /** What every JDK has, over 100 MB, or else the largest file of the Java runtime. */
  private static Path largeFile() throws IOException {
    Path home = Path.of(System.getProperty("java.home"));
    Path modules = home.resolve("lib").resolve("modules");
    if (Files.isReadable(modules)) {
      return modules;
    }
    try (Stream<Path> files = Files.walk(home)) {
      Optional<Path> largest =
          files
              .filter(path -> Files.isRegularFile(path) && Files.isReadable(path))
              .max(Comparator.comparingLong(path -> path.toFile().length()));
      return largest.orElseThrow(() -> new ProgramFailure("no file to send in " + home));
    } catch (UncheckedIOException e) {
      throw new ProgramFailure("cannot search " + home + ": " + e.getMessage(), e);
    }
  }

  /** The ways that are offered, in lower case. */
  private static final class SabotageConverter implements CommandLine.ITypeConverter<Sabotage> {
    @Override
    public Sabotage convert(String value) {
      return switch (value) {
        case "drop" -> Sabotage.DROP;
        case "dup" -> Sabotage.DUP;
        case "reorder" -> Sabotage.REORDER;
        case "corrupt" -> Sabotage.CORRUPT;
        default ->
            throw new CommandLine.TypeConversionException(
                "'" + value + "' is none of drop, dup, reorder, corrupt");
      };
    }
  }
}
