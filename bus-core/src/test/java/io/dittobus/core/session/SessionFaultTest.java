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
import io.dittobus.core.frame.Ready;
import io.dittobus.core.simulation.RawPeer;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a peer gets that breaks a rule: its stream ends where that is enough, the session where it
 * is not.
 */
class SessionFaultTest {

  private static final BusOptions OPTIONS =
      BusOptions.defaults().toBuilder()
          .maxMessageSize(64 * 1024)
          .maxIncomingStreams(3)
          .windows(8 * 1024, 8 * 1024)
          .liveness(Duration.ofSeconds(5), Duration.ofSeconds(15))
          .build();

  private final RawPeer peer = new RawPeer(OPTIONS);
  private long control;

  @AfterEach
  void nothingIsLeft() {
    peer.close();
  }

  private void open(long id) {
    peer.write(
        out ->
            FrameWriter.open(
                out,
                ++control,
                id,
                ReliabilityMode.RELIABLE,
                9,
                9000,
                "x",
                Metadata.empty(),
                null));
  }

  private SessionStream openAndAccept(long id, int prefetch) {
    open(id);
    SessionStream stream = Objects.requireNonNull(peer.offered.get(id));
    peer.session.accept(stream, Metadata.empty(), FlowOptions.defaults().withPrefetch(prefetch));
    peer.session.start(stream, false);
    peer.read();
    return stream;
  }

  private void data(long id, boolean first, boolean last, long sequence, long total, int bytes) {
    ByteBuf payload = Unpooled.wrappedBuffer(new byte[bytes]);
    peer.write(
        out ->
            FrameWriter.data(out, id, first, last, false, false, sequence, total, payload, bytes));
  }

  private void endsOnlyStream(String kind) {
    assertThat(peer.frames).contains("RESET 2 " + kind, "STOP 2 " + kind);
    assertThat(peer.events).contains("inbound ended 2 " + kind);
    assertThat(peer.session.isEnded()).isFalse();
    SessionStream other = openAndAccept(4, 0);
    peer.session.request(other, 1);
    peer.read();
    data(4, true, true, 1, 3, 3);
    assertThat(peer.events).contains("message 4 1 3");
  }

  private void endsSession(Consumer<ByteBuf> fault, String line) {
    openAndAccept(2, 1);
    peer.write(fault);
    assertThat(peer.session.isEnded()).isTrue();
    assertThat(peer.frames).anyMatch(f -> f.startsWith("GOAWAY PROTOCOL") && f.contains(line));
    assertThat(peer.events).contains("closed 2 PROTOCOL", "session ended PROTOCOL");
  }

  @Test
  @DisplayName("FC-5: more messages than granted end the stream")
  void tooManyMessages() {
    openAndAccept(2, 1);
    data(2, true, true, 1, 1, 1);
    assertThat(peer.frames).noneMatch(f -> f.startsWith("RESET"));
    data(2, true, true, -1, 1, 1);
    endsOnlyStream("FLOW_CONTROL");
  }

  @Test
  @DisplayName(
      "FC-5 ST-2: data on a stream that was not answered is more than granted, and cuts it")
  void dataBeforeAnyGrant() {
    open(2);
    data(2, true, true, 1, 1, 1);
    assertThat(peer.frames).contains("RESET 2 FLOW_CONTROL");
    assertThat(peer.events).contains("refused 2 FLOW_CONTROL");
    assertThat(peer.session.isEnded()).isFalse();
  }

  @Test
  @DisplayName("FR-2: a message beyond maxMessageSize ends the stream at its first fragment")
  void tooLarge() {
    peer.session.request(openAndAccept(2, 0), 1);
    peer.read();
    data(2, true, false, 1, 64 * 1024 + 1, 1000);
    endsOnlyStream("PROTOCOL");
  }

  @Test
  @DisplayName("FR-4: fragments must add up")
  void fragmentsMustAddUp() {
    peer.session.request(openAndAccept(2, 0), 2);
    peer.read();
    data(2, true, false, 1, 2000, 1000);
    data(2, false, true, -1, -1, 999);
    endsOnlyStream("PROTOCOL");
  }

  @Test
  @DisplayName("ST-10: a fragment without its beginning is a fault of the stream")
  void fragmentWithoutBeginning() {
    peer.session.request(openAndAccept(2, 0), 2);
    peer.read();
    data(2, false, true, -1, -1, 10);
    endsOnlyStream("PROTOCOL");
  }

  @Test
  @DisplayName("ST-10: a message within another is a fault of the stream")
  void messageWithinMessage() {
    peer.session.request(openAndAccept(2, 0), 2);
    peer.read();
    data(2, true, false, 1, 2000, 1000);
    data(2, true, true, -1, 10, 10);
    endsOnlyStream("PROTOCOL");
  }

