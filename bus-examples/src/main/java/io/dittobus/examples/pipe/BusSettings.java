// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.options.BusOptions;
import io.dittobus.examples.support.NetworkSecretOptions;
import io.dittobus.examples.support.WholeNumbers;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.transport.tcp.TcpBus;
import java.time.Duration;
import java.util.Objects;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What both ends of a pipe say of their bus. */
final class BusSettings {

  /** The label of the stream. */
  static final String LABEL = "pipe/v1";

  /** Metadata of the opening: the name of the file, for people. */
  static final String FILE_NAME = "name";

  /** Metadata of the opening: how many bytes will come, in decimal, if that is known. */
  static final String FILE_BYTES = "bytes";

  /** Bytes that may be under way or unconsumed, at most. */
  static final int MAX_WINDOW = 4 << 20;

  private static final int FIRST_WINDOW = 64 << 10;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Mixin private NetworkSecretOptions secret = new NetworkSecretOptions();

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      converter = WholeNumbers.class,
      defaultValue = "15",
      description =
          "How long the other side may be silent before it counts as gone: 1 to 3600 (default:"
              + " ${DEFAULT-VALUE}).")
  private int timeoutSeconds;

  @Option(
      names = "--resume",
      paramLabel = "SECONDS",
      converter = WholeNumbers.class,
      defaultValue = "120",
      description =
          "How long to wait for a connection that was lost to come back: 0 to 3600 (default:"
              + " ${DEFAULT-VALUE}).")
  private int resumeSeconds;

  /**
   * Starts the bus.
   *
   * @throws ParameterException if an option is out of its range
   * @throws io.dittobus.api.result.DittoBusException if it cannot listen
   */
  ReactorBus start(TcpBus.Builder builder) {
    if (timeoutSeconds < 1 || timeoutSeconds > 3600) {
      throw new ParameterException(
          spec.commandLine(), "--timeout is 1 to 3600 seconds; this is " + timeoutSeconds);
    }
    if (resumeSeconds < 0 || resumeSeconds > 3600) {
      throw new ParameterException(
          spec.commandLine(), "--resume is 0 to 3600 seconds; this is " + resumeSeconds);
    }
    Admission admission = secret.admission();
    Duration dead = Duration.ofSeconds(timeoutSeconds);
    BusOptions options =
        BusOptions.defaults().toBuilder()
            .windows(FIRST_WINDOW, MAX_WINDOW)
            .liveness(dead.dividedBy(3), dead)
            .resumeWindow(Duration.ofSeconds(resumeSeconds))
            .build();
    return Objects.requireNonNull(
        ReactorBus.start(builder.options(options).admission(admission)).block(), "a bus");
  }
}
