// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VarintTest {

  @ParameterizedTest
  @CsvSource({
    "0, 00",
    "63, 3f",
    "64, 4040",
    "16383, 7fff",
    "16384, 80004000",
    "1073741823, bfffffff",
    "1073741824, c000000040000000",
    "4611686018427387903, ffffffffffffffff"
  })
  @DisplayName("WF-2: the shortest form is written, at every border")
  void borders(long value, String hex) throws FrameException {
    ByteBuf buffer = Unpooled.buffer();
    Varint.write(buffer, value);
    assertThat(ByteBufUtil.hexDump(buffer)).isEqualTo(hex);
    assertThat(Varint.size(value)).isEqualTo(hex.length() / 2);
    assertThat(Varint.read(buffer)).isEqualTo(value);
    assertThat(buffer.isReadable()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"05", "4005", "80000005", "c000000000000005"})
  @DisplayName("WF-2: any form is read")
  void longForms(String hex) throws FrameException {
    assertThat(Varint.read(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex)))).isEqualTo(5);
  }

  @Test
  @DisplayName("WF-2: what is written is read")
  void roundTrip() throws FrameException {
    Random random = new Random(1);
    ByteBuf buffer = Unpooled.buffer();
    for (int i = 0; i < 100_000; i++) {
      long value = (random.nextLong() & Varint.MAX) >>> random.nextInt(62);
      buffer.clear();
      Varint.write(buffer, value);
      assertThat(buffer.readableBytes()).isEqualTo(Varint.size(value));
      assertThat(Varint.read(buffer)).isEqualTo(value);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "40", "800000", "c0000000000000"})
  void whatIsCutOffIsRefused(String hex) {
    ByteBuf buffer = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
    assertThatThrownBy(() -> Varint.read(buffer)).isInstanceOf(FrameException.class);
    assertThat(buffer.readerIndex()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Varint.MAX + 1, Long.MAX_VALUE})
  void whatIsOutOfRangeIsNotWritten(long value) {
    ByteBuf buffer = Unpooled.buffer();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Varint.write(buffer, value))
        .withMessageContaining(Long.toString(value));
    assertThat(buffer.isReadable()).isFalse();
  }
}
