// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.NetworkSecret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What {@code openssl s_client} learns from the port: no more than docs/security.md says. */
class OpenSslClientTest {

  @BeforeEach
  void onlyWhereItIs() throws InterruptedException {
    try {
      assumeTrue(new ProcessBuilder("openssl", "version").start().waitFor() == 0, "no openssl");
    } catch (IOException e) {
      assumeTrue(false, "no openssl");
    }
  }

  private static String client(SteadyStream steady, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("openssl", "s_client"));
    command.addAll(List.of("-connect", "127.0.0.1:" + steady.endpoint().port()));
    command.addAll(List.of(options));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close(); // it goes when its input has ended
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return said;
  }

  @Test
  @DisplayName("a stranger sees TLS 1.3, a certificate, and that he needs one; never TLS 1.2")
  void stranger() throws Exception {
    Admission admission = Admission.networkSecret(NetworkSecret.random());
    try (SteadyStream steady = new SteadyStream(Duration.ofSeconds(5), admission)) {
      assertThat(client(steady))
          .contains("TLSv1.3", "subject=CN = dittobus", "No client certificate CA names sent")
          .contains("Requested Signature Algorithms", "No ALPN negotiated")
          .doesNotContain("Early data was accepted");
      assertThat(client(steady, "-tls1_2")).contains("alert protocol version");
      assertThat(client(steady, "-tls1_1")).doesNotContain("subject=");
      assertThat(steady.complete()).hasSize(2);
      assertThat(steady.surprises).isEmpty();
    }
  }
}
