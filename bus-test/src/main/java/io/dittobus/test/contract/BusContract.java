// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.IncomingMessage;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.MessageResult;
import io.dittobus.api.result.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The contract of {@link io.dittobus.api.DittoBus}: what every bus has to keep, whatever carries
 * it, as one sees it who uses nothing but the API. A subclass says how to start one.
 *
 * <pre>{@code
 * class MyBusContractTest extends BusContract {
 *   @Override
 *   protected DittoBusFactory factory(String host, BusOptions options) {
 *     return MyBus.builder().options(options).listen("127.0.0.1", 0);
 *   }
 * }
 * }</pre>
 */
public abstract class BusContract extends SingleMessageContract {

  // Connecting

  @Test
  @DisplayName("a peer is connected once, however often it is dialled, and both know it")
  void connecting() {
    Two two = two();
    assertThat(two.alice().bus().peers()).containsExactly(two.bob().address());
    two.bob().bus().connect(endpointOf(two.alice()), null);
    await("the second answer", () -> two.bob().connected.size() == 2);
    assertThat(two.bob().connected).containsOnly(two.alice().address());
    assertThat(two.bob().bus().peers()).containsExactly(two.alice().address());
  }

  @Test
  @DisplayName("dialling oneself is rejected")
  void dialsItself() {
    BusEndpoint alice = start("alice");
    alice.bus().connect(endpointOf(alice), null);
    await("the failure", () -> alice.connectFailures.size() == 1);
    assertThat(alice.connectFailures.get(0).code()).isEqualTo(ErrorCode.NOT_ADMITTED);
  }

  // Opening

  @Test
  @DisplayName("both ends know a stream's id, label, mode, and what the other side says with it")
  void opening() {
    Two two = two();
    for (ReliabilityMode mode : ReliabilityMode.values()) {
      StreamOptions options =
          StreamOptions.of(mode, "label/v1").withMetadata(Metadata.of("from", "opener"));
      Ends ends = open(two, options);
      assertThat(ends.near().stream.streamID()).isEqualTo(ends.far().stream.streamID()).isNotZero();
      assertThat(ends.far().stream.label()).isEqualTo("label/v1");
      assertThat(ends.far().stream.reliability()).isEqualTo(mode);
      assertThat(ends.near().stream.reliability()).isEqualTo(mode);
      assertThat(ends.far().stream.remoteMetadata()).isEqualTo(Metadata.of("from", "opener"));
      assertThat(ends.near().stream.remoteMetadata()).isEqualTo(Metadata.of("from", "acceptor"));
      assertThat(ends.near().stream.peer()).isEqualTo(two.alice().address());
      assertThat(ends.far().stream.peer()).isEqualTo(two.bob().address());
    }
  }

  @Test
  @DisplayName("a first message travels with the opening, small or large")
  void firstMessage() {
    Two two = two();
    for (int size : new int[] {0, 5, MAX_MESSAGE_SIZE}) {
      int before = two.alice().accepted.size();
      ByteBuf first = Unpooled.copiedBuffer("f".repeat(size), StandardCharsets.UTF_8);
      two.bob().bus().openStreamToAddress(two.alice().address(), RELIABLE, first, null);
      await("the stream", () -> two.alice().accepted.size() > before);
      StreamEndpoint far = two.alice().accepted.get(before);
      far.stream.request(2);
      await("both ends", () -> two.bob().opened.size() == two.alice().accepted.size());
      StreamEndpoint near = two.bob().opened.get(before);
      near.send("second");
      await("both messages", () -> far.received.size() == 2 && near.acked == 2);
      assertThat(far.received).containsExactly("f".repeat(size), "second");
      assertThat(first.refCnt()).isZero();
    }
  }

  @Test
  @DisplayName("a refusal reaches the opener with its reason and text")
  void refused() {
    Two two = two();
    for (BusCompletionReason reason :
        List.of(
            BusCompletionReason.REFUSED_NO_HANDLER,
            BusCompletionReason.REFUSED_LIMIT,
            BusCompletionReason.REFUSED_FORBIDDEN)) {
      int before = two.bob().openFailures.size();
      two.alice().streamHandler = offer -> offer.refuse(reason, "not today");
      two.bob().bus().openStreamToAddress(two.alice().address(), RELIABLE, null);
      await("the refusal", () -> two.bob().openFailures.size() > before);
      StreamEnd why = two.bob().openFailures.get(before);
      assertThat(why.reason()).isEqualTo(reason);
      assertThat(why.origin()).isEqualTo(StreamEnd.Origin.REMOTE);
      assertThat(why.text()).isEqualTo("not today");
    }
    two.alice().streamHandler = new DittoBusCallback() {}::newIncomingStream;
    two.bob().bus().openStreamToAddress(two.alice().address(), RELIABLE, null);
    await("the refusal", () -> two.bob().openFailures.size() == 4);
    assertThat(two.bob().openFailures.get(3).reason())
        .isEqualTo(BusCompletionReason.REFUSED_NO_HANDLER);
  }

