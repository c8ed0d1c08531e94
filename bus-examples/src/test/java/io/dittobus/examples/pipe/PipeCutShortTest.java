// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.examples.support.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Transfers that one side does not live to see the end of: the other says so, and ends. */
class PipeCutShortTest extends PipeProcesses {

  private static final int FILE_BYTES = 16 << 20;

  private Path file;
  private Path copy;

  @BeforeEach
  void writeFile() throws IOException {
    file = file("file", FILE_BYTES);
    copy = folder.resolve("copy");
  }

  /** One that takes the file at leisure, so that something can happen before it has it. */
  private RunningProgram listenSlowly() throws IOException {
    return listen("--slow", "512K", "--resume", "1", "--out", copy.toString());
  }

  private RunningProgram sendSome(RunningProgram listener, String... options) throws IOException {
    RunningProgram sender = send(listener, file, options);
    awaitBytesIn(copy);
    return sender;
  }

  private void assertCutShort(RunningProgram listener, int status, String words) throws Exception {
    assertFailed(listener, status, words, "What " + copy + " has is not the whole (");
    assertThat(listener.err()).contains(" is not the whole (" + Files.size(copy) + " bytes)");
    assertThat(Files.size(copy)).isPositive().isLessThan(FILE_BYTES);
  }

  @Test
  void theReceiverIsKilled() throws Exception {
    RunningProgram listener = listenSlowly();
    RunningProgram sender = sendSome(listener, "--resume", "1");
    listener.kill();
    assertFailed(sender, 1, "the other side is gone");
  }

  @Test
  void theSenderIsKilled() throws Exception {
    RunningProgram listener = listenSlowly();
    RunningProgram sender = sendSome(listener);
    sender.kill();
    assertCutShort(listener, 1, "the other side is gone");
  }

  @Test
  void theReceiverHangs() throws Exception {
    RunningProgram listener = listenSlowly();
    RunningProgram sender = sendSome(listener, "--timeout", "1", "--resume", "1");
    listener.signal("STOP");
    assertFailed(sender, 1, "the other side is gone");
  }

  @Test
  void theReceiverIsKilledWhileNothingIsThereToSend() throws Exception {
    RunningProgram listener = listenSlowly();
    RunningProgram sender = send(listener, "-", "--resume", "1");
    sender.stdin().write(new byte[100]);
    sender.stdin().flush();
    awaitBytesIn(copy);
    listener.kill();
    assertFailed(sender, 1, "the other side is gone");
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void theSenderIsInterrupted(String signal, int status) throws Exception {
    assumeInterruptible();
    RunningProgram listener = listenSlowly();
    RunningProgram sender = sendSome(listener);
    sender.signal(signal);
    assertFailed(sender, status, "interrupted");
    assertCutShort(listener, 1, "the other side ");
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void theReceiverIsInterrupted(String signal, int status) throws Exception {
    assumeInterruptible();
    RunningProgram listener = listenSlowly();
    RunningProgram sender = sendSome(listener);
    listener.signal(signal);
    assertFailed(sender, 1, "the other side gave up: interrupted");
    assertCutShort(listener, status, "interrupted");
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void whoWaitsForASenderIsInterrupted(String signal, int status) throws Exception {
    assumeInterruptible();
    Files.writeString(copy, "what was there before");
    RunningProgram listener = listenSlowly();
    listener.signal(signal);
    assertFailed(listener, status, "pipe: interrupted");
    assertThat(copy).hasContent("what was there before");
  }
}
