// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.IncomingMessage;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.DropCause;
import io.dittobus.api.result.DropCounts;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.MessageResult;
import io.dittobus.api.result.StreamCounts;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.frame.Ready;
import io.dittobus.test.memory.SimulatedNetwork;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * No value of an enum that nothing produces: each has a scenario here that makes it, seen at both
 * ends where both see it. A value without one does not compile.
 */
class EveryResultTest {

  private static final StreamOptions RELIABLE = StreamOptions.reliable("test");
  private static final StreamOptions UNRELIABLE = StreamOptions.unreliable("test");
  private static final StreamOptions SEQUENCED = StreamOptions.sequenced("test");
  private static final int MAX_MESSAGE_SIZE = 1_000;

  private final SimulatedNetwork network = new SimulatedNetwork(1);
  private final BusOptions options =
      BusOptions.defaults().toBuilder().maxMessageSize(MAX_MESSAGE_SIZE).build();
  private final SimulatedBus alice = start("alice");
  private final SimulatedBus bob = start("bob");

  private SimulatedBus start(String host) {
    return SimulatedBus.start(network, host, PeerIdentity.ephemeral(), options);
  }

  @AfterEach
  void nothingIsLeft() {
    SimulatedBus.disposeAll(network, alice, bob);
  }

  // Why a stream ended

  /** How a stream ended where it was opened, and at the other end, which has none if refused. */
  private record Endings(StreamEnd here, List<StreamEnd> there) {}

  @ParameterizedTest
  @EnumSource
  @DisplayName("each reason of an end is seen at both ends")
  void reasons(BusCompletionReason reason) {
    alice.connectAndWait(bob);
    Endings endings = endings(reason);
    assertThat(endings.here().reason()).isEqualTo(reason);
    BusCompletionReason mirrored =
        switch (reason) {
          case CLOSED_LOCALLY -> BusCompletionReason.CLOSED_BY_REMOTE;
          case CLOSED_BY_REMOTE -> BusCompletionReason.CLOSED_LOCALLY;
          default -> reason;
        };
    assertThat(endings.there())
        .allSatisfy(end -> assertThat(end.reason()).isEqualTo(mirrored))
        .hasSize(reason.name().startsWith("REFUSED") ? 0 : 1);
  }

  private Endings endings(BusCompletionReason reason) {
    return switch (reason) {
      case REFUSED_NO_HANDLER, REFUSED_LIMIT, REFUSED_FORBIDDEN -> refused(reason);
      case COMPLETED ->
          ended(
              (near, far) -> {
                near.stream.complete();
                far.stream.complete();
              });
      case CANCELLED ->
          ended(
              (near, far) -> {
                far.stream.cancel();
                network.runUntilIdle();
                far.stream.complete();
              });
      case CLOSED_LOCALLY -> ended((near, far) -> near.stream.dispose());
      case CLOSED_BY_REMOTE -> ended((near, far) -> far.stream.dispose());
      case APPLICATION_ERROR -> ended((near, far) -> near.stream.fail(1, "of the test"));
      case TIMED_OUT ->
          ended(
              (near, far) -> {
                near.stream.request(1);
                far.enqueue(Unpooled.buffer().writeByte(1));
                far.enqueue(Unpooled.buffer().writeByte(2)); // nobody asks for it
                near.stream.close(Duration.ofMillis(100));
              });
      case SHUT_DOWN -> ended((near, far) -> bob.bus().dispose());
      case PEER_LOST -> ended((near, far) -> SimulatedBus.loseForGood(network, alice, bob));
      case FLOW_CONTROL_VIOLATION ->
          ended((near, far) -> inject(out -> dataBeyondCredit(out, near.stream.streamID())));
      case PROTOCOL_VIOLATION ->
          ended(
              (near, far) ->
                  inject(out -> FrameWriter.ready(out, new Ready(1, 1, 0, 0, 0)))); // a second time
    };
  }

  private Endings refused(BusCompletionReason reason) {
    bob.handler = offer -> offer.refuse(reason, "not today");
    alice.open(bob);
    network.runUntil(() -> !alice.openFailures.isEmpty(), SimulatedBus.BOUND);
    return new Endings(alice.openFailures.get(0), List.of());
  }

