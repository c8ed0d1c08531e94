// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/** Sizes and numbers: read as people write them, and written as people read them. */
class NumbersTest {

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "65536, 65536",
    "64K, 65536",
    "64k, 65536",
    "64 KiB, 65536",
    "64kb, 65536",
    "5M, 5242880",
    "5MB/s, 5242880",
    "1.5M, 1572864",
    "1G, 1073741824",
    "0.5K, 512",
    "1.999, 1",
    "999999999999999, 999999999999999",
  })
  void sizes(String text, long bytes) {
    assertThat(new Sizes().convert(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "K", "-1", "+1", "1e3", "1,5M", "1T", "0x10", ".5M", "5M!", "M5", "٣"})
  void whatIsNoSize(String text) {
    assertThatThrownBy(() -> new Sizes().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageStartingWith("'" + text + "' is not a size: write bytes, such as");
  }

  @ParameterizedTest
  @CsvSource({"0, at least 1 byte", "0.9, at least 1 byte", "999999999999999G, too large"})
  void sizesOutOfRange(String text, String words) {
    assertThatThrownBy(() -> new Sizes().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("'" + text + "' is not a size: it is " + words);
  }

  /** Where an upper case letter of one's language is no ASCII. */
  @Test
  void sizesAreTheSameInEveryLanguage() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(new Locale("tr"));
      assertThat(new Sizes().convert("64KIB")).isEqualTo(65_536);
      assertThat(Text.bytes(1536)).isEqualTo("1.5 KiB");
    } finally {
      Locale.setDefault(before);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "-1, -1", "4040, 4040", "2147483647, 2147483647"})
  void wholeNumbers(String text, int number) {
    assertThat(new WholeNumbers().convert(text)).isEqualTo(number);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " 1", "1.0", "one", "2147483648", "0x10", "1_000"})
  void whatIsNoWholeNumber(String text) {
    assertThatThrownBy(() -> new WholeNumbers().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("'" + text + "' is not a whole number");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "1536, 1.5 KiB",
    "1048575, 1.0 MiB", // and not 1024.0 KiB
    "1048576, 1.0 MiB",
    "1099511627776, 1.0 TiB",
    "1125899906842624, 1024.0 TiB",
  })
  void bytes(long bytes, String text) {
    assertThat(Text.bytes(bytes)).isEqualTo(text);
  }

  @Test
  void ratesTimesAndCounts() {
    assertThat(Text.rate(3 << 20, 2_000_000_000L)).isEqualTo("1.5 MiB/s");
    assertThat(Text.rate(0, 0)).isEqualTo("0 B/s");
    assertThat(Text.seconds(1_250_000_000L)).isEqualTo("1.3 s");
    assertThat(Text.count(1, "message")).isEqualTo("1 message");
    assertThat(Text.count(0, "message")).isEqualTo("0 messages");
  }
}
