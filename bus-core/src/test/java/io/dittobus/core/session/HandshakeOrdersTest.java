// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class HandshakeOrdersTest {

  private static final long SEEDS = 20_000;

  @Test
  @DisplayName("HS-1 HS-7 HS-8: nothing of a session before READY, whatever is said in any order")
  void anyOrder() {
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        HandshakeOrders.run(seed);
      } catch (RuntimeException | AssertionError e) {
        fail("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }
}
