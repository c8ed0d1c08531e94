// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.options.AckMode;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.Priority;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.MessageResult;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The promises on reliable streams. */
abstract class StreamContract extends BusContractSupport {

  @Test
  @DisplayName("messages are whole, in order, once: empty ones, small ones, and the largest")
  void messagesAreWhole() {
    Ends ends = open(two(), RELIABLE);
    ends.far().stream.request(Long.MAX_VALUE);
    List<String> texts =
        List.of("", "a", "b".repeat(20_000), "", "c".repeat(MAX_MESSAGE_SIZE), "d");
    texts.forEach(text -> assertThat(ends.near().send(text)).isEqualTo(EnqueueResult.OK));
    await("all acks", () -> ends.near().acked == texts.size());
    assertThat(ends.far().received).isEqualTo(texts);
    assertThat(ends.far().sequences).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    assertThat(ends.near().fates.values()).containsOnly(MessageResult.ACKED);
  }

  @Test
  @DisplayName("a message that is too large is refused, and the stream lives on")
  void tooLarge() {
    Ends ends = open(two(), RELIABLE);
    assertThat(ends.near().stream.maxMessageSize()).isEqualTo(MAX_MESSAGE_SIZE);
    assertThat(ends.near().send("x".repeat(MAX_MESSAGE_SIZE + 1)))
        .isEqualTo(EnqueueResult.TOO_LARGE);
    ends.far().stream.request(1);
    ends.near().send("y");
    await("the next", () -> ends.far().received.equals(List.of("y")));
  }

  @Test
  @DisplayName("metadata travels with a message")
  void metadata() {
    Ends ends = open(two(), RELIABLE);
    ends.far().stream.request(2);
    ends.near().send("a", MessageOptions.none().withMetadata(Metadata.of("k", "v")));
    ends.near().send("b");
    await("both", () -> ends.far().received.size() == 2);
    assertThat(ends.far().metadata).containsExactly(Metadata.of("k", "v"), Metadata.empty());
  }

  @Test
  @DisplayName("never more is sent than was requested, and the prefetch")
  void demand() {
    Two two = two();
    for (int prefetch : new int[] {0, 3}) {
      two.alice().flow = FlowOptions.defaults().withPrefetch(prefetch);
      Ends ends = open(two, RELIABLE);
      for (int i = 1; i <= 20; i++) {
        ends.near().send("m" + i);
      }
      for (int requested : new int[] {1, 4, 5}) {
        ends.far().stream.request(requested - ends.far().received.size());
        await("what was asked for", () -> ends.far().received.size() == requested);
        settle(two);
        assertThat(ends.far().received).hasSize(requested);
        assertThat(ends.near().stream.grantedMessages()).isEqualTo(requested + prefetch);
        assertThat(ends.near().completed).hasSize(requested + prefetch);
        assertThat(ends.near().stream.availableCredit()).isZero();
      }
    }
  }

