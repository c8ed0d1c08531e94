// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that a {@link ProcessTest} has started. */
public final class RunningProgram {

  private final Process process;
  private final Path out;
  private final Path err;

  RunningProgram(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /** Waits until it has ended. */
  public int status() throws InterruptedException {
    boolean ended = process.waitFor(ProcessTest.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(ended).as(() -> "ended; it said: " + err()).isTrue();
    return process.exitValue();
  }

  /** Whether it runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The process. */
  public ProcessHandle handle() {
    return process.toHandle();
  }

  /** What it reads as its standard input. */
  public OutputStream stdin() {
    return process.getOutputStream();
  }

  /** Kills it; it cannot say a word. */
  public void kill() {
    process.destroyForcibly();
  }

  /** Sends it a signal, such as {@code INT}. */
  public void signal(String name) throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid()).inheritIO().start();
    assertThat(kill.waitFor()).as("kill -%s", name).isZero();
  }

  /** What it wrote to standard output so far. */
  public String out() {
    return read(out);
  }

  /** The file that its standard output goes to. */
  public Path outFile() {
    return out;
  }

  /** What it wrote to standard error so far. */
  public String err() {
    return read(err);
  }

  /** The same in lines. */
  public List<String> errLines() {
    return err().lines().toList();
  }

  private static String read(Path file) {
    if (!Files.isRegularFile(file)) {
      return ""; // a device
    }
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
