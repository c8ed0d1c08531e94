// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.MessageResult;
import io.dittobus.api.result.StreamCounts;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The promises on streams that may lose messages. */
abstract class UnreliableContract extends StreamContract {

  @Test
  @DisplayName("without credit a message is dropped, and told; the receiver sees the gap")
  void dropsWithoutCredit() {
    Ends ends = open(two(), UNRELIABLE);
    ends.far().stream.request(2);
    await("the credit", () -> ends.near().stream.availableCredit() == 2);
    for (String text : List.of("a", "b", "c", "d")) {
      assertThat(ends.near().send(text)).isEqualTo(EnqueueResult.OK);
    }
    await("all fates", () -> ends.near().fates.size() == 4);
    assertThat(ends.near().fates.get(3L)).isEqualTo(MessageResult.DROPPED_NO_CREDIT);
    assertThat(ends.near().fates.get(4L)).isEqualTo(MessageResult.DROPPED_NO_CREDIT);
    assertThat(ends.near().stream.droppedMessages()).isEqualTo(2);
    ends.far().stream.request(1);
    await("the credit", () -> ends.near().stream.availableCredit() == 1);
    ends.near().send("e");
    await("the next", () -> ends.far().received.size() == 3);
    assertThat(ends.far().received).containsExactly("a", "b", "e");
    assertThat(ends.far().sequences).containsExactly(1L, 2L, 5L);
    await("its ack", () -> ends.near().acked == 5);
  }

  @Test
  @DisplayName("counts agree: emitted = delivered + dropped, by cause, at both ends")
  void counts() {
    Two two = two();
    for (StreamOptions mode : List.of(UNRELIABLE, SEQUENCED)) {
      Ends ends = open(two, mode);
      for (int round = 0; round < 20; round++) {
        ends.far().stream.request(1 + round % 3);
        IntStream.range(0, 5).forEach(i -> ends.near().send("m"));
      }
      ends.far().stream.request(Long.MAX_VALUE);
      ends.near().stream.complete();
      await("the end", () -> ends.far().inboundEnd != null && ends.near().outboundEnd != null);
      StreamCounts here = ends.near().counts(this);
      StreamCounts there = ends.far().counts(this);
      assertThat(here.emitted()).isEqualTo(100);
      assertThat(here.written() + here.dropped().total()).isEqualTo(100);
      assertThat(there.delivered()).isEqualTo(here.written()).isEqualTo(here.remoteReceived());
      assertThat(there.remoteDropped()).isEqualTo(here.dropped());
      assertThat(there.delivered()).isEqualTo(ends.far().received.size());
    }
  }

  @Test
  @DisplayName("SEQUENCED: the newest replaces the one that waits, and goes out when asked for")
  void sequenced() {
    Ends ends = open(two(), SEQUENCED);
    for (int i = 1; i <= 5; i++) {
      ends.near().send("m" + i);
    }
    await("four fates", () -> ends.near().fates.size() == 4);
    assertThat(ends.near().fates.values()).containsOnly(MessageResult.DROPPED_REPLACED);
    ends.far().stream.request(1);
    await("the newest", () -> ends.near().acked == 5);
    assertThat(ends.far().received).containsExactly("m5");
    assertThat(ends.far().sequences).containsExactly(5L);
  }

  @Test
  @DisplayName("SEQUENCED: what waits goes out before the end")
  void sequencedEndsWithTheNewest() {
    Ends ends = open(two(), SEQUENCED);
    ends.near().send("old");
    ends.near().send("new");
    ends.near().stream.complete();
    await("the fate of the old", () -> ends.near().fates.size() == 1);
    ends.far().stream.request(1);
    await("the end", () -> ends.far().inboundEnd != null);
    assertThat(ends.far().received).containsExactly("new");
  }

  @Test
  @DisplayName("what has waited longer than its time to live is dropped")
  void timeToLive() {
    Ends ends = open(two(), SEQUENCED);
    MessageOptions brief = MessageOptions.none().withTimeToLive(Duration.ofMillis(20));
    ends.near().send("a", brief);
    await("its end", () -> ends.near().fates.get(1L) == MessageResult.DROPPED_EXPIRED);
    ends.far().stream.request(1);
    await("the credit", () -> ends.near().stream.availableCredit() == 1);
    ends.near().send("b", MessageOptions.none().withTimeToLive(Duration.ofMinutes(5)));
    await("the next", () -> ends.far().received.equals(List.of("b")));
  }

  @Test
  @DisplayName("what waits for the link is bounded; more is dropped, and told")
  void overflowOfTheLink() {
    Ends ends = open(two(), UNRELIABLE.withFlow(FlowOptions.defaults().withMaxQueuedBytes(1_000)));
    ends.far().stream.request(Long.MAX_VALUE);
    await("the credit", () -> ends.near().stream.availableCredit() == Long.MAX_VALUE);
    // On the loop, so that nothing is written in between.
    ends.near()
        .stream
        .executor()
        .execute(() -> IntStream.range(0, 20).forEach(i -> ends.near().send("x".repeat(200))));
    await("all fates", () -> ends.near().fates.size() == 20);
    assertThat(ends.near().fates.values())
        .contains(MessageResult.DROPPED_OVERFLOW, MessageResult.ACKED);
    assertThat(ends.near().counts(this).dropped().overflow())
        .isEqualTo(20 - ends.far().received.size());
  }

  @Test
  @DisplayName("a message that is too large is refused in every mode")
  void tooLargeToo() {
    Ends ends = open(two(), UNRELIABLE);
    assertThat(ends.near().send("x".repeat(MAX_MESSAGE_SIZE + 1)))
        .isEqualTo(EnqueueResult.TOO_LARGE);
  }
}
