// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.NetworkSecret;
import java.io.BufferedReader;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Another process begins thousands of handshakes and goes on with none. */
@Tag("long")
class StalledHandshakesTest {

  private static final int HONEST = 20;
  private static final long MOST_GROWTH = 64L << 20;

  private static final Admission ADMISSION = Admission.networkSecret(NetworkSecret.random());

  /** Heap and buffers in use, in bytes, when all that is garbage has gone. */
  private static long inUse() {
    System.gc();
    long bytes = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      bytes += pool.getMemoryUsed();
    }
    return bytes;
  }

  private static Process stall(int port, int number, StalledClients.Stall how) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            StalledClients.class.getName(),
            Integer.toString(port),
            Integer.toString(number),
            how.name())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /**
   * A bus that comes, finds its peer, and goes; how long the finding took, in nanoseconds. While
   * more strangers come within one handshake than there is room for, it may be the oldest, and
   * tries again.
   */
  private static long connect(SteadyStream steady) throws Exception {
    try (NotingBus bus = NotingBus.start(builder -> builder.admission(ADMISSION))) {
      long began = System.nanoTime();
      int tries = 0;
      while (bus.connected.isEmpty()) {
        bus.bus.connect(steady.endpoint(), null);
        int ends = ++tries;
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> !bus.connected.isEmpty() || bus.failures.size() == ends);
        assertThat(tries).as("%s", bus.failures).isLessThan(10);
      }
      return System.nanoTime() - began;
    }
  }

  @ParameterizedTest
  @CsvSource({"4000, BEFORE_TLS", "4000, IN_TLS", "1500, BEHIND_TLS"})
  @DisplayName("stalled handshakes: honest peers connect, streams go on, memory is bounded:")
  void stalled(int number, StalledClients.Stall how) throws Exception {
    try (SteadyStream steady = new SteadyStream(Duration.ofSeconds(5), ADMISSION)) {
      await().atMost(Duration.ofSeconds(20)).until(() -> steady.lastReceived() > 100);
      long calm = connect(steady);
      long before = inUse();
      Process process = stall(steady.endpoint().port(), number, how);
      long slowest = 0;
      long during;
      try {
        // From the first of them on, and when all are there.
        for (int i = 0; i < HONEST; i++) {
          slowest = Math.max(slowest, connect(steady));
        }
        BufferedReader output = process.inputReader(StandardCharsets.US_ASCII);
        assertThat(output.readLine()).isEqualTo("stalled " + number);
        during = inUse();
        for (int i = 0; i < HONEST; i++) {
          slowest = Math.max(slowest, connect(steady));
        }
        long received = steady.lastReceived();
        await().atMost(Duration.ofSeconds(20)).until(() -> steady.lastReceived() > received + 100);
        // All are gone in time, though they are still there.
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> steady.failedHandshakes.size() >= number);
      } finally {
        process.destroyForcibly();
        process.waitFor();
      }
      long after = inUse();
      System.out.printf(
          "memory in use: before %d KiB, during %d KiB, after %d KiB;"
              + " connecting: %d ms before, at most %d ms during%n",
          before >> 10, during >> 10, after >> 10, calm / 1_000_000, slowest / 1_000_000);
      assertThat(during - before).isLessThan(MOST_GROWTH);
      assertThat(after - before).isLessThan(MOST_GROWTH / 4);
      assertThat(steady.surprises).isEmpty();
      assertThat(steady.complete()).hasSize(2);
    }
  }
}
