// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs {@link TransferCost} in a process without the agents and leak detection of the tests. */
@Tag("long")
class TransferCostTest {

  @Test
  @DisplayName("prints what TLS and resuming cost; a figure is compared with nothing")
  void print() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-Dreactor.netty.native=false", // the same event loops for all
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-cp",
                System.getProperty("java.class.path"),
                TransferCost.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String table = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    System.out.println(table);
    assertThat(process.waitFor()).isZero();
    assertThat(table.lines()).hasSize(9);
  }
}