  @Test
  @DisplayName("FR-6: a message with another sequence than the next is a fault of the stream")
  void wrongSequence() {
    openAndAccept(2, 5);
    data(2, true, true, 2, 10, 10);
    endsOnlyStream("PROTOCOL");
  }

  @Test
  @DisplayName("FR-6: the first message on a link must carry its sequence")
  void missingFirstSequence() {
    openAndAccept(2, 5);
    data(2, true, true, -1, 10, 10);
    endsOnlyStream("PROTOCOL");
  }

  @Test
  @DisplayName("ST-5: FIN with other counts than arrived is a fault of the stream")
  void finWithOtherCounts() {
    openAndAccept(2, 5);
    peer.write(out -> FrameWriter.fin(out, ++control, 2, 1, 42, EndCause.completed()));
    endsOnlyStream("PROTOCOL");
    isOver();
  }

  /** The peer has said its last word and will not repeat it; all that is left is its DONE. */
  private void isOver() {
    assertThat(peer.frames).contains("DONE 2 0 PROTOCOL");
    peer.write(out -> FrameWriter.done(out, ++control, 2, 0, 0, EndCause.completed()));
    assertThat(peer.events).contains("closed 2 PROTOCOL");
  }

  @Test
  @DisplayName("ST-6: RESET with other counts than arrived is a fault of the stream, and its end")
  void resetWithOtherCounts() {
    openAndAccept(2, 5);
    peer.write(out -> FrameWriter.reset(out, ++control, 2, 1, 42, EndCause.completed()));
    endsOnlyStream("PROTOCOL");
    isOver();
  }

  @Test
  @DisplayName("ST-5: FIN within a message is a fault of the stream")
  void finWithinMessage() {
    peer.session.request(openAndAccept(2, 0), 2);
    peer.read();
    data(2, true, false, 1, 2000, 1000);
    peer.write(out -> FrameWriter.fin(out, ++control, 2, 1, 1032, EndCause.completed()));
    endsOnlyStream("PROTOCOL");
    isOver();
  }

  @Test
  @DisplayName("ST-5: DATA after FIN is a fault of the stream")
  void dataAfterFin() {
    openAndAccept(2, 5);
    data(2, true, true, 1, 10, 10);
    peer.write(out -> FrameWriter.fin(out, ++control, 2, 1, 42, EndCause.completed()));
    data(2, true, true, -1, 10, 10);
    assertThat(peer.frames).contains("RESET 2 PROTOCOL", "DONE 2 0 PROTOCOL");
    assertThat(peer.events).contains("inbound ended 2 PROTOCOL");
    assertThat(peer.session.isEnded()).isFalse();
  }

  @Test
  @DisplayName("FC-4 ST-10: an ACK of what was never sent is a fault of the stream")
  void ackOfWhatWasNeverSent() {
    openAndAccept(2, 0);
    peer.write(out -> FrameWriter.ack(out, 2, 1, 1, 10, 10_000));
    endsOnlyStream("PROTOCOL");
  }

  @Test
  @DisplayName("ST-8: DONE before FIN or RESET is a fault of the stream")
  void doneBeforeTheEnd() {
    openAndAccept(2, 0);
    peer.write(out -> FrameWriter.done(out, ++control, 2, 0, 0, EndCause.completed()));
    endsOnlyStream("PROTOCOL");
  }

  @Test
  @DisplayName("ST-10: DONE of what was never sent is a fault of the stream")
  void doneOfUnsentMessages() {
    SessionStream stream = openAndAccept(2, 0);
    peer.session.complete(stream, EndCause.completed());
    peer.read();
    peer.write(out -> FrameWriter.done(out, ++control, 2, 7, 7, EndCause.completed()));
    endsOnlyStream("PROTOCOL");
  }

  @Test
  @DisplayName("FC-1: an ACK may be stale or repeated; no limit is lowered")
  void acksMayBeStaleOrRepeated() {
    SessionStream stream = openAndAccept(2, 0);
    peer.session.send(stream, Unpooled.wrappedBuffer(new byte[5]), false);
    peer.read();
    peer.write(out -> FrameWriter.ack(out, 2, 1, 1, 12, 10_000));
    peer.write(out -> FrameWriter.ack(out, 2, 0, 0, 3, 3));
    peer.write(out -> FrameWriter.ack(out, 2, 1, 1, 12, 10_000));
    assertThat(peer.events).containsOnlyOnce("acked 2 1");
    assertThat(stream.send().credit().maxMessages()).isEqualTo(12);
    assertThat(stream.send().credit().maxOffset()).isEqualTo(10_000);
  }

