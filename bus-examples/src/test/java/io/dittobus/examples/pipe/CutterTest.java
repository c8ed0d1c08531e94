// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However bytes are cut, all of them are there. */
class CutterTest {

  private static List<String> messages(Cutter cutter) throws IOException {
    List<String> messages = new ArrayList<>();
    for (byte[] next = cutter.next(); next != null; next = cutter.next()) {
      messages.add(new String(next, UTF_8));
    }
    assertThat(cutter.next()).as("after the end").isNull();
    return messages;
  }

  private static InputStream of(String text) {
    return new ByteArrayInputStream(text.getBytes(UTF_8));
  }

  @Test
  void chunks() throws IOException {
    assertThat(messages(Cutter.chunks(of("abcdefg"), 3))).containsExactly("abc", "def", "g");
    assertThat(messages(Cutter.chunks(of("abc"), 3))).containsExactly("abc");
    assertThat(messages(Cutter.chunks(of(""), 3))).isEmpty();
  }

  @Test
  void aChunkDoesNotWaitToBecomeLarger() throws IOException {
    InputStream dribble =
        new ByteArrayInputStream("abc".getBytes(UTF_8)) {
          @Override
          public synchronized int read(byte[] into, int offset, int length) {
            return super.read(into, offset, Math.min(1, length));
          }
        };
    assertThat(messages(Cutter.chunks(dribble, 100))).containsExactly("a", "b", "c");
  }

  @Test
  void chunksShareNoMemory() throws IOException {
    Cutter cutter = Cutter.chunks(of("abcd"), 2);
    byte[] first = cutter.next();
    assertThat(cutter.next()).asString(UTF_8).isEqualTo("cd");
    assertThat(first).asString(UTF_8).isEqualTo("ab");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\nb\n|a\n,b\n", "a\nb|a\n,b", "\n\n|\n,\n", "a\r\n|a\r\n", "a|a"})
  void lines(String example) throws IOException {
    String[] parts = example.split("\\|", -1);
    assertThat(messages(Cutter.lines(of(parts[0]), 100))).containsExactly(parts[1].split(",", -1));
  }

  @Test
  void noLines() throws IOException {
    assertThat(messages(Cutter.lines(of(""), 100))).isEmpty();
  }

  @Test
  void longLinesAreCut() throws IOException {
    assertThat(messages(Cutter.lines(of("abcdefg\nabc\n"), 4)))
        .containsExactly("abcd", "efg\n", "abc\n");
    assertThat(messages(Cutter.lines(of("abcd\ne"), 4))).containsExactly("abcd", "\n", "e");
  }

  @Test
  void allBytesAreThere() throws IOException {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      byte[] bytes = new byte[random.nextInt(2_000)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (random.nextInt(20) == 0 ? '\n' : random.nextInt(256));
      }
      int most = 1 + random.nextInt(100);
      InputStream in = new ByteArrayInputStream(bytes);
      Cutter cutter = random.nextBoolean() ? Cutter.lines(in, most) : Cutter.chunks(in, most);
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (byte[] next = cutter.next(); next != null; next = cutter.next()) {
        assertThat(next.length).as("seed %d", seed).isBetween(1, most);
        all.writeBytes(next);
      }
      assertThat(all.toByteArray()).as("seed %d", seed).isEqualTo(bytes);
    }
  }
}
