// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dittobus.examples.support.ProcessTest;
import io.dittobus.examples.support.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The demo as people run it, in processes of its own, with a small file and short phases. */
class DemoProcessTest extends ProcessTest {

  private static final int FILE_BYTES = (4 << 20) + 12_345;

  private Path file;

  @BeforeEach
  void writeFile() throws IOException {
    file = file("file", FILE_BYTES);
  }

  private RunningProgram run(String... arguments) throws IOException {
    return start(Demo.class, List.of(arguments));
  }

  private List<String> small(String steadySeconds, String slowSeconds, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--file",
                file.toString(),
                "--steady-seconds",
                steadySeconds,
                "--slow-seconds",
                slowSeconds,
                "--modes-seconds",
                "0.9"));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private RunningProgram runSmall(String... more) throws IOException {
    return start(Demo.class, small("0.1", "0.8", more));
  }

  private RunningProgram startLong() throws IOException {
    return start(Demo.class, small("300", "1"));
  }

  /** The receiver of a demo that is in its first phase for long. */
  private ProcessHandle receiverOf(RunningProgram demo) {
    await().atMost(PATIENCE).until(() -> demo.isAlive() && demo.out().contains("Phase 1"));
    List<ProcessHandle> children = demo.handle().children().toList();
    assertThat(children).hasSize(1);
    killAfterwards(children.get(0));
    return children.get(0);
  }

  @Test
  void everythingHolds() throws Exception {
    RunningProgram demo = runSmall();
    assertThat(demo.status()).as(demo::err).isZero();
    assertThat(demo.out())
        .contains("Phase 1, steady", "Phase 2, slow", "Phase 3, full speed", "Phase 4, modes")
        .contains("257 sent, 257 arrived; 257 acks")
        .contains("lost 0, duplicated 0, reordered 0")
        .contains("single messages")
        .contains("Everything held.");
    assertThat(conflated(demo.out())).as("conflated while the receiver stalled").isPositive();
    assertThat(demo.err()).isEmpty();
  }

  private static int conflated(String out) {
    String row =
        out.lines().filter(line -> line.startsWith("  UNRELIABLE_SEQUENCED  ")).toList().get(1);
    return Integer.parseInt(row.strip().split(" +", -1)[4]);
  }

  @ParameterizedTest
  @CsvSource({
    "drop, '3 lost, the SHA-256 differ.', 'lost 3, duplicated 0, reordered 0'",
    "dup, '3 duplicated, the SHA-256 differ.', 'lost 0, duplicated 3, reordered 0'",
    "reorder, '3 reordered, the SHA-256 differ.', 'lost 0, duplicated 0, reordered 3'",
    "corrupt, 'held: the SHA-256 differ.', 'lost 0, duplicated 0, reordered 0'",
  })
  void sabotageIsFound(String how, String verdict, String counts) throws Exception {
    RunningProgram demo = runSmall("--sabotage", how);
    assertThat(demo.status()).as(demo::err).isEqualTo(1);
    assertThat(demo.out()).contains(counts).contains("NOT everything held").contains(verdict);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--bad", "--sabotage=all", "--slow-seconds=-1", "argument"})
  void aBadOptionIsOneLineAndStatus2(String option) throws Exception {
    RunningProgram demo = run(option);
    assertThat(demo.status()).isEqualTo(2);
    assertThat(demo.errLines()).hasSize(1).allMatch(line -> line.startsWith("demo: "));
    assertThat(demo.out()).isEmpty();
  }

  @Test
  void aMissingFileIsOneLine() throws Exception {
    RunningProgram demo = run("--file", folder.resolve("missing").toString());
    assertThat(demo.status()).isEqualTo(1);
    assertThat(demo.errLines()).hasSize(1).allMatch(line -> line.startsWith("demo: not a file"));
  }

  @Test
  void aFileOfOneByteIsEnough() throws Exception {
    Files.write(file, new byte[1]);
    RunningProgram demo = runSmall();
    assertThat(demo.status()).as(demo::err).isZero();
    assertThat(demo.out()).contains("1 sent, 1 arrived; 1 acks").contains("Everything held.");
  }

  @Test
  void outputThatCannotBeWrittenIsOneLine() throws Exception {
    RunningProgram demo = start(Demo.class, small("0.1", "0.8"), fullDevice());
    assertThat(demo.status()).isEqualTo(1);
    assertThat(demo.errLines()).containsExactly("demo: standard output cannot be written to");
  }

  @Test
  void theReceiverEndsWhenTheDemoIsKilled() throws Exception {
    RunningProgram demo = startLong();
    ProcessHandle receiver = receiverOf(demo);
    demo.kill();
    await().atMost(PATIENCE).until(() -> !receiver.isAlive());
  }

  @Test
  void theReceiverEndsWhenTheDemoIsAskedToEnd() throws Exception {
    RunningProgram demo = startLong();
    ProcessHandle receiver = receiverOf(demo);
    demo.signal("TERM");
    await().atMost(PATIENCE).until(() -> !receiver.isAlive() && !demo.isAlive());
    assertThat(demo.errLines()).hasSize(1).allMatch(line -> line.startsWith("demo: interrupted"));
  }

  @Test
  void anInterruptSaysWhatCouldNotBeDrained() throws Exception {
    assumeInterruptible();
    RunningProgram demo = startLong(); // at a pace at which the queue is not drained in time
    receiverOf(demo);
    await().atMost(PATIENCE).until(() -> demo.out().contains("steady  "));
    demo.signal("INT");
    assertThat(demo.status()).isEqualTo(130);
    assertThat(demo.errLines())
        .hasSize(1)
        .allMatch(line -> line.matches("demo: interrupted; .*streams? cut.*messages? not sent.*"));
  }

  @Test
  void aReceiverThatVanishesIsOneLine() throws Exception {
    RunningProgram demo = startLong();
    receiverOf(demo).destroyForcibly();
    assertThat(demo.status()).isEqualTo(1);
    assertThat(demo.errLines()).hasSize(1).allMatch(line -> line.startsWith("demo: "));
  }
}
