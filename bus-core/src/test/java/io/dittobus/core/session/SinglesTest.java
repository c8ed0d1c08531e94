// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.frame.MessageHead;
import io.dittobus.core.frame.SingleResult;
import io.dittobus.core.simulation.RawPeer;
import io.dittobus.core.stream.SendHalf;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Single messages: the peer lets in {@link RawPeer#SINGLE_MESSAGES}, this side lets in 3. */
class SinglesTest {

  private final PeerScript script =
      new PeerScript(BusOptions.defaults().toBuilder().singleWindow(3, 4096).build());

  @AfterEach
  void nothingIsLeft() {
    script.peer.close();
  }

  private static ByteBuf single(boolean reliable, int payload) {
    ByteBuf whole = Unpooled.buffer();
    MessageHead.writeSingle(whole, reliable, "label", Metadata.empty());
    return whole.writeZero(payload);
  }

  private void send(String name, boolean reliable) {
    script.session().sendSingle(single(reliable, 10), reliable, SendHalf.NO_DEADLINE, name);
  }

  private List<String> told(String event) {
    return script.peer.events.stream().filter(e -> e.startsWith(event)).toList();
  }

  private void ack(long upTo, long maxMessages) {
    script.peer.write(out -> FrameWriter.ack(out, 0, upTo, upTo, maxMessages, 100_000));
  }

  private void result(long number, SingleResult result) {
    script.control((out, control) -> FrameWriter.result(out, control, number, result));
  }

  private void receive(long number, boolean reliable, int payload) {
    ByteBuf whole = single(reliable, payload);
    int size = whole.readableBytes();
    script.peer.write(
        out ->
            FrameWriter.data(
                out, 0, true, true, reliable, false, number == 1 ? 1 : -1, size, whole, size));
    whole.release();
  }

  // Sending

  @Test
  @DisplayName("SM-1 SM-4: results by ACK, and by RESULT before it")
  void results() {
    for (String name : List.of("a", "b", "c")) {
      send(name, true);
    }
    send("u", false);
    script.peer.read();
    assertThat(script.frames(0))
        .containsExactly(
            "DATA 0 first 18 last ack now sequence 1",
            "DATA 0 first 18 last ack now",
            "DATA 0 first 18 last ack now",
            "DATA 0 first 18 last");
    assertThat(told("single ended")).containsExactly("single ended u TRANSMITTED");
    result(3, SingleResult.CONSUMED);
    result(2, SingleResult.REFUSED);
    ack(4, 8);
    assertThat(told("single ended"))
        .containsExactly(
            "single ended u TRANSMITTED",
            "single ended c DELIVERED",
            "single ended b REFUSED",
            "single ended a DELIVERED");
    result(1, SingleResult.FAILED);
    assertThat(told("single ended")).as("a second one is passed over").hasSize(4);
  }

  @Test
  @DisplayName("SM-4: a message that failed there is UNKNOWN here")
  void failed() {
    send("a", true);
    script.peer.read();
    result(1, SingleResult.FAILED);
    assertThat(told("single ended")).containsExactly("single ended a UNKNOWN");
  }

  @Test
  @DisplayName("SM-3: beyond the window reliable ones wait, unreliable ones are dropped")
  void beyondTheWindow() {
    for (int i = 1; i <= RawPeer.SINGLE_MESSAGES + 2; i++) {
      send("r" + i, true);
    }
    send("u", false);
    script.peer.read();
    assertThat(script.frames(0)).hasSize(RawPeer.SINGLE_MESSAGES);
    assertThat(told("single ended")).containsExactly("single ended u DROPPED");
    ack(1, RawPeer.SINGLE_MESSAGES + 1);
    script.peer.read();
    assertThat(script.frames(0)).hasSize(RawPeer.SINGLE_MESSAGES + 1);
  }

  @Test
  @DisplayName("SM-2: what waits goes before what comes, reliable or not")
  void order() {
    for (int i = 1; i <= 6; i++) {
      send("r" + i, true);
    }
    ack(0, 100);
    send("u", false);
    script.peer.read();
    assertThat(told("single written"))
        .containsExactly(
            "single written r1",
            "single written r2",
            "single written r3",
            "single written r4",
            "single written r5",
            "single written r6",
            "single written u");
  }

  @Test
  @DisplayName("SM-4: one that waits too long was never written")
  void deadline() {
    for (int i = 0; i < RawPeer.SINGLE_MESSAGES; i++) {
      send("r" + i, true);
    }
    script.session().sendSingle(single(true, 1), true, 500, "late");
    script.peer.pass(500);
    assertThat(told("single ended")).containsExactly("single ended late UNREACHABLE");
  }

  @Test
  @DisplayName("SM-4: when the session ends each message ends, once, with the truth")
  void sessionEnds() {
    send("written", true);
    send("transmitted", false);
    script.peer.read();
    script.session().sendSingle(single(true, 60_000), true, SendHalf.NO_DEADLINE, "half");
    script.peer.read();
    send("waiting", true);
    script.session().linkDown("lost", 0);
    assertThat(told("single ended"))
        .containsExactlyInAnyOrder(
            "single ended transmitted TRANSMITTED",
            "single ended written UNKNOWN",
            "single ended half UNKNOWN",
            "single ended waiting UNREACHABLE");
  }

  @Test
  @DisplayName("GO-1: a peer that closes gets no more of them; those under way go on")
  void goingAway() {
    send("under way", true);
    script.peer.read();
    for (int i = 0; i < 4; i++) {
      send("r" + i, true);
    }
    script.goAway(0, 1000, EndCause.Kind.SHUT_DOWN);
    send("after", true);
    ack(1, 10);
    assertThat(told("single ended"))
        .containsExactly(
            "single ended r0 UNREACHABLE",
            "single ended r1 UNREACHABLE",
            "single ended r2 UNREACHABLE",
            "single ended r3 UNREACHABLE",
            "single ended after UNREACHABLE",
            "single ended under way DELIVERED");
  }

  // Receiving

  @Test
  @DisplayName("SM-3: each that ended gives its place back, whatever becomes of the first")
  void window() {
    for (int i = 1; i <= 3; i++) {
      receive(i, true, 1000);
    }
    assertThat(told("single ")).hasSize(3).startsWith("single 1 'label' 1000");
    script.forget();
    for (int i = 4; i < 20; i++) {
      script.session().endSingle(i - 2, true, SingleResult.CONSUMED);
      script.peer.read();
      receive(i, true, 1000);
    }
    assertThat(script.session().isEnded()).isFalse();
    assertThat(told("single ")).hasSize(16);
    assertThat(script.peer.frames)
        .contains("RESULT 2 CONSUMED")
        .noneMatch(f -> f.matches("ACK 0 [1-9].*"));
  }

  @Test
  @DisplayName("SM-4: consumed in order they are acknowledged together, without results")
  void inOrder() {
    for (int i = 1; i <= 3; i++) {
      receive(i, true, 10);
      script.session().endSingle(i, true, SingleResult.CONSUMED);
    }
    script.session().endSingle(3, true, SingleResult.REFUSED);
    script.peer.read();
    assertThat(script.peer.frames).contains("ACK 0 3 3").noneMatch(f -> f.startsWith("RESULT"));
  }

  @Test
  @DisplayName(
      "SM-4: a refusal is said before the ACK that covers it; of unreliable ones nothing is")
  void refusals() {
    receive(1, true, 10);
    receive(2, false, 10);
    script.session().endSingle(2, false, SingleResult.REFUSED);
    script.session().endSingle(1, true, SingleResult.REFUSED);
    script.peer.read();
    assertThat(script.peer.frames).containsSubsequence("RESULT 1 REFUSED", "ACK 0 2 2");
    assertThat(script.peer.frames).noneMatch(f -> f.startsWith("RESULT 2"));
  }

  @Test
  @DisplayName("SM-3: one that is larger than the window is let in")
  void large() {
    ByteBuf whole = single(true, 20_000);
    int size = whole.readableBytes();
    script.peer.write(
        out -> FrameWriter.data(out, 0, true, false, false, false, 1, size, whole, 4000));
    script.peer.pass(1_000_000);
    assertThat(script.peer.limits.get(0L)[1]).isGreaterThanOrEqualTo(size + 32);
    script.peer.write(
        out -> FrameWriter.data(out, 0, false, false, false, false, -1, size, whole, 10_000));
    script.peer.write(
        out -> FrameWriter.data(out, 0, false, true, false, false, -1, size, whole, size - 14_000));
    whole.release();
    assertThat(told("single ")).containsExactly("single 1 'label' 20000");
  }

  // Faults

  @Test
  @DisplayName("SM-5: more than the window lets in ends the session")
  void tooMany() {
    for (int i = 1; i <= 4; i++) {
      receive(i, true, 10);
    }
    assertThat(script.session().isEnded()).isTrue();
    assertThat(script.peer.events).contains("session ended FLOW_CONTROL");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "02", "0105", "0001ff", "00000103"})
  @DisplayName("SM-5 SM-1: a malformed head ends the session")
  void malformed(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    ByteBuf whole = Unpooled.wrappedBuffer(bytes);
    script.peer.write(
        out ->
            FrameWriter.data(
                out, 0, true, true, false, false, 1, bytes.length, whole, bytes.length));
    assertThat(script.peer.events).contains("session ended PROTOCOL");
  }

  @Test
  @DisplayName(
      "SM-4 SM-1: a result or ACK of what was not written, and other frames, end the session")
  void faults() {
    send("a", true);
    script.peer.read();
    result(2, SingleResult.CONSUMED);
    assertThat(script.peer.events).contains("session ended PROTOCOL");
  }

  @Test
  @DisplayName("SM-4: an ACK of what was not written ends the session")
  void ackFault() {
    ack(1, 10);
    assertThat(script.peer.events).contains("session ended PROTOCOL");
  }

  @Test
  @DisplayName("SM-1: no other frame may name the stream 0")
  void otherFrames() {
    script.fin(0, 0, 0, EndCause.Kind.COMPLETED);
    assertThat(script.peer.events).contains("session ended PROTOCOL");
  }
}
