// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dittobus.examples.support.ProcessTest;
import io.dittobus.examples.support.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Listeners and senders in processes of their own. */
abstract class PipeProcesses extends ProcessTest {

  private static final Pattern LISTENING = Pattern.compile("pipe: listening on (\\S+:\\d+)\\R");

  /** Lines that tell how things are; every other one complains. */
  private static final Pattern REPORT =
      Pattern.compile(
          "pipe: (listening on|receiving|received \\d|sent \\d|waiting for|going on|sha256) ?.*");

  /** Runs {@code pipe} with these arguments. */
  RunningProgram pipe(String... arguments) throws IOException {
    return start(Pipe.class, List.of(arguments));
  }

  /** The same, with its standard output going to this file. */
  RunningProgram pipeInto(Path out, String... arguments) throws IOException {
    return start(Pipe.class, List.of(arguments), out);
  }

  /** A listener that is ready. */
  RunningProgram listen(String... options) throws IOException {
    return listening(pipe(with("listen", options)));
  }

  /** Waits until a listener is ready. */
  static RunningProgram listening(RunningProgram listener) {
    await().atMost(PATIENCE).until(() -> isReady(listener) || !listener.isAlive());
    assertThat(isReady(listener)).as(listener::err).isTrue();
    return listener;
  }

  private static boolean isReady(RunningProgram listener) {
    return LISTENING.matcher(listener.err()).find();
  }

  /** A sender to this listener. */
  RunningProgram send(RunningProgram listener, Object file, String... options) throws IOException {
    return pipe(with("send", with(endpoint(listener), with(file.toString(), options))));
  }

  /** Where a listener can be dialled. */
  static String endpoint(RunningProgram listener) {
    Matcher line = LISTENING.matcher(listener.err());
    assertThat(line.find()).as(listener::err).isTrue();
    return line.group(1);
  }

  private static String[] with(String first, String... more) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  /** Waits until a receiver has written some of the file. */
  static void awaitBytesIn(Path copy) {
    await().atMost(PATIENCE).until(() -> Files.exists(copy) && Files.size(copy) > 0);
  }

  /** Waits for both, and sees that all went well and that both tell this hash. */
  static void assertTransferred(RunningProgram listener, RunningProgram sender, String sha256)
      throws Exception {
    assertThat(sender.status()).as(sender::err).isZero();
    assertThat(listener.status()).as(listener::err).isZero();
    for (RunningProgram program : List.of(listener, sender)) {
      assertThat(program.errLines()).contains("pipe: sha256 " + sha256);
      assertThat(complaints(program)).isEmpty();
    }
  }

  /** Waits for its end, and sees that it complained in one line, which has these words. */
  static void assertFailed(RunningProgram program, int status, String... words) throws Exception {
    assertThat(program.status()).as(program::err).isEqualTo(status);
    assertThat(program.out() + program.err()).doesNotContain("\tat ", "Exception");
    assertThat(complaints(program)).as(program::err).hasSize(1);
    assertThat(complaints(program).get(0)).startsWith("pipe: ").contains(words);
  }

  private static List<String> complaints(RunningProgram program) {
    return program.errLines().stream().filter(line -> !REPORT.matcher(line).matches()).toList();
  }
}
