// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.peer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerKeyTest {

  private static PeerKey key(int first, int last) {
    byte[] bytes = new byte[PeerKey.LENGTH];
    bytes[0] = (byte) first;
    bytes[PeerKey.LENGTH - 1] = (byte) last;
    return PeerKey.of(bytes);
  }

  @Test
  @DisplayName("the site id of a known key, and one that is printed unsigned")
  void siteId() {
    assertThat(key(0, 0).siteId()).isEqualTo(0x66687aadf862bd77L);
    int last = 0;
    while (key(0, last).siteId() >= 0) {
      last++;
    }
    DittoAddress address = DittoAddress.of(key(0, last));
    assertThat(address.siteId()).isNegative();
    assertThat(address.toString()).doesNotStartWith("-").hasSizeGreaterThanOrEqualTo(19);
    assertThat(Long.parseUnsignedLong(address.toString())).isEqualTo(address.siteId());
  }

  @Test
  @DisplayName("keys are ordered as unsigned bytes, first byte first")
  void order() {
    assertThat(key(0x80, 0)).isGreaterThan(key(0x7f, 0xff));
    assertThat(key(1, 0xff)).isGreaterThan(key(1, 0x7f)).isLessThan(key(2, 0));
    assertThat(key(3, 4)).isEqualByComparingTo(key(3, 4));
  }

  @Test
  @DisplayName("keys are equal when all bytes are, and are copied in and out")
  void whole() {
    byte[] bytes = new byte[PeerKey.LENGTH];
    PeerKey key = PeerKey.of(bytes);
    bytes[0] = 1;
    key.toBytes()[1] = 1;
    assertThat(key).isEqualTo(key(0, 0)).hasSameHashCodeAs(key(0, 0));
    assertThat(key).isNotEqualTo(key(0, 1)).isNotEqualTo(key(1, 0));
    assertThat(key(0xab, 1)).hasToString("ab" + "00".repeat(30) + "01");
  }

  @Test
  @DisplayName("two keys with one site id, found by five billion hashes, are two peers")
  void oneSiteId() {
    List<PeerKey> keys =
        Stream.of("d98ab1fe826ee803", "be21412280f93722")
            .map(end -> HexFormat.of().formatHex("two keys of one site id ".getBytes(UTF_8)) + end)
            .map(PeerKey::parse)
            .toList();
    PeerKey one = keys.get(0);
    PeerKey other = keys.get(1);
    assertThat(one.siteId()).isEqualTo(other.siteId());
    assertThat(one).isNotEqualTo(other).isNotEqualByComparingTo(other);
    assertThat(DittoAddress.of(one)).isNotEqualTo(DittoAddress.of(other));
    assertThat(Set.of(DittoAddress.of(one), DittoAddress.of(other))).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 31, 33})
  void otherLengthsAreRefused(int length) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeerKey.of(new byte[length]))
        .withMessage("A peer key has 32 bytes; these are " + length);
  }

  @Test
  @DisplayName("an address is made of parts that belong together")
  void address() {
    PeerKey key = key(1, 2);
    assertThat(new DittoAddress(key.siteId(), key)).isEqualTo(DittoAddress.of(key));
    assertThat(DittoAddress.of(key)).hasSameHashCodeAs(DittoAddress.of(key(1, 2)));
    assertThat(DittoAddress.of(key)).isNotEqualTo(DittoAddress.of(key(1, 3)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DittoAddress(-1, key))
        .withMessageContaining("18446744073709551615")
        .withMessageContaining(key.toString());
  }
}
