// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.IncomingMessage;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.result.BusSingleSendResult;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The promises on single messages. */
abstract class SingleMessageContract extends UnreliableContract {

  private static final SingleMessageOptions PLAIN = SingleMessageOptions.label("single/v1");

  private void awaitResult(BusEndpoint sender, String text, BusSingleSendResult expected) {
    await("a result", () -> sender.results.containsKey(text));
    assertThat(sender.results).containsEntry(text, expected);
  }

  @Test
  @DisplayName("they arrive both ways, in order, with sender, label and metadata")
  void delivered() {
    Two two = two();
    List<IncomingMessage> heads = new CopyOnWriteArrayList<>();
    two.alice().messageHandler =
        message -> {
          heads.add(message);
          two.alice().note(message);
        };
    SingleMessageOptions options = PLAIN.withMetadata(Metadata.of("k", "v"));
    for (int i = 0; i < 50; i++) {
      two.bob().single(two.alice(), "m" + i, true, options);
    }
    two.bob().single(two.alice(), "unreliable", false, options);
    two.alice().single(two.bob(), "back", true, PLAIN);
    await("all", () -> two.bob().results.size() == 51 && !two.alice().results.isEmpty());
    assertThat(two.alice().messages).startsWith("m0", "m1", "m2").endsWith("unreliable");
    assertThat(two.bob().messages).containsExactly("back");
    assertThat(two.bob().results).containsEntry("m49", BusSingleSendResult.DELIVERED);
    awaitResult(two.bob(), "unreliable", BusSingleSendResult.TRANSMITTED);
    IncomingMessage first = heads.get(0);
    assertThat(first.peer()).isEqualTo(two.bob().address());
    assertThat(first.label()).isEqualTo("single/v1");
    assertThat(first.metadata()).isEqualTo(Metadata.of("k", "v"));
    assertThat(first.reliability()).isEqualTo(ReliabilityMode.RELIABLE);
    assertThat(heads.get(50).reliability()).isEqualTo(ReliabilityMode.UNRELIABLE);
  }

  @Test
  @DisplayName("nobody listens: REFUSED. The handler throws, or says that it failed: UNKNOWN")
  void notConsumed() {
    Two two = two();
    two.alice().messageHandler = IncomingMessage::refuse;
    two.bob().single(two.alice(), "refused", true, PLAIN);
    awaitResult(two.bob(), "refused", BusSingleSendResult.REFUSED);
    two.alice().messageHandler =
        message -> {
          throw new IllegalStateException("of the test");
        };
    two.bob().single(two.alice(), "thrown", true, PLAIN);
    awaitResult(two.bob(), "thrown", BusSingleSendResult.UNKNOWN);
    two.alice().messageHandler =
        message -> {
          message.acknowledgeLater();
          message.fail();
        };
    two.bob().single(two.alice(), "failed", true, PLAIN);
    awaitResult(two.bob(), "failed", BusSingleSendResult.UNKNOWN);
  }

  @Test
  @DisplayName("a handler may acknowledge later; meanwhile the window bounds what is under way")
  void window() {
    Two two = two(options().toBuilder().singleWindow(4, 100_000).singleQueue(2, 100_000).build());
    List<IncomingMessage> open = new CopyOnWriteArrayList<>();
    two.alice().messageHandler =
        message -> {
          message.acknowledgeLater();
          open.add(message);
        };
    for (int i = 0; i < 4; i++) {
      int under = i + 1;
      two.bob().single(two.alice(), "m" + i, true, PLAIN);
      await("one more under way", () -> open.size() == under);
    }
    for (int i = 4; i < 8; i++) {
      two.bob().single(two.alice(), "m" + i, true, PLAIN);
    }
    two.bob().single(two.alice(), "dropped", false, PLAIN);
    awaitResult(two.bob(), "dropped", BusSingleSendResult.DROPPED);
    await("overflow", () -> two.bob().results.size() == 3);
    assertThat(two.bob().results)
        .containsEntry("m6", BusSingleSendResult.OVERFLOW)
        .containsEntry("m7", BusSingleSendResult.OVERFLOW);
    open.forEach(IncomingMessage::acknowledge);
    await("the rest", () -> open.size() == 6);
    open.forEach(IncomingMessage::acknowledge); // the first four for a second time
    await("all", () -> two.bob().results.size() == 9);
    assertThat(two.bob().results).containsEntry("m5", BusSingleSendResult.DELIVERED);
  }

  @Test
  @DisplayName("they do not wait for streams, nor streams for them")
  void besideStreams() {
    Two two = two();
    two.alice().messageHandler = IncomingMessage::acknowledgeLater;
    Ends stalled = open(two, RELIABLE);
    IntStream.range(0, 100).forEach(i -> stalled.near().send("x".repeat(5_000)));
    two.bob().single(two.alice(), "held", true, PLAIN);
    Ends ends = open(two, RELIABLE);
    ends.far().stream.request(1);
    ends.near().send("goes");
    await("the stream", () -> ends.near().acked == 1);
    two.alice().messageHandler = two.alice()::note;
    two.bob().single(two.alice(), "arrives", true, PLAIN);
    awaitResult(two.bob(), "arrives", BusSingleSendResult.DELIVERED);
    assertThat(two.bob().results).doesNotContainKey("held");
  }

  @Test
  @DisplayName("too large for the peer: TOO_LARGE, also of one that waited for the session")
  void tooLargeSingle() {
    BusEndpoint alice = start("alice", options());
    BusEndpoint bob = start("bob", BusOptions.defaults());
    bob.single(alice, "w".repeat(MAX_MESSAGE_SIZE + 1), true, PLAIN);
    connect(alice, bob);
    bob.single(alice, "u".repeat(MAX_MESSAGE_SIZE + 1), false, PLAIN);
    await("both", () -> bob.results.size() == 2);
    assertThat(bob.results.values()).containsOnly(BusSingleSendResult.TOO_LARGE);
  }

  @Test
  @DisplayName("no session: a reliable one waits, then UNREACHABLE; an unreliable one is DROPPED")
  void unreachable() {
    BusEndpoint alice = start("alice");
    BusEndpoint bob = start("bob");
    bob.single(alice, "dropped", false, PLAIN);
    awaitResult(bob, "dropped", BusSingleSendResult.DROPPED);
    bob.single(alice, "late", true, PLAIN.withTimeout(Duration.ofMillis(20)));
    bob.single(alice, "waits", true, PLAIN.withTimeout(Duration.ofMinutes(1)));
    awaitResult(bob, "late", BusSingleSendResult.UNREACHABLE);
    connect(alice, bob);
    awaitResult(bob, "waits", BusSingleSendResult.DELIVERED);
    assertThat(alice.messages).containsExactly("waits");
  }

  @Test
  @DisplayName("to oneself is an argument error")
  void toOneself() {
    BusEndpoint alice = start("alice");
    assertThatThrownBy(() -> alice.single(alice, "x", true, PLAIN))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> alice.single(alice, "x", false, PLAIN))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
