// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.DropCause;
import io.dittobus.api.result.DropCounts;
import io.dittobus.core.flow.Charge;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.stream.SendHalf;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UnreliableTest {

  private final PeerScript script = new PeerScript(BusOptions.defaults());

  @AfterEach
  void nothingIsLeft() {
    script.peer.close();
  }

  private SessionStream unreliable(long maxMessages, long maxOffset) {
    return script.stream(2, ReliabilityMode.UNRELIABLE, 9, maxMessages, maxOffset, false);
  }

  private SessionStream sequenced(long maxMessages, long maxOffset) {
    return script.stream(2, ReliabilityMode.UNRELIABLE_SEQUENCED, 9, maxMessages, maxOffset, false);
  }

  private List<String> told(String event) {
    return script.peer.events.stream().filter(e -> e.startsWith(event)).toList();
  }

  @Test
  @DisplayName("FR-7: what finds no credit is dropped, keeps its sequence, and delays nobody")
  void noCredit() {
    SessionStream stream = unreliable(2, 10_000);
    for (int i = 0; i < 5; i++) {
      script.send(stream, 10);
    }
    assertThat(told("dropped"))
        .containsExactly(
            "dropped 2 3 to 3 NO_CREDIT",
            "dropped 2 4 to 4 NO_CREDIT",
            "dropped 2 5 to 5 NO_CREDIT");
    script.peer.read();
    script.ack(2, 0, 3, 10_000);
    script.send(stream, 10);
    script.peer.read();
    assertThat(script.frames(2))
        .containsExactly(
            "ACCEPT 2",
            "DROPS 2 " + new DropCounts(3, 0, 0, 0, 0, 0),
            "DATA 2 first 10 last sequence 1",
            "DATA 2 first 10 last sequence 2",
            "DATA 2 first 10 last sequence 6");
  }

  @Test
  @DisplayName("FR-7: want of bytes drops too, of those that wait before it counted")
  void noBytes() {
    SessionStream stream = unreliable(10, 2 * Charge.of(500));
    for (int i = 0; i < 3; i++) {
      script.send(stream, 500);
    }
    assertThat(told("dropped")).containsExactly("dropped 2 3 to 3 NO_CREDIT");
  }

  @Test
  @DisplayName("FR-7: a large message is begun with what credit there is, and then finished")
  void largeMessage() {
    SessionStream stream = unreliable(10, 5_000);
    script.send(stream, 20_000);
    script.send(stream, 10);
    script.peer.read();
    assertThat(told("dropped")).containsExactly("dropped 2 2 to 2 NO_CREDIT");
    script.ack(2, 0, 10, 100_000);
    script.peer.read();
    script.send(stream, 10);
    script.peer.read();
    assertThat(script.frames(2))
        .containsExactly(
            "ACCEPT 2",
            "DROPS 2 " + new DropCounts(1, 0, 0, 0, 0, 0),
            "DATA 2 first 4968 of 20000 sequence 1",
            "DATA 2 15032 last",
            "DATA 2 first 10 last sequence 3");
  }

  @Test
  @DisplayName("FR-7: the newest takes the place of the one that waits for credit")
  void newestReplaces() {
    SessionStream stream = sequenced(1, 10_000);
    for (int i = 0; i < 5; i++) {
      script.send(stream, 10);
    }
    assertThat(told("dropped"))
        .containsExactly(
            "dropped 2 2 to 2 REPLACED", "dropped 2 3 to 3 REPLACED", "dropped 2 4 to 4 REPLACED");
    script.peer.read();
    script.ack(2, 0, 2, 10_000);
    script.peer.read();
    assertThat(script.frames(2))
        .containsExactly(
            "ACCEPT 2",
            "DROPS 2 " + new DropCounts(0, 3, 0, 0, 0, 0),
            "DATA 2 first 10 last sequence 1",
            "DATA 2 first 10 last sequence 5");
  }

  @Test
  @DisplayName("FR-7: with credit nothing of a sequenced stream is replaced, unless it is crowded")
  void crowded() {
    SessionStream stream = sequenced(10, 10_000);
    script.send(stream, 10);
    script.send(stream, 10);
    assertThat(told("dropped")).isEmpty();
    script
        .session()
        .send(
            stream, Unpooled.wrappedBuffer(new byte[10]), false, false, SendHalf.NO_DEADLINE, true);
    assertThat(told("dropped")).containsExactly("dropped 2 2 to 2 REPLACED");
  }

  @ParameterizedTest
  @EnumSource(
      value = ReliabilityMode.class,
      names = {"UNRELIABLE", "UNRELIABLE_SEQUENCED"})
  @DisplayName("FR-7: what is too old is dropped at its time, and only that")
  void timeToLive(ReliabilityMode mode) {
    SessionStream stream = script.stream(2, mode, 0, 10, 10_000, false);
    script.peer.pass(1);
    script.forget();
    for (long deadline : new long[] {1_000, 500, SendHalf.NO_DEADLINE, 2_000}) {
      script
          .session()
          .send(stream, Unpooled.wrappedBuffer(new byte[1]), false, false, deadline, false);
    }
    assertThat(script.session().nextTimeoutNanos()).isEqualTo(500);
    script.session().handleTimeout(999);
    assertThat(told("dropped")).containsExactly("dropped 2 2 to 2 EXPIRED");
    script.session().handleTimeout(1_000);
    script.peer.read();
    assertThat(told("dropped"))
        .containsExactly("dropped 2 2 to 2 EXPIRED", "dropped 2 1 to 1 EXPIRED");
    assertThat(script.frames(2))
        .containsExactly(
            "DROPS 2 " + new DropCounts(0, 0, 2, 0, 0, 0),
            "DATA 2 first 1 last sequence 3",
            "DATA 2 first 1 last sequence 4");
  }

  @Test
  @DisplayName("FR-9: what the owner dropped before is told with the rest, before FIN and RESET")
  void dropsBeforeTheEnd() {
    SessionStream first = unreliable(1, 10_000);
    script.session().skip(first, 4, DropCause.OVERFLOW);
    script.session().complete(first, EndCause.completed());
    script.peer.read();
    assertThat(told("dropped")).containsExactly("dropped 2 1 to 4 OVERFLOW");
    assertThat(script.frames(2))
        .endsWith("DROPS 2 " + new DropCounts(0, 0, 0, 4, 0, 0), "FIN 2 0 0 COMPLETED");

    SessionStream second =
        script.stream(4, ReliabilityMode.UNRELIABLE_SEQUENCED, 0, 0, 10_000, false);
    script.send(second, 1);
    script.session().reset(second, PeerScript.cause(EndCause.Kind.CLOSED));
    script.peer.read();
    assertThat(script.frames(4))
        .endsWith("DROPS 4 " + new DropCounts(0, 0, 0, 0, 1, 0), "RESET 4 CLOSED");
  }

  @Test
  @DisplayName("FR-9: the receiver knows the last counts; in a reliable stream they are a fault")
  void dropsReceived() {
    SessionStream stream = unreliable(0, 0);
    DropCounts counts = new DropCounts(1, 2, 3, 4, 5, 0);
    script.peer.write(out -> FrameWriter.drops(out, 2, new DropCounts(1, 0, 0, 0, 0, 0)));
    script.peer.write(out -> FrameWriter.drops(out, 2, counts));
    assertThat(stream.receive().remoteDrops()).isEqualTo(counts);
    script.stream(4, 0);
    script.peer.write(out -> FrameWriter.drops(out, 4, counts));
    assertThat(script.frames(4)).contains("RESET 4 PROTOCOL");
  }

  @Test
  @DisplayName("FR-7: gaps are delivered as they are; ACK says the last sequence and what arrived")
  void gapsReceived() {
    SessionStream stream = unreliable(0, 0);
    script.session().request(stream, 10);
    script.peer.read();
    script.forget();
    script.message(2, 3, 10);
    script.message(2, 4, 10);
    script.message(2, 9, 10);
    script.peer.pass(1_000_000);
    assertThat(told("message"))
        .containsExactly("message 2 3 10", "message 2 4 10", "message 2 9 10");
    assertThat(script.frames(2)).endsWith("ACK 2 9 3");
    assertThat(stream.receive().receivedSequence()).isEqualTo(9);
    assertThat(stream.receive().receivedMessages()).isEqualTo(3);
  }

  @Test
  @DisplayName("FR-7: by hand and out of order, ACK counts those up to its sequence only")
  void acknowledgedByHand() {
    SessionStream stream = script.stream(2, ReliabilityMode.UNRELIABLE, 0, 0, 0, true);
    script.session().request(stream, 10);
    script.peer.read();
    for (long sequence : new long[] {2, 5, 7}) {
      script.message(2, sequence, 10);
    }
    script.peer.read();
    script.forget();
    script.session().acknowledge(stream, 7);
    script.session().acknowledge(stream, 6); // never came
    script.session().acknowledge(stream, 2);
    script.peer.pass(1_000_000);
    assertThat(script.frames(2)).containsExactly("ACK 2 2 1");
    script.session().acknowledgeUpTo(stream, 6);
    script.peer.pass(1_000_000);
    assertThat(script.frames(2)).endsWith("ACK 2 7 3");
  }

  @Test
  @DisplayName("FR-7: a sequence that does not rise, or is missing, is a fault of the stream")
  void sequenceFaults() {
    unreliable(0, 0);
    script.message(2, 3, 10);
    script.message(2, 3, 10);
    assertThat(script.frames(2)).contains("RESET 2 PROTOCOL");
    script.stream(4, ReliabilityMode.UNRELIABLE_SEQUENCED, 5, 0, 0, false);
    script.message(4, -1, 10);
    assertThat(script.frames(4)).contains("RESET 4 PROTOCOL");
    assertThat(script.session().isEnded()).isFalse();
  }

  @Test
  @DisplayName("FR-7: an acknowledgement counts no more than was written")
  void ackFaults() {
    SessionStream stream = unreliable(3, 10_000);
    script.send(stream, 1);
    script.peer.read();
    script.peer.write(out -> FrameWriter.ack(out, 2, 1, 2, 3, 10_000));
    assertThat(script.frames(2)).contains("RESET 2 PROTOCOL");
  }
}
