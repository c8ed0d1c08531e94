// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dittobus.api.admission.NetworkSecret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests of programs as people run them, in processes of their own. None outlives its test. */
@Timeout(120)
public abstract class ProcessTest {

  /** How long anything may take on a busy machine; nothing takes it on an idle one. */
  protected static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What {@code ./demo} and {@code ./pipe} are run with, and quicker to start. */
  private static final List<String> JVM_OPTIONS =
      List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  /** Netty uses both; without these a newer JDK would warn at every start. */
  private static final List<String> NEWER_JVM_OPTIONS =
      List.of("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED");

  /** The network secret of all programs here. */
  protected static final NetworkSecret SECRET = NetworkSecret.random();

  /** A folder of the test's own. */
  @TempDir protected Path folder;

  private final List<ProcessHandle> started = new ArrayList<>();

  /** Kills what still runs, and waits until it is gone, so that nobody writes to the folder. */
  @AfterEach
  protected void endWhatIsLeft() throws Exception {
    started.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle process : started) {
      process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** Starts a program, whose standard output goes to a file of its own. */
  protected RunningProgram start(Class<?> program, List<String> arguments) throws IOException {
    return start(program, arguments, folder.resolve("out-" + started.size()));
  }

  /** Starts a program, whose standard output goes to this file. */
  protected RunningProgram start(Class<?> program, List<String> arguments, Path out)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM_OPTIONS);
    if (Runtime.version().feature() >= 24) {
      command.addAll(NEWER_JVM_OPTIONS);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    command.addAll(arguments);
    Path err = folder.resolve("err-" + started.size());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put(NetworkSecretOptions.VARIABLE, SECRET.reveal());
    Process process = builder.start();
    killAfterwards(process.toHandle());
    return new RunningProgram(process, out, err);
  }

  /** Has a process end with the test. */
  protected void killAfterwards(ProcessHandle process) {
    started.add(process);
  }

  /** A file of bytes that are always the same for a size. */
  protected Path file(String name, int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    return Files.write(folder.resolve(name), content);
  }

  /** The file that takes nothing, where there is one. */
  protected static Path fullDevice() {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "this system has no /dev/full");
    return full;
  }

  /** Skips the test for one who may read and write whatever he likes. */
  protected static void assumeForbidden(boolean allowed) {
    assumeFalse(allowed, "this user may do anything (root)");
  }

  /** Skips the test where Ctrl-C has been turned off, as it is for jobs in the background. */
  protected static void assumeInterruptible() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (Files.exists(status)) {
      for (String line : Files.readAllLines(status)) {
        boolean ignored =
            line.startsWith("SigIgn:")
                && (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 0b10) != 0;
        assumeFalse(ignored, "SIGINT is ignored here, and so it is in what is started");
      }
    }
  }
}
