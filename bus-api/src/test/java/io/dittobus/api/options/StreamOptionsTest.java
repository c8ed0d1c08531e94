// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamOptionsTest {

  private static final StreamOptions OPTIONS = StreamOptions.reliable("telemetry/v1");

  @Test
  @DisplayName("the defaults, and one change at a time")
  void changes() {
    assertThat(OPTIONS)
        .isEqualTo(
            new StreamOptions(
                ReliabilityMode.RELIABLE,
                "telemetry/v1",
                Metadata.empty(),
                Duration.ofSeconds(15),
                FlowOptions.defaults()));
    Metadata metadata = Metadata.of("k", "v");
    FlowOptions flow = FlowOptions.defaults().withMaxQueuedBytes(5);
    StreamOptions changed =
        OPTIONS
            .withMetadata(metadata)
            .withOpenTimeout(Duration.ofMillis(3))
            .withFlow(flow)
            .withPrefetch(7);
    assertThat(changed)
        .isEqualTo(
            new StreamOptions(
                ReliabilityMode.RELIABLE,
                "telemetry/v1",
                metadata,
                Duration.ofMillis(3),
                flow.withPrefetch(7)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "ä日🙂"})
  @DisplayName("a label has 1 to 255 bytes of UTF-8")
  void labels(String piece) {
    int bytes = piece.getBytes(StandardCharsets.UTF_8).length;
    String longest = piece.repeat(255 / bytes) + "x".repeat(255 % bytes);
    assertThat(StreamOptions.reliable(longest).label()).isEqualTo(longest);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StreamOptions.reliable(longest + "x"))
        .withMessage("A label has 1 to 255 bytes of UTF-8; this has 256");
    assertThatIllegalArgumentException().isThrownBy(() -> StreamOptions.reliable(""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\ud83d", "\ude42", "\ude42\ud83d"})
  @DisplayName("half a character would arrive as another label, and is refused")
  void loneSurrogates(String label) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StreamOptions.reliable(label))
        .withMessageContaining("lone surrogates");
  }

  @Test
  @DisplayName("the open timeout is above zero, and as long as one likes")
  void openTimeout() {
    Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
    assertThat(OPTIONS.withOpenTimeout(longest).openTimeout()).isEqualTo(longest);
    assertThat(OPTIONS.withOpenTimeout(Duration.ofNanos(1)).openTimeout()).isPositive();
    for (Duration wrong :
        new Duration[] {Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE)}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> OPTIONS.withOpenTimeout(wrong))
          .withMessage("openTimeout is above zero; this is " + wrong);
    }
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThatNullPointerException()
        .isThrownBy(() -> StreamOptions.reliable(null))
        .withMessage("label");
    assertThatNullPointerException()
        .isThrownBy(() -> OPTIONS.withMetadata(null))
        .withMessage("metadata");
    assertThatNullPointerException()
        .isThrownBy(() -> OPTIONS.withOpenTimeout(null))
        .withMessage("openTimeout");
    assertThatNullPointerException().isThrownBy(() -> OPTIONS.withFlow(null)).withMessage("flow");
  }

  @Test
  @DisplayName("the bounds of one end, at both ends of their ranges and beyond")
  void flow() {
    FlowOptions flow = FlowOptions.defaults();
    assertThat(flow).isEqualTo(new FlowOptions(0, 256, 1 << 20));
    assertThat(flow.withPrefetch(Integer.MAX_VALUE).prefetch()).isEqualTo(Integer.MAX_VALUE);
    assertThat(flow.withMaxQueuedMessages(1 << 20).maxQueuedMessages()).isEqualTo(1 << 20);
    assertThat(flow.withMaxQueuedMessages(1).maxQueuedMessages()).isEqualTo(1);
    assertThat(flow.withMaxQueuedBytes(1).maxQueuedBytes()).isEqualTo(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> flow.withPrefetch(-1))
        .withMessage("prefetch is at least 0; this is -1");
    for (int wrong : new int[] {0, -1, (1 << 20) + 1}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> flow.withMaxQueuedMessages(wrong))
          .withMessage("maxQueuedMessages is 1 to 1048576; this is " + wrong);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> flow.withMaxQueuedBytes(0))
        .withMessage("maxQueuedBytes is at least 1; this is 0");
  }

  @Test
  @DisplayName("the modes have Ditto's numbers")
  void modes() {
    assertThat(ReliabilityMode.of(1)).isEqualTo(ReliabilityMode.UNRELIABLE);
    assertThat(ReliabilityMode.of(2)).isEqualTo(ReliabilityMode.UNRELIABLE_SEQUENCED);
    assertThat(ReliabilityMode.of(3)).isEqualTo(ReliabilityMode.RELIABLE);
    for (ReliabilityMode mode : ReliabilityMode.values()) {
      assertThat(ReliabilityMode.of(mode.number())).isEqualTo(mode);
    }
    for (int wrong : new int[] {0, 4, -1}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ReliabilityMode.of(wrong))
          .withMessage("No reliability mode has number " + wrong);
    }
  }
}
