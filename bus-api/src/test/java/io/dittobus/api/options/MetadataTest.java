// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataTest {

  @Test
  @DisplayName("a key may stand more than once, the order is kept, the first value is found")
  void order() {
    Metadata metadata = Metadata.of("b", "1").with("a", "ä").with("b", new byte[] {(byte) 0xff});
    assertThat(metadata.entries()).extracting(Metadata.Entry::key).containsExactly("b", "a", "b");
    assertThat(metadata.text("b")).contains("1");
    assertThat(metadata.text("a")).contains("ä");
    assertThat(metadata.bytes("c")).isEmpty();
    assertThat(metadata.entries().get(2).value()).containsExactly(0xff);
    assertThat(metadata.isEmpty()).isFalse();
    assertThat(Metadata.empty().isEmpty()).isTrue();
  }

  @Test
  @DisplayName("values are copied in and out, and a list never changes")
  void immutable() {
    byte[] value = {1};
    Metadata metadata = Metadata.empty().with("k", value);
    value[0] = 2;
    metadata.bytes("k").orElseThrow()[0] = 3;
    metadata.entries().get(0).value()[0] = 4;
    assertThat(metadata.bytes("k").orElseThrow()).containsExactly(1);
    assertThat(Metadata.empty().entries()).isEmpty();
    assertThatThrownBy(() -> metadata.entries().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  @DisplayName("lists are equal when all keys and values are; values are never printed")
  void equality() {
    Metadata one = Metadata.of("k", "secret").with("l", "");
    Metadata same = Metadata.of("k", "secret").with("l", "");
    assertThat(one).isEqualTo(same).hasSameHashCodeAs(same);
    assertThat(one).isNotEqualTo(Metadata.of("l", "").with("k", "secret"));
    assertThat(one).isNotEqualTo(Metadata.of("k", "secreT").with("l", ""));
    assertThat(one).hasToString("[k(6 bytes), l(0 bytes)]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dittobus.", "dittobus.trace"})
  @DisplayName("keys of the library's own are not for applications, but can be read")
  void reserved(String key) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Metadata.of(key, "x"))
        .withMessageContaining("are the library's own; this is " + key);
    assertThat(Metadata.empty().withAnyKey(key, new byte[] {'x'}).text(key)).contains("x");
    assertThat(Metadata.of("dittobus", "x").with("Dittobus.x", "y").entries()).hasSize(2);
  }

  @Test
  @DisplayName("a key has 1 to 255 bytes of UTF-8, and whole characters")
  void keys() {
    String longest = "ä".repeat(127) + "x";
    assertThat(Metadata.of(longest, "").entries().get(0).sizeBytes()).isEqualTo(255);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Metadata.of(longest + "x", ""))
        .withMessage("A metadata key has 1 to 255 bytes of UTF-8; this has 256");
    assertThatIllegalArgumentException().isThrownBy(() -> Metadata.of("", "x"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Metadata.of("a\ud83d", "x"))
        .withMessageContaining("lone surrogates");
  }

  @Test
  @DisplayName("all keys and values together have at most 8,192 bytes")
  void bytes() {
    Metadata full = Metadata.of("k", "x".repeat(4000)).with("ä", new byte[8192 - 4001 - 2]);
    assertThat(full.entries().stream().mapToInt(Metadata.Entry::sizeBytes).sum()).isEqualTo(8192);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> full.with("k", ""))
        .withMessage("Metadata holds at most 64 entries and 8192 bytes; this would be 3 and 8193");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Metadata.empty().with("k", new byte[8192]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Metadata.empty().withAnyKey("dittobus.k", new byte[8192]));
  }

  @Test
  @DisplayName("there are at most 64 entries")
  void entries() {
    Metadata metadata = Metadata.empty();
    for (int i = 0; i < Metadata.MAX_ENTRIES; i++) {
      metadata = metadata.with("k", "v".getBytes(StandardCharsets.UTF_8));
    }
    Metadata full = metadata;
    assertThat(full.entries()).hasSize(64);
    assertThatIllegalArgumentException().isThrownBy(() -> full.with("k", ""));
  }
}
