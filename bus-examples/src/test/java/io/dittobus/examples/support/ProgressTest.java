// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What is shown of a program's course, in virtual time. */
class ProgressTest {

  private static final String ON_TERMINAL = "dittobus.terminal";
  private static final String ERASE_LINE = "\r\033[K";

  private final PrintStream before = System.err;
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
  private final AtomicReference<String> state = new AtomicReference<>("none");
  private VirtualTimeScheduler time;

  @BeforeEach
  void lookOn() {
    time = VirtualTimeScheduler.getOrSet();
    System.setErr(new PrintStream(shown, true, UTF_8));
  }

  @AfterEach
  void lookAway() {
    System.setErr(before);
    VirtualTimeScheduler.reset();
    System.clearProperty(ON_TERMINAL);
  }

  private int pass(String now, int millis) {
    state.set(now);
    time.advanceTimeBy(Duration.ofMillis(millis));
    return 0;
  }

  private String shown() {
    return shown.toString(UTF_8).replace(System.lineSeparator(), "\n");
  }

  @Test
  void aLineNowAndThenUnlessItSaysTheSameAgain() {
    int result =
        Progress.during(
            "pipe",
            state::get,
            () -> pass("one", 1999) + pass("two", 1) + pass("two", 4000) + pass("three", 2000) + 7);
    pass("after", 10_000);

    assertThat(result).isEqualTo(7);
    assertThat(shown()).isEqualTo("pipe: two\npipe: three\n");
  }

  @Test
  void onATerminalOneLineThatChanges() {
    System.setProperty(ON_TERMINAL, "true");
    var unused = Progress.during("pipe", state::get, () -> pass("one", 200) + pass("two", 200));
    pass("after", 10_000);

    assertThat(shown()).isEqualTo(ERASE_LINE + "pipe: one" + ERASE_LINE + "pipe: two" + ERASE_LINE);
  }

  @Test
  void nothingAfterAFailure() {
    IllegalStateException failure = new IllegalStateException();
    assertThatThrownBy(
            () ->
                Progress.during(
                    "pipe",
                    state::get,
                    () -> {
                      throw failure;
                    }))
        .isSameAs(failure);
    pass("after", 10_000);
    assertThat(shown()).isEmpty();
  }
}
