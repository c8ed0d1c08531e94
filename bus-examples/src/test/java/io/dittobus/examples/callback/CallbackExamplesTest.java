// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.callback;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.examples.support.ProcessTest;
import io.dittobus.examples.support.RunningProgram;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The examples of {@code docs/ditto-bus.md}, as people run them. */
class CallbackExamplesTest extends ProcessTest {

  private List<String> run(Class<?> program) throws Exception {
    RunningProgram running = start(program, List.of());
    assertThat(running.status()).as(running::err).isZero();
    assertThat(running.err()).isEmpty();
    return running.out().lines().toList();
  }

  @Test
  void stream() throws Exception {
    List<String> lines = run(StreamExample.class);
    assertThat(lines)
        .startsWith("client: the stream is open, RELIABLE")
        .containsSubsequence(
            "server: message 1 is 'one'",
            "server: message 2 is 'two'",
            "server: message 3 is 'three'",
            "server: CLOSED_BY_REMOTE")
        .containsSubsequence("client: SENT up to message 3", "client: CLOSED_LOCALLY")
        .contains("client: consumed up to message 3");
  }

  @Test
  void singleMessages() throws Exception {
    assertThat(run(SingleMessageExample.class))
        .containsExactlyInAnyOrder(
            "alice: got 'hello'",
            "alice: got 'anyone?'",
            "bob: got 'hello back'",
            "bob: RELIABLE message 1 is DELIVERED",
            "bob: UNRELIABLE message 2 is TRANSMITTED",
            "bob: RELIABLE message 3 is REFUSED",
            "alice: RELIABLE message 4 is DELIVERED");
  }

  @Test
  void sequenced() throws Exception {
    List<String> lines = run(SequencedExample.class);
    assertThat(lines)
        .contains("game: DROPPED_REPLACED up to message 4")
        .filteredOn(line -> line.startsWith("display: "))
        .last()
        .asString()
        .startsWith("display: position 5, ");
  }
}