  @FunctionalInterface
  private interface Ending {
    void bring(StreamProbe near, StreamProbe far);
  }

  private Endings ended(Ending ending) {
    StreamProbe near = alice.openAndWait(bob);
    StreamProbe far = bob.accepted.get(0);
    network.runUntilIdle();
    ending.bring(near, far);
    network.runUntil(() -> near.end != null && far.end != null, SimulatedBus.BOUND);
    return new Endings(near.end(), List.of(far.end()));
  }

  @FunctionalInterface
  private interface Words {
    void writeTo(ByteBuf out);
  }

  /** Alice's host says what alice herself never would. */
  private void inject(Words words) {
    ByteBuf out = network.allocator().buffer();
    words.writeTo(out);
    network.connections().get(0).inject("alice", out);
  }

  private static void dataBeyondCredit(ByteBuf out, long streamId) {
    FrameWriter.data(
        out, streamId, true, true, false, false, 1, 0, Unpooled.wrappedBuffer(new byte[1]), 1);
  }

  // What became of a message

  @ParameterizedTest
  @EnumSource(names = "DROPPED_NO_LINK", mode = EnumSource.Mode.EXCLUDE) // once nodes resume
  @DisplayName("each result of a message is told, and its drop is counted at both ends")
  void messageResults(MessageResult result) {
    alice.connectAndWait(bob);
    StreamProbe near = alice.openAndWait(bob, modeFor(result));
    StreamProbe far = bob.accepted.get(0);
    bring(result, near, far);
    network.runUntil(
        () -> near.ended.containsValue(result) || near.sent.containsValue(result),
        SimulatedBus.BOUND);
    DropCause cause = result.dropCause();
    if (cause != null) {
      assertThat(counts(near).dropped().of(cause)).isPositive();
    }
    if (cause != null && result != MessageResult.NOT_SENT) {
      far.stream.request(Long.MAX_VALUE); // with the next message the receiver hears of it
      network.runUntilIdle();
      near.enqueue(Unpooled.buffer().writeByte(1));
      network.runUntil(() -> !counts(far).remoteDropped().equals(DropCounts.NONE), BOUND);
      assertThat(counts(far).remoteDropped().of(cause)).isEqualTo(counts(near).dropped().of(cause));
    }
  }

  private static final Duration BOUND = SimulatedBus.BOUND;

  private static StreamOptions modeFor(MessageResult result) {
    return switch (result) {
      case SENT, ACKED, UNKNOWN -> RELIABLE;
      case DROPPED_NO_CREDIT, DROPPED_NO_LINK -> UNRELIABLE;
      case DROPPED_REPLACED, DROPPED_EXPIRED, NOT_SENT -> SEQUENCED;
      case DROPPED_OVERFLOW -> UNRELIABLE.withFlow(FlowOptions.defaults().withMaxQueuedBytes(100));
    };
  }

  private void bring(MessageResult result, StreamProbe near, StreamProbe far) {
    switch (result) {
      case SENT, ACKED -> {
        far.stream.request(1);
        near.enqueue(Unpooled.buffer().writeByte(1));
      }
      case NOT_SENT -> {
        near.enqueue(Unpooled.buffer().writeByte(1));
        near.stream.dispose();
      }
      case UNKNOWN -> {
        far.stream.request(1);
        far.throwsAt = 1;
        near.enqueue(Unpooled.buffer().writeByte(1));
      }
      case DROPPED_NO_CREDIT, DROPPED_NO_LINK -> near.enqueue(Unpooled.buffer().writeByte(1));
      case DROPPED_REPLACED -> {
        near.enqueue(Unpooled.buffer().writeByte(1));
        near.enqueue(Unpooled.buffer().writeByte(2));
      }
      case DROPPED_EXPIRED ->
          near.enqueue(
              Unpooled.buffer().writeByte(1),
              MessageOptions.none().withTimeToLive(Duration.ofMillis(5)));
      case DROPPED_OVERFLOW -> {
        far.stream.request(100);
        network.runUntilIdle();
        for (int i = 0; i < 10; i++) {
          near.enqueue(Unpooled.buffer().writeZero(50));
        }
      }
    }
  }

