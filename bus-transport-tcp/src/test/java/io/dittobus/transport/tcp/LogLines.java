// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.awaitility.core.ConditionTimeoutException;

/** What this process logs from now on until closed, which then goes where it would have gone. */
public final class LogLines implements AutoCloseable {

  private static final Duration BOUND = Duration.ofSeconds(20);

  private final PrintStream before = System.err;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private LogLines() {
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
  }

  /** Begins. */
  public static LogLines capture() {
    return new LogLines();
  }

  /** All of it. */
  public String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** Waits for one line with all of these parts. */
  public void awaitLine(String... parts) {
    try {
      await().atMost(BOUND).until(() -> text().lines().anyMatch(line -> hasAll(line, parts)));
    } catch (ConditionTimeoutException e) {
      assertThat(text()).as("a line of the log").contains(parts);
      throw e;
    }
  }

  private static boolean hasAll(String line, String... parts) {
    for (String part : parts) {
      if (!line.contains(part)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    System.setErr(before);
    before.print(text());
  }
}
