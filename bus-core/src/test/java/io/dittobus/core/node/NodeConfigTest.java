// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dittobus.api.BusListener;
import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.Permission;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.peer.PeerIdentity;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class NodeConfigTest {

  private static NodeConfig config(Duration connectTimeout) {
    return new NodeConfig(
        PeerIdentity.ephemeral(),
        BusOptions.defaults(),
        List.of(),
        new BusListener() {},
        connectTimeout,
        Admission.insecure(),
        Permission.ALL);
  }

  @Test
  @DisplayName("a connect timeout is above zero; as good as for ever can still be counted")
  void connectTimeout() {
    assertThat(config(Duration.ofSeconds(3)).connectTimeout()).hasSeconds(3);
    Duration longest = config(Duration.ofSeconds(Long.MAX_VALUE)).connectTimeout();
    assertThat(longest).isGreaterThan(Duration.ofDays(3650));
    assertThat(longest.toNanos()).isPositive();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config(Duration.ZERO))
        .withMessageContaining("connectTimeout is above zero");
    assertThatIllegalArgumentException().isThrownBy(() -> config(Duration.ofNanos(-1)));
  }
}