  @Test
  @DisplayName("an automatic ack says that the receiver has returned")
  void automaticAcks() {
    Ends ends = open(two(), RELIABLE);
    ends.far().stream.request(10);
    ends.far().throwsAt = "c";
    for (String text : List.of("a", "b", "c", "d")) {
      ends.near().send(text);
    }
    awaitEnd(ends);
    assertThat(ends.near().acked).isEqualTo(2);
    assertThat(ends.near().fates.get(2L)).isEqualTo(MessageResult.ACKED);
    assertThat(ends.near().fates.get(3L)).isEqualTo(MessageResult.UNKNOWN);
    assertThat(ends.near().end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(ends.far().end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
  }

  @Test
  @DisplayName("acks by hand come in any order; the peer hears of the contiguous prefix")
  void acksByHand() {
    Two two = two();
    two.alice().ackMode = AckMode.MANUAL;
    Ends ends = open(two, RELIABLE);
    ends.far().stream.request(5);
    IntStream.rangeClosed(1, 5).forEach(i -> ends.near().send("m" + i));
    await("all", () -> ends.far().received.size() == 5);
    ends.far().stream.acknowledge(2);
    ends.far().stream.acknowledge(3);
    settle(two);
    assertThat(ends.near().acked).isZero();
    ends.far().stream.acknowledge(1);
    await("the prefix", () -> ends.near().acked == 3);
    ends.far().stream.acknowledgeUpTo(5);
    await("the rest", () -> ends.near().acked == 5);
  }

  @Test
  @DisplayName("a full queue overflows, leaves the stream as it was, and tells of room")
  void overflow() {
    Two two = two();
    Ends ends = open(two, RELIABLE.withFlow(FlowOptions.defaults().withMaxQueuedMessages(2)));
    assertThat(ends.near().send("a")).isEqualTo(EnqueueResult.OK);
    assertThat(ends.near().send("b")).isEqualTo(EnqueueResult.OK);
    assertThat(ends.near().stream.isReady()).isFalse();
    assertThat(ends.near().send("c")).isEqualTo(EnqueueResult.OVERFLOW);
    await("the news of the beginning", () -> ends.near().creditChanges.get() > 0);
    int before = ends.near().creditChanges.get();
    ends.far().stream.request(1);
    await("news of room", () -> ends.near().creditChanges.get() > before);
    await("the room", ends.near().stream::isReady);
    assertThat(ends.near().send("c")).isEqualTo(EnqueueResult.OK);
    ends.far().stream.request(2);
    await("all", () -> ends.far().received.equals(List.of("a", "b", "c")));
  }

  @Test
  @DisplayName("a slow stream slows only itself")
  void neighbours() {
    Two two = two();
    Ends slow = open(two, RELIABLE);
    Ends fast = open(two, RELIABLE);
    slow.far().stream.request(1);
    IntStream.range(0, 100).forEach(i -> slow.near().send("x".repeat(5_000)));
    fast.far().stream.request(100);
    IntStream.range(0, 100).forEach(i -> fast.near().send("y"));
    await("the fast one", () -> fast.near().acked == 100);
    assertThat(slow.far().received).hasSize(1);
  }

  @Test
  @DisplayName("each direction completes on its own, and both together are the end")
  void halfClose() {
    Ends ends = open(two(), RELIABLE);
    ends.near().send("last");
    ends.near().stream.complete();
    assertThat(ends.near().send("more")).isEqualTo(EnqueueResult.TERMINATED);
    ends.far().stream.request(1);
    await("the inbound end", () -> ends.far().inboundEnd != null);
    assertThat(ends.far().received).containsExactly("last");
    assertThat(ends.far().inboundEnd().reason()).isEqualTo(BusCompletionReason.COMPLETED);
    ends.near().stream.request(1);
    ends.far().send("answer");
    ends.far().stream.complete();
    awaitEnd(ends);
    assertThat(ends.near().received).containsExactly("answer");
    assertThat(ends.near().end().reason()).isEqualTo(BusCompletionReason.COMPLETED);
    assertThat(ends.far().end().reason()).isEqualTo(BusCompletionReason.COMPLETED);
  }

  @Test
  @DisplayName("an error overtakes what waits, demand or not, with its code and text")
  void error() {
    Ends ends = open(two(), RELIABLE);
    ends.near().send("never");
    ends.near().stream.error(42, "enough");
    await("the error", () -> ends.far().inboundEnd != null);
    assertThat(ends.far().inboundEnd().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(ends.far().inboundEnd().applicationCode()).isEqualTo(42);
    assertThat(ends.far().inboundEnd().text()).isEqualTo("enough");
    await("the fate", () -> ends.near().fates.get(1L) == MessageResult.NOT_SENT);
    assertThat(ends.far().end).as("the other direction lives").isNull();
  }

  @Test
  @DisplayName("a cancel reaches the sender, and is no failure")
  void cancel() {
    Ends ends = open(two(), RELIABLE);
    ends.far().stream.cancel();
    await("the cancel", () -> ends.near().outboundEnd != null);
    assertThat(ends.near().outboundEnd().reason()).isEqualTo(BusCompletionReason.CANCELLED);
    assertThat(ends.near().outboundEnd().isFailure()).isFalse();
    assertThat(ends.near().send("x")).isEqualTo(EnqueueResult.CANCELLED);
  }

  @Test
  @DisplayName("a receiver that fails ends its direction only")
  void failInbound() {
    Ends ends = open(two(), RELIABLE);
    ends.far().stream.failInbound(7, "no room");
    await("the failure", () -> ends.near().outboundEnd != null);
    assertThat(ends.near().outboundEnd().applicationCode()).isEqualTo(7);
    ends.near().stream.request(1);
    ends.far().send("still here");
    await("the other direction", () -> ends.near().received.size() == 1);
  }

  @Test
  @DisplayName("close drains both directions, as far as they are asked for")
  void close() {
    Ends ends = open(two(), RELIABLE);
    ends.far().stream.request(10);
    ends.near().stream.request(10);
    IntStream.range(0, 10).forEach(i -> ends.near().send("there"));
    IntStream.range(0, 10).forEach(i -> ends.far().send("back"));
    ends.near().stream.close(Duration.ofSeconds(20));
    awaitEnd(ends);
    assertThat(ends.far().received).hasSize(10);
    assertThat(ends.near().received).hasSize(10);
    assertThat(ends.near().end().reason()).isEqualTo(BusCompletionReason.CLOSED_LOCALLY);
    assertThat(ends.far().end().reason()).isEqualTo(BusCompletionReason.CLOSED_BY_REMOTE);
  }

  @Test
  @DisplayName("close cuts what is not drained at its deadline")
  void closeInVain() {
    Ends ends = open(two(), RELIABLE);
    ends.near().stream.request(1);
    ends.near().send("nobody asks for this");
    ends.near().stream.close(Duration.ofMillis(50));
    awaitEnd(ends);
    assertThat(ends.near().end().reason()).isEqualTo(BusCompletionReason.TIMED_OUT);
    assertThat(ends.near().fates.get(1L)).isEqualTo(MessageResult.NOT_SENT);
  }

  @Test
  @DisplayName("dispose and fail cut both directions; every message ends once")
  void cuts() {
    Two two = two();
    Ends disposed = open(two, RELIABLE);
    disposed.far().stream.request(3);
    IntStream.range(0, 10).forEach(i -> disposed.near().send("m"));
    disposed.near().stream.dispose();
    awaitEnd(disposed);
    assertThat(disposed.near().fates).hasSize(10);
    assertThat(disposed.near().end().reason()).isEqualTo(BusCompletionReason.CLOSED_LOCALLY);
    Ends failed = open(two, RELIABLE);
    failed.far().stream.fail(3, "broken");
    awaitEnd(failed);
    assertThat(failed.near().end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(failed.near().end().applicationCode()).isEqualTo(3);
    assertThat(failed.near().end().text()).isEqualTo("broken");
  }

  @Test
  @DisplayName("a task on the stream's executor runs there, serially with the events")
  void executor() {
    Ends ends = open(two(), RELIABLE);
    AtomicBoolean there = new AtomicBoolean();
    ends.near().stream.executor().execute(() -> there.set(ends.near().stream.isInExecutor()));
    await("the task", there::get);
  }

  @Test
  @DisplayName("priority and weight change while it runs")
  void priorities() {
    Ends ends = open(two(), RELIABLE);
    ends.near().stream.prioritize(Priority.HIGH, 256);
    assertThatThrownBy(() -> ends.near().stream.prioritize(Priority.LOW, 257))
        .isInstanceOf(IllegalArgumentException.class);
    ends.far().stream.request(1);
    ends.near().send("a");
    await("a message", () -> ends.near().acked == 1);
  }

  @Test
  @DisplayName("wrong arguments cost the caller an exception and nobody anything else")
  void wrongArguments() {
    Ends ends = open(two(), RELIABLE);
    assertThatThrownBy(() -> ends.far().stream.request(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ends.far().start(AckMode.MANUAL))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(
            () ->
                ends.near()
                    .stream
                    .enqueueMessage(
                        Unpooled.EMPTY_BUFFER,
                        MessageOptions.none().withTimeToLive(Duration.ofSeconds(1)),
                        null))
        .isInstanceOf(IllegalArgumentException.class);
    ends.far().stream.request(1);
    ends.near().send("a");
    await("a message", () -> ends.near().acked == 1);
  }
}
