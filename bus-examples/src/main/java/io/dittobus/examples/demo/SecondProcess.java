// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.examples.support.Complaints;
import io.dittobus.examples.support.ProgramFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The receiving process, a JVM like this one. It ends when this one does. Any thread. */
final class SecondProcess implements AutoCloseable {

  private static final int START_SECONDS = 20;
  private static final int END_SECONDS = 3;

  private final Process process;
  private final Endpoint endpoint;

  private SecondProcess(Process process, Endpoint endpoint) {
    this.process = process;
    this.endpoint = endpoint;
  }

  /**
   * Starts it, and waits until it listens. Blocks.
   *
   * @throws ProgramFailure if it does not
   */
  static SecondProcess start(@Nullable Sabotage sabotage) {
    Process process;
    try {
      process =
          new ProcessBuilder(command(sabotage))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException e) {
      throw new ProgramFailure("cannot start the second process: " + Complaints.reason(e), e);
    }
    try {
      return new SecondProcess(process, new Endpoint("127.0.0.1", port(process)));
    } catch (RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private static List<String> command(@Nullable Sabotage sabotage) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (!option.startsWith("-agentlib") && !option.startsWith("-javaagent")) {
        command.add(option);
      }
    }
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(DemoReceiver.class.getName());
    if (sabotage != null) {
      command.add(sabotage.name());
    }
    return command;
  }

  private static int port(Process process) {
    CompletableFuture<@Nullable String> line =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return process.inputReader().readLine();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    try {
      String port = line.get(START_SECONDS, TimeUnit.SECONDS);
      if (port != null) {
        return Integer.parseInt(port);
      }
    } catch (ExecutionException | NumberFormatException | TimeoutException e) {
      throw new ProgramFailure(
          "the second process did not say within " + START_SECONDS + " s where it listens", e);
    } catch (InterruptedException e) {
      throw new ProgramFailure("interrupted", e);
    }
    throw new ProgramFailure("the second process ended at once; what it said stands above");
  }

  /** Where it listens. */
  Endpoint endpoint() {
    return endpoint;
  }

  /** The number that the system knows it by. */
  long pid() {
    return process.pid();
  }

  /** Lets it end, and ends it if it does not. */
  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      if (process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        return;
      }
    } catch (IOException e) {
      // It is gone already.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }
}
