// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.DittoBusCallback;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class TcpBusTest {

  private static final DittoBusCallback NOTHING = new DittoBusCallback() {};

  @Test
  void aBusOfWhichNobodySaidWhoMayJoinIsNotStarted() {
    assertThat(TcpBus.builder().start(NOTHING))
        .failsWithin(Duration.ofSeconds(1))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(IllegalStateException.class)
        .withMessageContaining("Say who may join");
  }

  @Test
  void whatCannotBeIsSaidWithoutAnythingBeingStarted() {
    assertThat(TcpBus.builder().insecure().connectTimeout(Duration.ZERO).start(NOTHING))
        .failsWithin(Duration.ofSeconds(1))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TcpBus.builder().listen("localhost", 65_536))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
