// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.receiver;

import io.dittobus.examples.support.NetworkSecretOptions;
import io.dittobus.examples.support.Program;
import io.dittobus.examples.support.ProgramFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The receiver's process: a JVM with the class path of this one. It never outlives this one. */
public final class ReceiverProcess implements AutoCloseable {

  private static final long START_SECONDS = 30;
  private static final long STOP_SECONDS = 5;

  private final Process process;
  private final Thread hook;

  private ReceiverProcess(Process process) {
    this.process = process;
    this.hook = new Thread(this::kill, "kill-receiver");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** When the sender has drained what it can. */
  private void kill() {
    Program.awaitLastWord();
    process.destroyForcibly();
  }

  /** Starts it. It is killed when this JVM shuts down, and ends itself if this JVM vanishes. */
  public static ReceiverProcess start(Settings settings) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC")); // far less than the file
    if (Runtime.version().feature() >= 24) {
      command.add("--sun-misc-unsafe-memory-access=allow");
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Receiver.class.getName()));
    command.addAll(Arrays.asList(Receiver.arguments(settings)));
    try {
      ProcessBuilder receiver =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
      receiver.environment().put(NetworkSecretOptions.VARIABLE, settings.secret().reveal());
      return new ReceiverProcess(receiver.start());
    } catch (IOException e) {
      throw new ProgramFailure("the receiver cannot be started: " + e.getMessage(), e);
    }
  }

  /** The id of the process. */
  public long pid() {
    return process.pid();
  }

  /** Waits until it listens, and tells where. */
  public int port() {
    CompletableFuture<String> line = CompletableFuture.supplyAsync(this::firstLine);
    try {
      return Integer.parseInt(line.get(START_SECONDS, TimeUnit.SECONDS).strip());
    } catch (ExecutionException | TimeoutException | NumberFormatException e) {
      throw new ProgramFailure("the receiver did not start", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProgramFailure("interrupted", e);
    }
  }

  private String firstLine() {
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    try {
      String line = output.readLine();
      return line == null ? "" : line;
    } catch (IOException e) {
      return "";
    }
  }

  /** Runs this when the process has ended, in whatever way. */
  public void whenEnded(Runnable action) {
    var unused = process.onExit().thenRun(action);
  }

  /** Lets it end, or kills it if it does not. */
  @Override
  public void close() {
    try {
      process.getOutputStream().close(); // its standard input ends, and so does it
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IllegalStateException e) {
      // This JVM is shutting down: the hook does it.
    }
  }
}
