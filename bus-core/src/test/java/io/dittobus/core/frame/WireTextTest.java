// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireTextTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"", "plain text, with (marks)!", "äöü ß", "日本語", "🙂👍", "\"quoted\" 'too'"})
  @DisplayName("WF-3: what can be printed is left alone")
  void printable(String text) {
    assertThat(WireText.escape(text)).isEqualTo(text);
  }

  @Test
  @DisplayName("WF-3: lines, ANSI escapes, changes of direction and backslashes are escaped")
  void escaped() {
    assertThat(WireText.escape("a\nb\r\tc\0")).isEqualTo("a\\u000ab\\u000d\\u0009c\\u0000");
    assertThat(WireText.escape("\u001b[31mred")).isEqualTo("\\u001b[31mred");
    assertThat(WireText.escape("\u009b2J")).isEqualTo("\\u009b2J");
    assertThat(WireText.escape("\u007f")).isEqualTo("\\u007f");
    assertThat(WireText.escape("\u202eexe.txt\u2066\u200f"))
        .isEqualTo("\\u202eexe.txt\\u2066\\u200f");
    assertThat(WireText.escape("a\u2028b\u2029")).isEqualTo("a\\u2028b\\u2029");
    assertThat(WireText.escape("\u200b\ufeff\u00ad")).isEqualTo("\\u200b\\ufeff\\u00ad");
    assertThat(WireText.escape("C:\\u000a")).isEqualTo("C:\\u005cu000a");
  }

  @Test
  @DisplayName("WF-3: invisible characters beyond the basic plane are escaped too")
  void invisibleTags() {
    assertThat(WireText.escape("a\udb40\udc41b")).isEqualTo("a\\udb40\\udc41b");
  }

  @Test
  @DisplayName("WF-3: lone surrogates are escaped, pairs are kept whole")
  void surrogates() {
    assertThat(WireText.escape("a\ud83d")).isEqualTo("a\\ud83d");
    assertThat(WireText.escape("\ude42b")).isEqualTo("\\ude42b");
    assertThat(WireText.escape("\ud83d\ude42")).isEqualTo("\ud83d\ude42");
  }

  @Test
  @DisplayName("WF-3: a long text is cut, never within a character or an escape")
  void cut() {
    assertThat(WireText.escape("x".repeat(100_000))).isEqualTo("x".repeat(WireText.MAX_LINE));
    for (int lead = 0; lead < 12; lead++) {
      String pairs = WireText.escape("x".repeat(lead) + "🙂".repeat(2_000));
      assertThat(pairs).hasSizeBetween(WireText.MAX_LINE - 1, WireText.MAX_LINE);
      assertThat(pairs).endsWith("🙂");
      String escapes = WireText.escape("x".repeat(lead) + "\n".repeat(2_000));
      assertThat(escapes).hasSizeBetween(WireText.MAX_LINE - 5, WireText.MAX_LINE);
      assertThat(escapes).endsWith("\\u000a");
    }
  }

  @Test
  @DisplayName("WF-3: whatever comes in, what comes out is one printable line")
  void anyText() {
    for (long seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(50); i > 0; i--) {
        text.append(
            (char) (random.nextBoolean() ? random.nextInt(0x100) : random.nextInt(0x10000)));
      }
      String safe = WireText.escape(text.toString());
      assertThat(safe.length()).as("seed %d", seed).isLessThanOrEqualTo(WireText.MAX_LINE);
      assertThat(safe.codePoints().allMatch(WireTextTest::isPrintable))
          .as("seed %d", seed)
          .isTrue();
    }
  }

  private static boolean isPrintable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "ä", "a日", "🙂", "x🙂"})
  @DisplayName("WF-3: a text is sent with at most 512 bytes, cut between characters")
  void sent(String piece) {
    byte[] cut = WireText.cut(piece.repeat(1_000));
    String text = new String(cut, StandardCharsets.UTF_8);
    assertThat(cut).hasSizeBetween(WireText.MAX_SENT - 3, WireText.MAX_SENT);
    assertThat(piece.repeat(1_000)).startsWith(text);
    assertThat(WireText.cut(piece)).isEqualTo(piece.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  @DisplayName("WF-3: a text for people may be malformed, one that decides may not")
  void malformed() throws FrameException {
    byte[] bytes = {'a', (byte) 0xff, 'b'};
    ByteBuf wire = Unpooled.buffer();
    WireText.write(wire, bytes);
    assertThat(WireText.readLine(wire.duplicate(), "a line")).isEqualTo("a\ufffdb");
    assertThatThrownBy(() -> WireText.read(wire, 255, "a label"))
        .isInstanceOf(FrameException.class)
        .hasMessage("a label is not UTF-8");
  }

  @Test
  @DisplayName("WF-3: a text beyond its limit is refused before it is read")
  void tooLong() {
    ByteBuf wire = Unpooled.buffer();
    Varint.write(wire, Varint.MAX);
    assertThatThrownBy(() -> WireText.readBytes(wire, 8, "a value"))
        .isInstanceOf(FrameException.class)
        .hasMessage("a value has 4611686018427387903 bytes; at most 8");
  }
}
