// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Keeps {@code docs/errors.md} in step with {@link ErrorCode}. To write it anew: {@code mvn test
 * -pl bus-api -Dtest=ErrorPageTest -Ddocs.write=true}.
 */
class ErrorPageTest {

  private static final Path PAGE = Path.of("../docs/errors.md");

  @Test
  @DisplayName("docs/errors.md is made from the error codes")
  void pageIsCurrent() throws IOException {
    String expected = page();
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(PAGE, expected);
    }
    assertThat(Files.readString(PAGE)).isEqualTo(expected);
  }

  private static String page() {
    StringBuilder page =
        new StringBuilder(
            """
            # Errors

            Every failure that the bus tells has a code, which stands at the start of its message. This page is made from
            `ErrorCode` (see `ErrorPageTest`).

            | code | name | what happened | what to do |
            | --- | --- | --- | --- |
            """);
    for (ErrorCode code : ErrorCode.values()) {
      if (code != ErrorCode.NONE) {
        page.append(
            "| %s | `%s` | %s | %s |%n".formatted(code, code.name(), code.cause(), code.remedy()));
      }
    }
    page.append(
        """

        ## Reasons of completion

        Why a stream, or one direction of it, is over (`BusCompletionReason`).

        | reason | a failure | code |
        | --- | --- | --- |
        """);
    for (BusCompletionReason reason : BusCompletionReason.values()) {
      page.append(
          "| `%s` | %s | %s |%n"
              .formatted(reason, reason.isFailure() ? "yes" : "no", shown(reason.errorCode())));
    }
    page.append(
        """

        ## Results of messages

        How a message on a stream ended (`MessageResult`), and the code of the error that a sink tells of it.

        | result | code |
        | --- | --- |
        """);
    for (MessageResult result : MessageResult.values()) {
      page.append("| `%s` | %s |%n".formatted(result, shown(result.errorCode())));
    }
    page.append(
        """

        How a single message ended (`BusSingleSendResult`).

        | result | code |
        | --- | --- |
        """);
    for (BusSingleSendResult result : BusSingleSendResult.values()) {
      page.append("| `%s` | %s |%n".formatted(result, shown(result.errorCode())));
    }
    return page.toString();
  }

  private static String shown(ErrorCode code) {
    return code == ErrorCode.NONE ? "–" : code.toString();
  }
}
