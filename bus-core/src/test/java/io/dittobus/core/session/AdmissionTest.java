// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.BusOptions;
import io.dittobus.core.frame.FrameWriter;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** When a large message that was let in counts as stalled. */
class AdmissionTest {

  private static final long LONG = Duration.ofSeconds(40).toNanos();
  private static final long SECOND_LOOK = Duration.ofMillis(10).toNanos();
  private static final int TOTAL = 200_000;

  private final PeerScript script = new PeerScript(BusOptions.defaults());

  @AfterEach
  void nothingIsLeft() {
    script.peer.close();
  }

  @BeforeEach
  void aLargeMessageIsUnderWay() {
    script.session().request(script.stream(2, 0), 1);
    script.peer.read();
    script.fragment(2, true, false, 1, TOTAL, 8000);
    assertThat(script.session().freeReassemblyBytes())
        .isEqualTo(BusOptions.defaults().reassemblyBudget() - TOTAL);
  }

  private void lookTwice() {
    script.peer.pass(LONG);
    script.peer.write(out -> FrameWriter.pong(out, 0));
    assertThat(script.session().nextTimeoutNanos() - script.peer.now()).isEqualTo(SECOND_LOOK);
    assertThat(script.frames(2)).noneMatch(f -> f.startsWith("RESET"));
  }

  @Test
  @DisplayName("FR-5: a message that does not move for long costs its stream, at the second look")
  void stalled() {
    lookTwice();
    script.peer.pass(SECOND_LOOK - 1);
    assertThat(script.frames(2)).noneMatch(f -> f.startsWith("RESET"));
    script.peer.pass(1);
    assertThat(script.frames(2)).contains("RESET 2 PROTOCOL");
    assertThat(script.session().freeReassemblyBytes())
        .isEqualTo(BusOptions.defaults().reassemblyBudget());
  }

  @Test
  @DisplayName("FR-5: a pause of this side is not taken for a stall: what came meanwhile is read")
  void pausedOurselves() {
    for (int i = 0; i < 3; i++) {
      lookTwice();
      script.fragment(2, false, false, 1, TOTAL, 8000);
      script.peer.pass(SECOND_LOOK);
    }
    assertThat(script.frames(2)).noneMatch(f -> f.startsWith("RESET"));
  }
}
