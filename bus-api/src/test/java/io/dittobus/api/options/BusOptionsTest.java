// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BusOptionsTest {

  private static final int GIB = 1 << 30;
  private static final Duration LONGEST = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);
  private static final Duration MOST_NEGATIVE = Duration.ofSeconds(Long.MIN_VALUE);

  /** An option set to something, and its name where that is out of its range. */
  private record Setting(String name, String value, UnaryOperator<BusOptions.Builder> set) {

    BusOptions build() {
      return set.apply(BusOptions.defaults().toBuilder()).build();
    }

    @Override
    public String toString() {
      return name + " " + value;
    }
  }

  private static Setting of(String name, Object value, UnaryOperator<BusOptions.Builder> set) {
    return new Setting(name, value.toString(), set);
  }

  private static Setting messageSize(int bytes) {
    return of("maxMessageSize", bytes, b -> b.maxMessageSize(bytes));
  }

  private static Setting streams(int streams) {
    return of("maxIncomingStreams", streams, b -> b.maxIncomingStreams(streams));
  }

  private static Setting sessions(int sessions) {
    return of("maxSessions", sessions, b -> b.maxSessions(sessions));
  }

  private static Setting handshakes(int handshakes) {
    return of("maxHandshakes", handshakes, b -> b.maxHandshakes(handshakes));
  }

  private static Setting initialWindow(int initial, int most) {
    return of("initialWindow", initial, b -> b.windows(initial, most));
  }

  private static Setting maxWindow(int initial, int most) {
    return of("maxWindow", most, b -> b.windows(initial, most));
  }

  private static Setting sessionBudget(long bytes) {
    return of("sessionWindowBudget", bytes, b -> b.windowBudgets(bytes, 0));
  }

  private static Setting busBudget(long bytes) {
    return of("busWindowBudget", bytes, b -> b.windowBudgets(0, bytes));
  }

  private static Setting reassembly(long bytes) {
    return of("reassemblyBudget", bytes, b -> b.reassemblyBudget(bytes));
  }

  private static Setting singleWindowMessages(int messages) {
    return of("singleWindowMessages", messages, b -> b.singleWindow(messages, 1 << 20));
  }

  private static Setting singleWindowBytes(int bytes) {
    return of("singleWindowBytes", bytes, b -> b.singleWindow(256, bytes));
  }

  private static Setting singleQueueMessages(int messages) {
    return of("maxQueuedSingleMessages", messages, b -> b.singleQueue(messages, 1 << 20));
  }

  private static Setting singleQueueBytes(int bytes) {
    return of("maxQueuedSingleBytes", bytes, b -> b.singleQueue(256, bytes));
  }

  private static Setting ackDelay(Duration delay) {
    return of("maxAckDelay", delay, b -> b.maxAckDelay(delay));
  }

  private static Setting handshake(Duration timeout) {
    return of("handshakeTimeout", timeout, b -> b.handshakeTimeout(timeout));
  }

  private static Setting ping(Duration interval) {
    return of("pingInterval", interval, b -> b.liveness(interval, Duration.ofHours(24)));
  }

  private static Setting dead(Duration after) {
    return of("deadAfter", after, b -> b.liveness(Duration.ofSeconds(5), after));
  }

  static Stream<Setting> allowed() {
    return Stream.of(
        messageSize(1),
        messageSize(GIB),
        streams(1),
        streams(1 << 20),
        sessions(1),
        sessions(1 << 16),
        handshakes(1),
        handshakes(1 << 16),
        initialWindow(BusOptions.MIN_WINDOW, BusOptions.MIN_WINDOW),
        initialWindow(GIB, GIB),
        sessionBudget(0),
        sessionBudget(Long.MAX_VALUE),
        busBudget(0),
        busBudget(Long.MAX_VALUE),
        reassembly(16 << 20),
        reassembly(Long.MAX_VALUE),
        singleWindowMessages(1),
        singleWindowMessages(1 << 16),
        singleWindowBytes(4096),
        singleWindowBytes(GIB),
        singleQueueMessages(1),
        singleQueueMessages(1 << 20),
        singleQueueBytes(1),
        singleQueueBytes(Integer.MAX_VALUE),
        ackDelay(Duration.ZERO),
        ackDelay(Duration.ofSeconds(1)),
        handshake(Duration.ofMillis(1)),
        handshake(Duration.ofMinutes(10)),
        ping(Duration.ofMillis(1)),
        ping(Duration.ofHours(1)),
        dead(Duration.ofMillis(5_001)),
        dead(Duration.ofHours(24)));
  }

  static Stream<Setting> refused() {
    return Stream.of(
        messageSize(0),
        messageSize(-1),
        messageSize(GIB + 1),
        streams(0),
        streams((1 << 20) + 1),
        sessions(0),
        sessions((1 << 16) + 1),
        handshakes(0),
        handshakes((1 << 16) + 1),
        initialWindow(BusOptions.MIN_WINDOW - 1, 1 << 20),
        initialWindow(8193, 8192),
        maxWindow(BusOptions.MIN_WINDOW, BusOptions.MIN_WINDOW - 1),
        maxWindow(BusOptions.MIN_WINDOW, GIB + 1),
        sessionBudget(-1),
        busBudget(-1),
        reassembly((16 << 20) - 1),
        singleWindowMessages(0),
        singleWindowMessages((1 << 16) + 1),
        singleWindowBytes(4095),
        singleWindowBytes(GIB + 1),
        singleQueueMessages(0),
        singleQueueMessages((1 << 20) + 1),
        singleQueueBytes(0),
        ackDelay(Duration.ofNanos(-1)),
        ackDelay(Duration.ofSeconds(1).plusNanos(1)),
        ackDelay(LONGEST),
        ackDelay(MOST_NEGATIVE),
        handshake(Duration.ZERO),
        handshake(Duration.ofNanos(999_999)),
        handshake(Duration.ofMinutes(10).plusNanos(1)),
        handshake(LONGEST),
        handshake(MOST_NEGATIVE),
        ping(Duration.ZERO),
        ping(Duration.ofHours(1).plusNanos(1)),
        ping(LONGEST),
        ping(MOST_NEGATIVE),
        dead(Duration.ofSeconds(5)),
        dead(Duration.ofSeconds(5).plusNanos(999_999)),
        dead(Duration.ofHours(24).plusNanos(1)),
        dead(LONGEST),
        dead(MOST_NEGATIVE));
  }

  @ParameterizedTest
  @MethodSource("allowed")
  @DisplayName("each option may have either end of its range")
  void allowed(Setting setting) throws Exception {
    BusOptions options = setting.build();
    Object value = BusOptions.class.getMethod(setting.name()).invoke(options);
    assertThat(value).hasToString(setting.value());
    assertThat(options.toBuilder().build()).isEqualTo(options);
  }

  @ParameterizedTest
  @MethodSource("refused")
  @DisplayName("beyond it is an argument error that names the option, its range and the value")
  void refused(Setting setting) {
    assertThatIllegalArgumentException()
        .isThrownBy(setting::build)
        .withMessageStartingWith(setting.name() + " is ")
        .withMessageContaining(" to ")
        .withMessageEndingWith("; this is " + setting.value());
  }

  @Test
  void missingDurationsAreNamed() {
    BusOptions.Builder builder = BusOptions.defaults().toBuilder().maxAckDelay(null);
    assertThatNullPointerException().isThrownBy(builder::build).withMessage("maxAckDelay");
    BusOptions.Builder other = BusOptions.defaults().toBuilder().liveness(null, Duration.ZERO);
    assertThatNullPointerException().isThrownBy(other::build).withMessage("pingInterval");
  }

  @Test
  @DisplayName("the defaults are what the documentation says")
  void defaults() {
    assertThat(BusOptions.defaults())
        .isEqualTo(
            new BusOptions(
                16 << 20,
                16_384,
                1_024,
                256,
                64 << 10,
                16 << 20,
                64 << 20,
                256 << 20,
                32 << 20,
                256,
                1 << 20,
                1_024,
                4 << 20,
                Duration.ofMillis(1),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Duration.ofSeconds(15),
                Duration.ofMinutes(2),
                64 << 20,
                Duration.ofMillis(100),
                Duration.ofSeconds(10)));
  }

  @Test
  @DisplayName("a larger message raises the reassembly budget, a smaller one leaves it")
  void reassemblyFollows() {
    BusOptions larger = BusOptions.defaults().toBuilder().maxMessageSize(GIB).build();
    assertThat(larger.reassemblyBudget()).isEqualTo(GIB);
    BusOptions smaller = BusOptions.defaults().toBuilder().maxMessageSize(1).build();
    assertThat(smaller.reassemblyBudget()).isEqualTo(32 << 20);
  }
}
