// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChargeTest {

  @ParameterizedTest
  @CsvSource({"0, 32", "1, 33", "16384, 16416", "1073741824, 1073741856"})
  @DisplayName("FC-3: a message is charged its payload and 32 bytes")
  void charge(long payload, long charge) {
    assertThat(Charge.of(payload)).isEqualTo(charge);
  }

  @Test
  @DisplayName("FC-2: sums saturate at the largest number of the wire")
  void saturation() {
    long unlimited = (1L << 62) - 1;
    assertThat(Charge.UNLIMITED).isEqualTo(unlimited);
    assertThat(Charge.saturatedSum(3, 4)).isEqualTo(7);
    assertThat(Charge.saturatedSum(unlimited, 0)).isEqualTo(unlimited);
    assertThat(Charge.saturatedSum(unlimited - 1, 1)).isEqualTo(unlimited);
    assertThat(Charge.saturatedSum(unlimited, 1)).isEqualTo(unlimited);
    assertThat(Charge.saturatedSum(Long.MAX_VALUE, 0)).isEqualTo(unlimited);
    assertThat(Charge.saturatedSum(Long.MAX_VALUE, 1)).isEqualTo(unlimited);
    assertThat(Charge.saturatedSum(Long.MAX_VALUE, Long.MAX_VALUE)).isEqualTo(unlimited);
  }
}
