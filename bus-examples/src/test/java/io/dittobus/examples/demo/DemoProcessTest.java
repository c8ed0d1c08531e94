// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The demo as people run it, in processes of its own, with a small file and short phases. */
class DemoProcessTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int FILE_BYTES = (4 << 20) + 12_345;

  @TempDir private Path folder;
  private final List<ProcessHandle> started = new ArrayList<>();
  private Path file;
  private Path out;
  private Path err;

  @BeforeEach
  void writeFile() throws IOException {
    byte[] content = new byte[FILE_BYTES];
    new Random(42).nextBytes(content);
    file = Files.write(folder.resolve("file"), content);
    out = folder.resolve("out");
    err = folder.resolve("err");
  }

  @AfterEach
  void endWhatIsLeft() {
    started.forEach(ProcessHandle::destroyForcibly);
  }

  private Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Demo.class.getName()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    started.add(process.toHandle());
    return process;
  }

  private int run(String... arguments) throws Exception {
    Process process = start(arguments);
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("ended").isTrue();
    return process.exitValue();
  }

  private int runSmall(String... more) throws Exception {
    List<String> arguments = new ArrayList<>(small("0.1", "0.8"));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  private List<String> small(String steadySeconds, String slowSeconds) {
    return List.of(
        "--file",
        file.toString(),
        "--steady-seconds",
        steadySeconds,
        "--slow-seconds",
        slowSeconds);
  }

  /** A demo that is in its first phase for long, and its receiver. */
  private ProcessHandle receiverOf(Process demo) {
    await()
        .atMost(PATIENCE)
        .until(() -> demo.isAlive() && Files.readString(out).contains("Phase 1"));
    List<ProcessHandle> children = demo.toHandle().children().toList();
    assertThat(children).hasSize(1);
    started.addAll(children);
    return children.get(0);
  }

  private Process startLong() throws IOException {
    return start(small("300", "1").toArray(String[]::new));
  }

  @Test
  void everythingHolds() throws Exception {
    assertThat(runSmall()).as(() -> said(err)).isZero();
    assertThat(said(out))
        .contains("Phase 1, steady", "Phase 2, slow", "Phase 3, full speed")
        .contains("257 sent, 257 arrived; 257 acks")
        .contains("lost 0, duplicated 0, reordered 0")
        .contains("Everything held.");
    assertThat(said(err)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "drop, '3 lost, the SHA-256 differ.', 'lost 3, duplicated 0, reordered 0'",
    "dup, '3 duplicated, the SHA-256 differ.', 'lost 0, duplicated 3, reordered 0'",
    "reorder, '3 reordered, the SHA-256 differ.', 'lost 0, duplicated 0, reordered 3'",
    "corrupt, 'held: the SHA-256 differ.', 'lost 0, duplicated 0, reordered 0'",
  })
  void sabotageIsFound(String how, String verdict, String counts) throws Exception {
    assertThat(runSmall("--sabotage", how)).as(() -> said(err)).isEqualTo(1);
    assertThat(said(out)).contains(counts).contains("NOT everything held").contains(verdict);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--bad", "--sabotage=all", "--slow-seconds=-1", "argument"})
  void aBadOptionIsOneLineAndStatus2(String option) throws Exception {
    assertThat(run(option)).isEqualTo(2);
    assertThat(said(err).lines()).hasSize(1).allMatch(line -> line.startsWith("demo: "));
    assertThat(said(out)).isEmpty();
  }

  @Test
  void aMissingFileIsOneLine() throws Exception {
    assertThat(run("--file", folder.resolve("missing").toString())).isEqualTo(1);
    assertThat(said(err).lines()).hasSize(1).allMatch(line -> line.startsWith("demo: not a file"));
  }

  @Test
  void aFileOfOneByteIsEnough() throws Exception {
    Files.write(file, new byte[1]);
    assertThat(runSmall()).as(() -> said(err)).isZero();
    assertThat(said(out)).contains("1 sent, 1 arrived; 1 acks").contains("Everything held.");
  }

  @Test
  void outputThatCannotBeWrittenIsOneLine() throws Exception {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    out = full;
    assertThat(runSmall()).isEqualTo(1);
    assertThat(said(err).lines()).containsExactly("demo: standard output cannot be written to");
  }

  @Test
  void theReceiverEndsWhenTheDemoIsKilled() throws Exception {
    Process demo = startLong();
    ProcessHandle receiver = receiverOf(demo);
    demo.destroyForcibly();
    await().atMost(PATIENCE).until(() -> !receiver.isAlive());
  }

  @Test
  void theReceiverEndsWhenTheDemoIsAskedToEnd() throws Exception {
    Process demo = startLong();
    ProcessHandle receiver = receiverOf(demo);
    demo.destroy();
    await().atMost(PATIENCE).until(() -> !receiver.isAlive() && !demo.isAlive());
    assertThat(said(err)).isEmpty();
  }

  @Test
  void aReceiverThatVanishesIsOneLine() throws Exception {
    Process demo = startLong();
    receiverOf(demo).destroyForcibly();
    assertThat(demo.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("ended").isTrue();
    assertThat(demo.exitValue()).isEqualTo(1);
    assertThat(said(err).lines()).hasSize(1).allMatch(line -> line.startsWith("demo: "));
  }

  private static String said(Path where) {
    try {
      return Files.readString(where);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