  @Test
  @DisplayName("a stream beyond the limit of those that are taken is refused at once")
  void limit() {
    Two two = two(options().toBuilder().maxIncomingStreams(1).build());
    open(two, RELIABLE);
    two.bob().bus().openStreamToAddress(two.alice().address(), RELIABLE, null);
    await("the refusal", () -> two.bob().openFailures.size() == 1);
    assertThat(two.bob().openFailures.get(0).reason()).isEqualTo(BusCompletionReason.REFUSED_LIMIT);
  }

  @Test
  @DisplayName("what nobody answers, and a peer that is not there, time out")
  void timeout() {
    Two two = two();
    two.alice().streamHandler = offer -> {};
    StreamOptions brief = RELIABLE.withOpenTimeout(Duration.ofMillis(50));
    two.bob().bus().openStreamToAddress(two.alice().address(), brief, null);
    two.bob().bus().openStreamToAddress(PeerIdentity.ephemeral().address(), brief, null);
    await("both", () -> two.bob().openFailures.size() == 2);
    assertThat(two.bob().openFailures)
        .extracting(StreamEnd::reason)
        .containsOnly(BusCompletionReason.TIMED_OUT);
  }

  @Test
  @DisplayName("opening waits for the peer, up to its timeout")
  void opensWhenThePeerComes() {
    BusEndpoint alice = start("alice");
    BusEndpoint bob = start("bob");
    alice.bus().openStreamToAddress(bob.address(), RELIABLE, null);
    connect(alice, bob);
    await("the stream", () -> alice.opened.size() == 1 && bob.accepted.size() == 1);
  }

  @Test
  @DisplayName("a stream to oneself is an argument error")
  void streamToOneself() {
    BusEndpoint alice = start("alice");
    assertThatThrownBy(() -> alice.bus().openStreamToAddress(alice.address(), RELIABLE, null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // Closing

  @Test
  @DisplayName("close drains streams and single messages, and says that it did")
  void closing() {
    Two two = two();
    Ends ends = open(two, RELIABLE);
    ends.far().stream.request(20);
    IntStream.range(0, 20).forEach(i -> ends.near().send("m" + i));
    two.bob().single(two.alice(), "single", true, SingleMessageOptions.defaults());
    two.bob().bus().close(Duration.ofSeconds(20));
    await("the end", () -> !two.bob().reports.isEmpty() && ends.far().isOver());
    assertThat(two.bob().report().isClean()).isTrue();
    assertThat(ends.far().received).hasSize(20);
    assertThat(ends.near().fates.values()).containsOnly(MessageResult.ACKED);
    assertThat(two.bob().results).containsEntry("single", BusSingleSendResult.DELIVERED);
    assertThat(ends.near().end().reason()).isEqualTo(BusCompletionReason.SHUT_DOWN);
    assertThat(ends.far().end().reason()).isEqualTo(BusCompletionReason.SHUT_DOWN);
  }

  @Test
  @DisplayName("close cuts at its deadline, and says what it could not bring to its end")
  void closingInVain() {
    Two two = two();
    two.alice().messageHandler = IncomingMessage::acknowledgeLater;
    Ends ends = open(two, RELIABLE);
    ends.near().stream.request(1);
    ends.far().stream.request(2);
    ends.far().throwsAt = "never";
    IntStream.range(0, 5).forEach(i -> ends.near().send("m" + i));
    two.bob().single(two.alice(), "held", true, SingleMessageOptions.defaults());
    await("what is asked for", () -> ends.near().acked == 2);
    settle(two);
    two.bob().bus().close(Duration.ofMillis(50));
    await("the end", () -> !two.bob().reports.isEmpty());
    CloseReport report = two.bob().report();
    assertThat(report.isClean()).isFalse();
    assertThat(report.streamsCut()).isEqualTo(1);
    assertThat(report.messagesNotSent()).isEqualTo(3);
    assertThat(report.messagesUnknown()).isZero();
    assertThat(report.singleMessagesUnfinished()).isEqualTo(1);
    assertThat(two.bob().results).containsEntry("held", BusSingleSendResult.UNKNOWN);
  }

  @Test
  @DisplayName("a closed bus opens and sends nothing, and says so")
  void afterClosing() {
    Two two = two();
    two.bob().bus().dispose();
    await("the end", () -> !two.bob().reports.isEmpty());
    two.bob().bus().openStreamToAddress(two.alice().address(), RELIABLE, null);
    two.bob().single(two.alice(), "reliable", true, SingleMessageOptions.defaults());
    two.bob().single(two.alice(), "unreliable", false, SingleMessageOptions.defaults());
    two.bob().bus().connect(endpointOf(two.alice()), null);
    await(
        "all answers",
        () ->
            two.bob().openFailures.size() == 1
                && two.bob().results.size() == 2
                && two.bob().connectFailures.size() == 1);
    assertThat(two.bob().openFailures.get(0).reason()).isEqualTo(BusCompletionReason.SHUT_DOWN);
    assertThat(two.bob().results)
        .containsEntry("reliable", BusSingleSendResult.UNREACHABLE)
        .containsEntry("unreliable", BusSingleSendResult.DROPPED);
    await("alice to know", () -> two.alice().bus().peers().isEmpty());
  }
}