  private StreamCounts counts(StreamProbe of) {
    List<StreamCounts> counts = new ArrayList<>();
    of.stream.counts().thenAccept(counts::add);
    network.runUntil(() -> !counts.isEmpty(), BOUND);
    return counts.get(0);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("each cause of a drop has a result of a message")
  void dropCauses(DropCause cause) {
    assertThat(MessageResult.values()).filteredOn(r -> r.dropCause() == cause).hasSize(1);
  }

  // Whether it was taken

  @ParameterizedTest
  @EnumSource
  @DisplayName("each answer to an enqueueing is given")
  void enqueueResults(EnqueueResult result) {
    alice.connectAndWait(bob);
    StreamProbe near =
        alice.openAndWait(bob, RELIABLE.withFlow(FlowOptions.defaults().withMaxQueuedMessages(1)));
    StreamProbe far = bob.accepted.get(0);
    ByteBuf message = Unpooled.buffer().writeByte(1);
    EnqueueResult answer =
        switch (result) {
          case OK -> near.enqueue(message);
          case OVERFLOW -> {
            near.enqueue(Unpooled.buffer().writeByte(1));
            yield near.enqueue(message);
          }
          case TOO_LARGE -> near.enqueue(message.writeZero(MAX_MESSAGE_SIZE));
          case TERMINATED -> {
            near.stream.complete();
            yield near.enqueue(message);
          }
          case CANCELLED -> {
            far.stream.cancel();
            network.runUntilIdle();
            yield near.enqueue(message);
          }
        };
    assertThat(answer).isEqualTo(result);
  }

  // What became of a single message

  @ParameterizedTest
  @EnumSource
  @DisplayName("each result of a single message is told, and the peer saw what that says")
  void singleResults(BusSingleSendResult result) {
    List<IncomingMessage> seen = new ArrayList<>();
    bob.messageHandler = seen::add;
    if (result != BusSingleSendResult.UNREACHABLE) {
      alice.connectAndWait(bob);
    }
    bring(result, seen);
    network.runUntil(() -> alice.singleResults.containsValue(result), BOUND);
    network.runUntilIdle();
    switch (result) {
      case DELIVERED, TRANSMITTED, REFUSED, UNKNOWN -> assertThat(seen).isNotEmpty();
      case TOO_LARGE, UNREACHABLE -> assertThat(seen).isEmpty();
      case DROPPED, OVERFLOW -> assertThat(seen).hasSizeLessThan(alice.singleResults.size());
    }
  }

  private void bring(BusSingleSendResult result, List<IncomingMessage> seen) {
    switch (result) {
      case DELIVERED, UNREACHABLE -> send(true, 1, 0);
      case TRANSMITTED -> send(false, 1, 0);
      case TOO_LARGE -> send(true, MAX_MESSAGE_SIZE, 0);
      case REFUSED -> {
        bob.messageHandler =
            message -> {
              seen.add(message);
              message.refuse();
            };
        send(true, 1, 0);
      }
      case UNKNOWN -> {
        bob.messageHandler =
            message -> {
              seen.add(message);
              message.acknowledgeLater();
              SimulatedBus.loseForGood(network, alice, bob);
            };
        send(true, 1, 0);
      }
      case DROPPED, OVERFLOW -> {
        for (int i = 0; i <= options.maxQueuedSingleMessages(); i++) {
          send(result == BusSingleSendResult.OVERFLOW, 1, i);
        }
      }
    }
  }

  private void send(boolean reliable, int bytes, int number) {
    ByteBuf data = network.allocator().buffer(bytes).writeZero(bytes);
    SingleMessageOptions single = SingleMessageOptions.defaults();
    if (reliable) {
      alice.bus().sendSingleReliableMessage(bob.bus().localAddress(), data, single, number);
    } else {
      alice.bus().sendSingleUnreliableMessage(bob.bus().localAddress(), data, single, number);
    }
  }
}
