// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EndCauseTest {

  private static EndCause sent(EndCause cause) throws FrameException {
    ByteBuf wire = Unpooled.buffer();
    cause.write(wire);
    EndCause read = EndCause.read(wire);
    assertThat(wire.isReadable()).isFalse();
    return read;
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "LINK_LOST")
  @DisplayName("WF-6: a cause arrives with whose doing it was reversed")
  void roundTrip(EndCause.Kind kind) throws FrameException {
    EndCause here = new EndCause(kind, true, -5, "why");
    EndCause there = new EndCause(kind, false, -5, "why");
    assertThat(sent(here)).isEqualTo(there);
    assertThat(sent(there)).isEqualTo(here);
  }

  @Test
  @DisplayName("WF-6: the text of the other side is escaped and cut")
  void text() throws FrameException {
    EndCause cause = sent(EndCause.application(1, "\u001b[2J" + "x".repeat(5_000)));
    assertThat(cause.text()).startsWith("\\u001b[2Jxxx").hasSizeLessThan(WireText.MAX_LINE + 1);
  }

  @Test
  @DisplayName("WF-6: a higher number is the graver cause; of two alike the first stands")
  void graver() {
    for (EndCause.Kind one : EndCause.Kind.values()) {
      for (EndCause.Kind two : EndCause.Kind.values()) {
        EndCause first = EndCause.local(one, "first");
        EndCause second = EndCause.local(two, "second");
        assertThat(first.graver(second)).isSameAs(two.compareTo(one) > 0 ? second : first);
      }
    }
  }
}