  @Test
  @DisplayName("ST-1: what concerns a stream that never was ends the session")
  void unknownStream() {
    endsSession(out -> FrameWriter.ack(out, 40, 0, 0, 1, 1), "never opened");
  }

  @ParameterizedTest
  @ValueSource(longs = {2, 3, 0})
  @DisplayName("ST-1: ids are the opener's own and only grow")
  void openOutOfOrder(long id) {
    endsSession(
        out ->
            FrameWriter.open(
                out, ++control, id, ReliabilityMode.RELIABLE, 9, 9000, "x", Metadata.empty(), null),
        "out of order");
  }

  @Test
  @DisplayName("ST-2: ACCEPT of what was not asked for ends the session")
  void acceptOfWhatWasNotAskedFor() {
    endsSession(
        out -> FrameWriter.accept(out, ++control, 2, 0, 0, Metadata.empty()), "not asked for");
  }

  @Test
  @DisplayName("CT-1: control numbers have no gaps and no repetitions")
  void controlNumberGap() {
    endsSession(
        out -> FrameWriter.stop(out, control + 2, 2, false, EndCause.completed()), "expected");
  }

  @Test
  @DisplayName("HS-7: READY after READY ends the session")
  void helloAgain() {
    endsSession(out -> FrameWriter.ready(out, new Ready(2, 1, 0, 0, 0)), "READY");
  }

  @Test
  @DisplayName("GO-3: bytes that are no frames end the session, with GOAWAY")
  void bytesThatAreNoFrames() {
    endsSession(out -> out.writeInt(0xffffff20), "at most");
  }

  @Test
  @DisplayName("ST-3: streams beyond the accept limit are refused, and room comes back")
  void acceptLimit() {
    openAndAccept(2, 0);
    openAndAccept(4, 0);
    openAndAccept(6, 0);
    open(8);
    assertThat(peer.frames).contains("REFUSE 8 LIMIT");
    peer.session.cut(
        Objects.requireNonNull(peer.offered.get(2L)), EndCause.local(EndCause.Kind.CLOSED, ""));
    peer.read();
    peer.write(
        out -> {
          FrameWriter.reset(out, ++control, 2, 0, 0, EndCause.local(EndCause.Kind.CLOSED, ""));
          FrameWriter.done(out, ++control, 2, 0, 0, EndCause.local(EndCause.Kind.CLOSED, ""));
        });
    openAndAccept(10, 0);
    assertThat(peer.frames).contains("ACCEPT 10");
  }

  @Test
  @DisplayName("CT-2: who opens streams and never reads the refusals is cut off")
  void refusalsAreBounded() {
    for (int i = 1; i <= 3; i++) {
      open(2L * i);
    }
    ByteBuf flood = Unpooled.buffer();
    for (int i = 0; i < 5000; i++) {
      FrameWriter.open(
          flood,
          ++control,
          100 + 2L * i,
          ReliabilityMode.RELIABLE,
          9,
          9000,
          "x",
          Metadata.empty(),
          null);
    }
    peer.session.handleBytes(flood, peer.now());
    flood.release();
    assertThat(peer.session.isEnded()).isTrue();
    assertThat(peer.events).contains("session ended PROTOCOL");
  }

  @Test
  @DisplayName("CT-2: any number of PINGs gets one PONG")
  void pongsAreConflated() {
    peer.write(
        out -> {
          for (int i = 1; i <= 10_000; i++) {
            FrameWriter.ping(out, i);
          }
        });
    assertThat(peer.frames.stream().filter(f -> f.startsWith("PONG")))
        .containsExactly("PONG 10000");
  }

  @Test
  @DisplayName("FR-5: a large message that stalls on its way loses its stream and its room")
  void stalledReassembly() {
    peer.session.request(openAndAccept(2, 0), 1);
    peer.read();
    data(2, true, false, 1, 60_000, 8000);
    assertThat(peer.session.freeReassemblyBytes()).isLessThan(OPTIONS.reassemblyBudget());
    for (int i = 0; i < 8; i++) {
      peer.pass(Duration.ofSeconds(5).toNanos());
      peer.write(out -> FrameWriter.pong(out, 0));
    }
    assertThat(peer.session.freeReassemblyBytes()).isEqualTo(OPTIONS.reassemblyBudget());
    endsOnlyStream("PROTOCOL");
  }

