// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.result.StreamEnd.Origin;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StreamEndTest {

  @Test
  @DisplayName("one line: reason, whose doing, the text if there is one, and how far it had come")
  void describe() {
    StreamEnd end =
        new StreamEnd(BusCompletionReason.CANCELLED, Origin.REMOTE, 0, "enough", 7, 5, 3, 2);
    assertThat(end.describe())
        .isEqualTo(
            "CANCELLED by the other side: enough; written 7, acked 5, received 3, consumed 2");
    assertThat(StreamEnd.unopened(BusCompletionReason.TIMED_OUT, Origin.LOCAL, "").describe())
        .isEqualTo("TIMED_OUT by this side; written 0, acked 0, received 0, consumed 0");
    assertThat(StreamEnd.unopened(BusCompletionReason.PEER_LOST, Origin.LINK, "reset").describe())
        .startsWith("PEER_LOST (link): reset; ");
  }

  @Test
  @DisplayName("the application's code is told with its error, and with nothing else")
  void applicationCode() {
    StreamEnd error =
        new StreamEnd(BusCompletionReason.APPLICATION_ERROR, Origin.LOCAL, -42, "no", 1, 1, 0, 0);
    assertThat(error.describe()).startsWith("APPLICATION_ERROR (code -42) by this side: no; ");
    StreamEnd other =
        new StreamEnd(BusCompletionReason.TIMED_OUT, Origin.LOCAL, 42, "no", 1, 1, 0, 0);
    assertThat(other.describe()).doesNotContain("42");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("a clean or a wanted end is no failure; every failure has a code of the docs")
  void failures(BusCompletionReason reason) {
    boolean wanted =
        switch (reason) {
          case COMPLETED, CLOSED_LOCALLY, CLOSED_BY_REMOTE, CANCELLED, SHUT_DOWN -> true;
          default -> false;
        };
    StreamEnd end = StreamEnd.unopened(reason, Origin.LOCAL, "");
    assertThat(end.isFailure()).isEqualTo(!wanted);
    assertThat(reason.errorCode() == ErrorCode.NONE)
        .isEqualTo(reason == BusCompletionReason.COMPLETED);
    StreamException exception = new StreamException(end);
    assertThat(exception.code()).isEqualTo(reason.errorCode());
    assertThat(exception.reason()).isEqualTo(reason);
    assertThat(exception.end()).isEqualTo(end);
    assertThat(exception).hasMessage(reason.errorCode() + ": " + end.describe());
  }

  @Test
  @DisplayName("codes have numbers of their own, a cause and a remedy")
  void codes() {
    assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::number)).doesNotHaveDuplicates();
    for (ErrorCode code : ErrorCode.values()) {
      assertThat(code.cause()).as(code.name()).endsWith(".").hasLineCount(1);
      assertThat(code.remedy()).as(code.name()).endsWith(".").hasLineCount(1);
      assertThat(code).hasToString("DITTO-" + code.number());
    }
    assertThat(new DittoBusException(ErrorCode.OVERFLOW, "no room"))
        .hasMessage("DITTO-202: no room");
  }
}
