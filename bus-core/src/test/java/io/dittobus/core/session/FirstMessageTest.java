// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.frame.MessageHead;
import io.dittobus.core.stream.SendHalf;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The message within OPEN, and the metadata of messages. */
class FirstMessageTest {

  private PeerScript script = new PeerScript(BusOptions.defaults());

  @AfterEach
  void nothingIsLeft() {
    script.peer.close();
  }

  private static ByteBuf bytes(int count) {
    return Unpooled.wrappedBuffer(new byte[count]);
  }

  @Test
  @DisplayName("ST-11: it travels within OPEN, and takes part in all counts")
  void withinOpen() {
    SessionStream stream =
        script.session().open(StreamOptions.reliable("x"), bytes(16 * 1024), this);
    script.peer.read();
    assertThat(script.peer.frames).contains("OPEN 1 first 16384");
    script.accept(1, 0, 0);
    script.send(stream, 5);
    script.peer.read();
    assertThat(script.frames(1)).as("no credit for the next").noneMatch(f -> f.startsWith("DATA"));
    script.ack(1, 1, 2, 100_000);
    script.peer.read();
    assertThat(script.peer.events).contains("acked 1 1");
    assertThat(script.frames(1)).contains("DATA 1 first 5 last");
    script.session().complete(stream, EndCause.completed());
    script.peer.read();
    assertThat(script.frames(1)).contains("FIN 1 2 " + (16 * 1024 + 32 + 5 + 32) + " COMPLETED");
  }

  @Test
  @DisplayName("ST-11: a larger one waits for ACCEPT and its credit, in any mode")
  void largerOneWaits() {
    script.session().open(StreamOptions.unreliable("x"), bytes(16 * 1024 + 1), this);
    script.peer.read();
    assertThat(script.peer.frames).contains("OPEN 1");
    script.accept(1, 1, 100_000);
    script.peer.read();
    assertThat(script.frames(1)).contains("DATA 1 first 16384 of 16385 sequence 1");
  }

  @Test
  @DisplayName("ST-11: one that was refused, or given up, is released")
  void refused() {
    ByteBuf refused = bytes(10);
    script.session().open(StreamOptions.reliable("x"), refused, this);
    script.peer.read();
    script.refuse(1, EndCause.Kind.FORBIDDEN);
    assertThat(refused.refCnt()).isZero();
    ByteBuf given = bytes(10);
    SessionStream stream = script.session().open(StreamOptions.reliable("x"), given, this);
    script.session().cut(stream, PeerScript.cause(EndCause.Kind.TIMED_OUT));
    assertThat(given.refCnt()).isZero();
  }

  @ParameterizedTest
  @EnumSource(ReliabilityMode.class)
  @DisplayName(
      "ST-11: it waits until it is asked for, and is acknowledged though ACCEPT is not out")
  void received(ReliabilityMode mode) {
    script.open(2, mode, "x", 0, 0, bytes(16 * 1024));
    SessionStream stream = Objects.requireNonNull(script.peer.offered.get(2L));
    script.session().accept(stream, Metadata.empty(), FlowOptions.defaults());
    script.session().start(stream, false);
    assertThat(script.peer.events).containsExactly("offered 2");
    script.session().request(stream, 1);
    assertThat(script.peer.events).contains("message 2 1 16384");
    script.peer.read();
    script.peer.pass(1_000_000);
    assertThat(script.frames(2)).containsExactly("ACCEPT 2", "ACK 2 1 1");
    assertThat(script.peer.limits.get(2L)[0]).as("asked for one, which was it").isEqualTo(1);
  }

  @Test
  @DisplayName("ST-11: one more than was allowed for is beyond the credit")
  void onlyOne() {
    script.open(2, ReliabilityMode.RELIABLE, "x", 0, 0, bytes(10));
    SessionStream stream = Objects.requireNonNull(script.peer.offered.get(2L));
    script.session().accept(stream, Metadata.empty(), FlowOptions.defaults());
    script.session().start(stream, false);
    script.message(2, 2, 1);
    assertThat(script.frames(2)).contains("RESET 2 FLOW_CONTROL");
  }

  @Test
  @DisplayName("ST-11: where there is no room for it, the stream is refused")
  void noRoom() {
    script.peer.close();
    script =
        new PeerScript(BusOptions.defaults().toBuilder().windowBudgets(10_000, 10_000).build());
    script.open(2, ReliabilityMode.RELIABLE, "x", 0, 0, bytes(16 * 1024));
    assertThat(script.peer.frames).contains("REFUSE 2 LIMIT");
    script.open(4, ReliabilityMode.RELIABLE, "x", 0, 0, bytes(4_000));
    assertThat(script.peer.events).contains("offered 4");
  }

  @Test
  @DisplayName("ST-11: one that is larger than was allowed ends the session")
  void tooLarge() {
    script.peer.close();
    script = new PeerScript(BusOptions.defaults().toBuilder().windows(4096, 4096).build());
    script.open(2, ReliabilityMode.RELIABLE, "x", 0, 0, bytes(4096 - 32 + 1));
    assertThat(script.session().isEnded()).isTrue();
  }

  // Metadata

  private static ByteBuf withMetadata(Metadata metadata, int payload) {
    ByteBuf whole = Unpooled.buffer();
    MessageHead.write(whole, metadata);
    return whole.writeZero(payload);
  }

  @Test
  @DisplayName("FR-8: metadata is a part of the message's bytes, and may be cut as they are")
  void metadataSent() {
    SessionStream stream = script.stream(2, 0, 10, 1_500, false);
    ByteBuf whole = withMetadata(Metadata.of("k", "v".repeat(2_000)), 10);
    int size = whole.readableBytes();
    script.session().send(stream, whole, false, true, SendHalf.NO_DEADLINE, false);
    script.peer.read();
    script.ack(2, 0, 10, 100_000);
    script.peer.read();
    assertThat(script.frames(2))
        .contains("DATA 2 first 1468 of " + size + " metadata sequence 1")
        .contains("DATA 2 " + (size - 1468) + " last");
  }

  @Test
  @DisplayName("FR-8: the application gets the metadata apart from the payload")
  void metadataReceived() {
    SessionStream stream = script.stream(2, 2);
    Metadata metadata = Metadata.of("key", "value");
    ByteBuf whole = withMetadata(metadata, 7);
    int size = whole.readableBytes();
    data(whole.retainedDuplicate(), size, 1);
    script.message(2, 2, 5);
    script.session().request(stream, 2);
    assertThat(script.peer.events).contains("message 2 1 7 " + metadata, "message 2 2 5");
    whole.release();
  }

  @Test
  @DisplayName("FR-8: what is no metadata is a fault of the stream")
  void noMetadata() {
    SessionStream stream = script.stream(2, 2);
    data(Unpooled.wrappedBuffer(new byte[] {1, 3, 'k'}), 3, 1);
    assertThat(script.frames(2)).noneMatch(f -> f.startsWith("RESET"));
    script.session().request(stream, 1);
    script.peer.read();
    assertThat(script.frames(2)).contains("RESET 2 PROTOCOL");
    assertThat(script.peer.events).noneMatch(e -> e.startsWith("message"));
  }

  private void data(ByteBuf bytes, int size, long sequence) {
    script.peer.write(
        out -> FrameWriter.data(out, 2, true, true, false, true, sequence, size, bytes, size));
    bytes.release();
  }
}