  @Test
  @DisplayName("LV-3: silence for deadAfter is the loss of the link, any frame is life")
  void silence() {
    openAndAccept(2, 0);
    for (int i = 0; i < 10; i++) {
      peer.pass(Duration.ofSeconds(4).toNanos());
      peer.write(out -> FrameWriter.ack(out, 2, 0, 0, 1, 1));
    }
    assertThat(peer.session.isEnded()).isFalse();
    assertThat(peer.frames).anyMatch(f -> f.startsWith("PING"));
    for (int i = 0; i < 15; i++) {
      peer.pass(Duration.ofSeconds(1).toNanos() - 1);
      assertThat(peer.session.isEnded()).isFalse();
    }
    peer.pass(15);
    assertThat(peer.session.isEnded()).as("looks twice").isFalse();
    peer.pass(Duration.ofMillis(10).toNanos());
    assertThat(peer.session.isEnded()).isTrue();
    assertThat(peer.events).contains("closed 2 LINK_LOST", "session ended LINK_LOST");
  }

  @Test
  @DisplayName("LV-4: after a pause of its own a node reads before it declares anyone dead")
  void ownPause() {
    openAndAccept(2, 0);
    peer.pass(Duration.ofSeconds(60).toNanos());
    assertThat(peer.session.isEnded()).isFalse();
    peer.write(out -> FrameWriter.ack(out, 2, 0, 0, 1, 1));
    peer.pass(Duration.ofSeconds(5).toNanos());
    assertThat(peer.session.isEnded()).isFalse();
  }

  @Test
  @DisplayName(
      "LV-4: what waits to be read when time is up is read first, though no pause was seen")
  void secondLook() {
    openAndAccept(2, 0);
    peer.pass(Duration.ofSeconds(5).toNanos());
    peer.pass(Duration.ofSeconds(5).toNanos());
    peer.pass(Duration.ofMillis(7_400).toNanos());
    assertThat(peer.session.isEnded()).isFalse();
    peer.write(out -> FrameWriter.ack(out, 2, 0, 0, 1, 1));
    peer.pass(Duration.ofMillis(10).toNanos());
    assertThat(peer.session.isEnded()).isFalse();
  }

  @Test
  @DisplayName("ST-4: at most 1,024 OPENs are unanswered at a time; the others wait their turn")
  void unansweredOpensAreBounded() {
    for (int i = 0; i < 3000; i++) {
      peer.session.open(StreamOptions.reliable("x"), null, this);
    }
    peer.read();
    assertThat(peer.frames.stream().filter(f -> f.startsWith("OPEN"))).hasSize(1024);
    peer.write(
        out ->
            FrameWriter.refuse(
                out, ++control, 1, EndCause.local(EndCause.Kind.NO_HANDLER, "nobody")));
    assertThat(peer.frames.stream().filter(f -> f.startsWith("OPEN"))).hasSize(1025);
    assertThat(peer.events).contains("refused 1 NO_HANDLER");
  }

  @Test
  @DisplayName("ST-4: what a stream has to say waits for its OPEN")
  void nothingOvertakesOpen() {
    SessionStream last = peer.session.open(StreamOptions.reliable("x"), null, this);
    for (int i = 0; i < 1100; i++) {
      last = peer.session.open(StreamOptions.reliable("x"), null, this);
    }
    peer.session.complete(last, EndCause.completed());
    peer.session.cancel(last, EndCause.local(EndCause.Kind.CANCELLED, ""));
    peer.read();
    assertThat(peer.frames.stream().filter(f -> f.startsWith("OPEN"))).hasSize(1024);
    assertThat(peer.frames).noneMatch(f -> f.startsWith("FIN") || f.startsWith("STOP"));
  }

  @Test
  @DisplayName("ST-2: data before ACCEPT ends the stream")
  void dataBeforeAccept() {
    peer.session.open(StreamOptions.reliable("x").withPrefetch(5), null, this);
    peer.read();
    data(1, true, true, 1, 3, 3);
    assertThat(peer.events).contains("refused 1 PROTOCOL");
    assertThat(peer.session.isEnded()).isFalse();
  }

  @Test
  @DisplayName("GO-1: after GOAWAY nothing new is opened or taken, and what there is goes on")
  void goAway() {
    SessionStream stream = openAndAccept(2, 2);
    peer.session.shutDown(1000);
    peer.read();
    open(4);
    assertThat(peer.frames).contains("REFUSE 4 SHUT_DOWN");
    data(2, true, true, 1, 5, 5);
    peer.session.request(stream, 1);
    assertThat(peer.events).contains("message 2 1 5");
    peer.session.open(StreamOptions.reliable("y"), null, this);
    assertThat(peer.events).contains("refused 1 SHUT_DOWN");
  }
}
