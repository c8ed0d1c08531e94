// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.EndCause.Kind;
import io.dittobus.core.frame.FrameType;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a session writes, in which pieces and in which order. */
class SessionWritingTest {

  private static final long MILLISECOND = Duration.ofMillis(1).toNanos();
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final PeerScript script = new PeerScript(BusOptions.defaults());

  @AfterEach
  void nothingIsLeft() {
    script.peer.close();
  }

  // Control frames

  @Test
  @DisplayName("CT-1: control frames are numbered 1, 2, 3 and so on, one count for all streams")
  void numbers() {
    for (int i = 0; i < 5; i++) {
      script.session().open(StreamOptions.reliable("x"), null, this);
    }
    SessionStream stream = script.stream(2, 0);
    script.session().complete(stream, EndCause.completed());
    script.session().cancel(stream, PeerScript.cause(Kind.CANCELLED));
    script.peer.read();
    script.open(4, "", 0, 0);
    assertThat(script.peer.controls).hasSize(9);
    assertThat(script.peer.controls)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 9).boxed().toList());
  }

  private List<String> receipts() {
    return script.peer.frames.stream().filter(f -> f.startsWith("RECEIPT")).toList();
  }

  @Test
  @DisplayName("RS-3: RECEIPT is due 50 ms after a kept frame has arrived, and never without news")
  void receiptByTime() {
    script.stream(2, 100);
    script.peer.pass(49_000_000);
    assertThat(receipts()).isEmpty();
    script.peer.pass(1_000_000);
    assertThat(receipts()).containsExactly("RECEIPT 1");
    script.peer.write(out -> FrameWriter.ping(out, 1));
    script.peer.pass(1_000_000_000);
    assertThat(receipts()).hasSize(1);
    script.message(2, 1, 10);
    script.message(2, 2, 10);
    script.peer.pass(50_000_000);
    assertThat(receipts()).containsExactly("RECEIPT 1", "RECEIPT 3");
  }

  @Test
  @DisplayName("RS-3: RECEIPT is due when 64 KiB have arrived")
  void receiptByBytes() {
    script.stream(2, 100);
    for (int i = 1; i <= 6; i++) {
      script.message(2, i, 16_000);
    }
    assertThat(receipts()).isNotEmpty();
    long told = Long.parseLong(receipts().get(receipts().size() - 1).split(" ")[1]);
    assertThat(told).isBetween(4L, 7L);
  }

  @Test
  @DisplayName("RS-3: a RECEIPT of frames that were not sent ends the session")
  void receiptBeyond() {
    script.stream(2, 0);
    script.peer.write(out -> FrameWriter.receipt(out, 1));
    script.peer.write(out -> FrameWriter.receipt(out, 0));
    script.peer.write(out -> FrameWriter.receipt(out, 1));
    assertThat(script.session().isEnded()).isFalse();
    script.peer.write(out -> FrameWriter.receipt(out, 2));
    assertThat(script.peer.events).contains("session ended PROTOCOL");
  }

  @Test
  @DisplayName("RS-2: when what is kept fills its budget kept frames wait, and ACK goes on")
  void budgetIsFull() {
    BusOptions small = BusOptions.defaults().toBuilder().resumeBudget(256 * 1024).build();
    PeerScript full = new PeerScript(small, Hello.RESUME);
    SessionStream stream = full.stream(2, 10, 1000, 10_000_000, false);
    int messages = 40;
    for (int i = 0; i < messages; i++) {
      full.send(stream, 16_000);
    }
    full.peer.read();
    long before = data(full);
    assertThat(before).isBetween(10L, 20L);
    full.session().request(stream, 5);
    full.message(2, 1, 10);
    full.peer.pass(2 * MILLISECOND);
    assertThat(data(full)).isEqualTo(before);
    assertThat(full.frames(2)).anyMatch(frame -> frame.startsWith("ACK 2 1 1"));
    assertThat(full.session().retainedBytes()).isLessThanOrEqualTo(256 * 1024);
    assertThat(full.session().hasWork()).isFalse();
    full.peer.write(out -> FrameWriter.receipt(out, before));
    assertThat(data(full)).isGreaterThan(before);
    full.peer.close();
  }

  private static long data(PeerScript of) {
    return of.frames(2).stream().filter(frame -> frame.startsWith("DATA 2")).count();
  }

  // Order

  @Test
  @DisplayName("SC-1: what concerns the session goes first, then what streams say, then data")
  void order() {
    SessionStream stream = script.stream(2, 0);
    script.session().shutDown(1000);
    for (int i = 0; i < 50; i++) {
      script.send(stream, 10_000);
    }
    script.session().request(stream, 3);
    script.forget();
    script.peer.write(out -> FrameWriter.ping(out, 8));
    List<String> frames = script.peer.frames;
    assertThat(frames).hasSize(53);
    assertThat(frames.subList(0, 3))
        .satisfiesExactly(
            frame -> assertThat(frame).isEqualTo("PONG 8"),
            frame -> assertThat(frame).startsWith("GOAWAY"),
            frame -> assertThat(frame).startsWith("ACK 2"));
    assertThat(frames.subList(3, 53)).allMatch(frame -> frame.startsWith("DATA 2 "));
  }

  @Test
  @DisplayName("SC-1: control frames overtake data that is half written")
  void overtaking() {
    SessionStream stream = script.stream(2, 0);
    for (int i = 0; i < 50; i++) {
      script.send(stream, 10_000);
    }
    ByteBuf out = Unpooled.buffer(64 * 1024, 64 * 1024);
    assertThat(script.session().pollWrite(out)).isTrue();
    out.release();
    ByteBuf ping = Unpooled.buffer();
    FrameWriter.ping(ping, 8);
    script.session().handleBytes(ping, script.peer.now());
    out = Unpooled.buffer(64 * 1024, 64 * 1024);
    script.session().pollWrite(out);
    assertThat(out.getInt(0)).isEqualTo(0x00000132);
    assertThat(out.getByte(4)).isEqualTo((byte) 8);
    assertThat(out.readableBytes()).isGreaterThan(32 * 1024);
    out.release();
  }

  @Test
  @DisplayName(
      "SC-1: within a stream ACCEPT comes first, then RESET, STOP and DONE; FIN after data")
  void orderWithinStream() {
    for (long id = 2; id <= 4; id += 2) {
      script.open(id, "x", 9, 9000);
      SessionStream stream = Objects.requireNonNull(script.peer.offered.get(id));
      script.session().accept(stream, Metadata.empty(), FlowOptions.defaults());
      script.session().start(stream, false);
      script.send(stream, 10);
      script.session().cancel(stream, PeerScript.cause(Kind.CANCELLED));
      if (id == 2) {
        script.session().complete(stream, EndCause.completed());
      } else {
        script.session().reset(stream, PeerScript.cause(Kind.CLOSED));
      }
      script.peer.read();
    }
    assertThat(script.frames(2))
        .containsExactly(
            "ACCEPT 2",
            "STOP 2 CANCELLED",
            "DATA 2 first 10 last sequence 1",
            "FIN 2 1 42 COMPLETED");
    assertThat(script.frames(4)).containsExactly("ACCEPT 4", "RESET 4 CLOSED", "STOP 4 CANCELLED");
  }

  @Test
  @DisplayName("SC-1: reading goes on while nothing can be written")
  void readingGoesOn() {
    SessionStream stream = script.stream(2, 0);
    script.session().request(stream, 1000);
    script.peer.read();
    script.forget();
    ByteBuf bytes = Unpooled.buffer();
    for (int i = 1; i <= 1000; i++) {
      FrameWriter.data(bytes, 2, true, true, true, false, i, 4, Unpooled.buffer().writeInt(i), 4);
      FrameWriter.ping(bytes, i);
    }
    script.session().handleBytes(bytes, script.peer.now());
    assertThat(script.peer.events).hasSize(1000).endsWith("message 2 1000 4");
    script.peer.read();
    assertThat(script.peer.frames)
        .as("conflated")
        .containsExactly("PONG 1000", "ACK 2 1000 1000", "RECEIPT 1001");
  }

  @Test
  @DisplayName("SC-2: a stream with small messages does not wait for one with large ones")
  void turns() {
    SessionStream large = script.stream(2, 0);
    SessionStream small = script.stream(4, 0);
    SessionStream noCredit = script.stream(6, 0, 0, 0, false);
    script.forget();
    for (int i = 0; i < 10; i++) {
      script.send(large, 64 * 1024);
    }
    for (int i = 0; i < 8; i++) {
      script.send(small, 100);
      script.send(noCredit, 100);
    }
    script.peer.read();
    List<String> frames = script.peer.frames;
    assertThat(frames).hasSize(48);
    assertThat(frames.get(0)).startsWith("DATA 2 first 16384 of 65536");
    assertThat(frames.subList(1, 9)).allMatch(frame -> frame.startsWith("DATA 4 first 100 last"));
    assertThat(script.frames(6)).isEmpty();
  }

  @Test
  @DisplayName(
      "SC-2: streams with as much to write get equal shares, whatever their messages' size")
  void shares() {
    SessionStream large = script.stream(2, 0, 1000, 10_000_000, false);
    SessionStream small = script.stream(4, 0, 1000, 10_000_000, false);
    script.forget();
    for (int i = 0; i < 10; i++) {
      script.send(large, 64 * 1024);
    }
    for (int i = 0; i < 600; i++) {
      script.send(small, 1000);
    }
    script.peer.read();
    long ahead = 0;
    for (int i = 0; i < 400; i++) {
      String[] words = script.peer.frames.get(i).split(" ", -1);
      long bytes = Long.parseLong(words[2].equals("first") ? words[3] : words[2]);
      ahead += words[1].equals("2") ? bytes : -bytes;
      assertThat(Math.abs(ahead)).as("after %d frames", i).isLessThan(2 * 16 * 1024);
    }
  }

  // Messages

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "16384, 1", "16385, 2", "32768, 2", "40000, 3"})
  @DisplayName("FR-1: a message of up to 16 KiB is one frame, a larger one travels in fragments")
  void fragments(int bytes, int expected) {
    SessionStream stream = script.stream(2, 0);
    script.forget();
    script.send(stream, bytes);
    script.peer.read();
    List<String> frames = script.frames(2);
    assertThat(frames).hasSize(expected);
    assertThat(frames.get(0)).startsWith("DATA 2 first ").contains("sequence 1");
    assertThat(frames.get(expected - 1)).contains("last");
    if (expected > 1) {
      assertThat(frames.get(0)).contains(" 16384 of " + bytes);
      int rest = bytes - (expected - 1) * FrameType.MAX_PAYLOAD;
      assertThat(frames.get(expected - 1)).isEqualTo("DATA 2 " + rest + " last");
    }
    if (expected > 2) {
      assertThat(frames.get(1)).isEqualTo("DATA 2 16384");
    }
  }

  @Test
  @DisplayName("FR-1: fragments of several streams may alternate; each message is delivered whole")
  void alternatingFragments() {
    script.session().request(script.stream(2, 0), 2);
    script.session().request(script.stream(4, 0), 2);
    script.peer.read();
    script.fragment(2, true, false, 1, 3000, 1000);
    script.fragment(4, true, false, 1, 2001, 2000);
    script.fragment(2, false, false, -1, -1, 1999);
    script.fragment(4, false, true, -1, -1, 1);
    script.message(4, -1, 0);
    assertThat(script.peer.events).filteredOn(e -> e.startsWith("message 2")).isEmpty();
    script.fragment(2, false, true, -1, -1, 1);
    assertThat(script.peer.events)
        .filteredOn(e -> e.startsWith("message"))
        .containsExactly("message 4 1 2001", "message 4 2 0", "message 2 1 3000");
  }

  @ParameterizedTest
  @CsvSource({
    "5000, 1055, 0",
    "5000, 1056, 1024",
    "5000, 3000, 2968",
    "1024, 1055, 0",
    "1024, 1056, 1024",
    "10, 41, 0",
    "10, 42, 10",
    "0, 31, 0"
  })
  @DisplayName("FR-3: a message is begun with credit for 1 KiB of it, or for all if it is smaller")
  void begun(int bytes, long maxOffset, int written) {
    SessionStream stream = script.stream(2, 0, 1, maxOffset, false);
    script.forget();
    script.send(stream, bytes);
    script.peer.read();
    if (written == 0) {
      assertThat(script.frames(2)).isEmpty();
    } else {
      assertThat(script.frames(2)).hasSize(1);
      assertThat(script.frames(2).get(0)).startsWith("DATA 2 first " + written);
    }
  }

  @Test
  @DisplayName("FR-3: it goes on with credit for 1 KiB or the rest, and is finished before FIN")
  void finished() {
    SessionStream stream = script.stream(2, 0, 1, 1056, false);
    script.send(stream, 3000);
    script.peer.read();
    script.session().complete(stream, EndCause.completed());
    script.forget();
    script.ack(2, 0, 1, 1056 + 1023);
    assertThat(script.frames(2)).isEmpty();
    script.ack(2, 0, 1, 1056 + 1024);
    assertThat(script.frames(2)).containsExactly("DATA 2 1024");
    script.ack(2, 0, 1, 3031);
    assertThat(script.frames(2)).containsExactly("DATA 2 1024");
    script.ack(2, 0, 1, 3032);
    assertThat(script.frames(2))
        .containsExactly("DATA 2 1024", "DATA 2 952 last", "FIN 2 1 3032 COMPLETED");
  }

  @ParameterizedTest
  @CsvSource({"1000, true", "1001, true", "1001, false"})
  @DisplayName("FR-4: payload beyond the total, or the total without LAST, ends the stream")
  void total(int bytes, boolean last) {
    script.session().request(script.stream(2, 0), 1);
    script.peer.read();
    script.fragment(2, true, false, 1, 2000, 1000);
    boolean right = bytes == 1000;
    script.fragment(2, false, last, -1, -1, bytes);
    assertThat(script.frames(2).contains("RESET 2 PROTOCOL")).isEqualTo(!right);
    assertThat(script.peer.events.contains("message 2 1 2000")).isEqualTo(right);
    SessionStream other = script.stream(4, 0);
    script.session().request(other, 1);
    script.peer.read();
    script.fragment(4, true, false, 1, 2000, 1000);
    script.fragment(4, false, false, -1, -1, 1000);
    assertThat(script.frames(4)).contains("RESET 4 PROTOCOL");
  }

  @Test
  @DisplayName("FR-6: the first message of a direction carries its sequence, the others imply it")
  void sequences() {
    SessionStream stream = script.stream(2, 5);
    script.forget();
    for (int i = 0; i < 3; i++) {
      script.send(stream, 5);
    }
    script.peer.read();
    assertThat(script.frames(2))
        .containsExactly(
            "DATA 2 first 5 last sequence 1", "DATA 2 first 5 last", "DATA 2 first 5 last");
    script.message(2, 1, 1);
    script.message(2, -1, 1);
    script.message(2, 3, 1);
    assertThat(script.frames(2)).as("each may carry it").noneMatch(f -> f.startsWith("RESET"));
    script.message(2, 5, 1);
    assertThat(script.frames(2)).contains("RESET 2 PROTOCOL");
  }

  // Acknowledgements

  @Test
  @DisplayName("FC-6: what is not urgent is acknowledged within 1 ms, in one ACK for all")
  void delayedAck() {
    SessionStream stream = script.stream(2, 0);
    script.session().request(stream, 100);
    script.peer.read();
    script.forget();
    script.message(2, 1, 10);
    script.peer.pass(MILLISECOND - 1);
    script.message(2, -1, 10);
    assertThat(script.frames(2)).isEmpty();
    script.peer.pass(1);
    assertThat(script.frames(2)).containsExactly("ACK 2 2 2");
    script.peer.pass(SECOND);
    assertThat(script.frames(2)).as("once").hasSize(1);
  }

  @Test
  @DisplayName(
      "FC-6: a message flagged ACK_NOW is acknowledged when it and all before are consumed")
  void ackNow() {
    SessionStream stream = script.stream(2, 0, 0, 0, true);
    script.session().request(stream, 100);
    script.peer.read();
    script.forget();
    script.message(2, 1, 10);
    script.peer.write(
        out ->
            FrameWriter.data(
                out, 2, true, true, true, false, -1, 1, Unpooled.buffer().writeByte(1), 1));
    script.session().acknowledge(stream, 2);
    script.peer.read();
    assertThat(script.frames(2)).isEmpty();
    script.session().acknowledge(stream, 1);
    script.peer.read();
    assertThat(script.frames(2)).containsExactly("ACK 2 2 2");
  }

  @Test
  @DisplayName("FC-6: ACK_NOW makes nothing urgent before its message is consumed")
  void ackNowOfALaterMessage() {
    SessionStream stream = script.stream(2, 0, 0, 0, true);
    script.session().request(stream, 100);
    script.peer.read();
    script.forget();
    script.message(2, 1, 10);
    script.peer.write(
        out ->
            FrameWriter.data(
                out, 2, true, true, true, false, -1, 1, Unpooled.buffer().writeByte(1), 1));
    script.session().acknowledge(stream, 1);
    script.peer.read();
    assertThat(script.frames(2)).isEmpty();
    script.session().acknowledge(stream, 2);
    script.peer.read();
    assertThat(script.frames(2)).containsExactly("ACK 2 2 2");
  }

  @Test
  @DisplayName("FC-7: a message beyond the window is let in when it was asked for, not before")
  void largeMessage() {
    SessionStream stream = script.stream(2, 1);
    long window = Objects.requireNonNull(script.peer.limits.get(2L))[1];
    script.fragment(2, true, false, 1, 1_000_000, 16_384);
    script.peer.pass(SECOND);
    assertThat(script.peer.limits.get(2L)).containsExactly(1, window);
    script.session().request(stream, 1);
    script.peer.read();
    assertThat(script.peer.limits.get(2L)).containsExactly(2, 1_000_032);
    long free = BusOptions.defaults().reassemblyBudget() - 1_000_000;
    assertThat(script.session().freeReassemblyBytes()).isEqualTo(free);
    for (int left = 1_000_000 - 16_384; left > 0; left -= 16_384) {
      script.fragment(2, false, left <= 16_384, -1, -1, Math.min(left, 16_384));
    }
    assertThat(script.peer.events).contains("message 2 1 1000000");
    assertThat(script.session().freeReassemblyBytes())
        .isEqualTo(BusOptions.defaults().reassemblyBudget());
  }

  // Liveness

  @Test
  @DisplayName("LV-1: half a frame is a sign of life too")
  void anyBytes() {
    script.stream(2, 0);
    ByteBuf ping = Unpooled.buffer().writeMedium(2000).writeByte(0x80);
    script.session().handleBytes(ping, script.peer.now());
    for (int i = 0; i < 40; i++) {
      script.peer.pass(SECOND);
      script.session().handleBytes(Unpooled.buffer().writeByte(0), script.peer.now());
    }
    assertThat(script.session().isEnded()).isFalse();
  }

  @Test
  @DisplayName("LV-2: PING at the beginning and at each interval, numbered upwards")
  void pings() {
    script.peer.pass(0);
    assertThat(script.peer.frames).containsExactly("PING 1");
    for (int i = 0; i < 20; i++) {
      script.peer.pass(SECOND);
      script.peer.write(out -> FrameWriter.pong(out, 0));
    }
    assertThat(script.peer.frames)
        .containsExactly("PING 1", "PING 2", "PING 3", "PING 4", "PING 5");
  }

  @Test
  @DisplayName(
      "LV-2: PONG measures from the oldest PING without an answer, also beyond the interval")
  void roundTrip() {
    script.peer.pass(0);
    script.peer.pass(5 * SECOND);
    script.peer.write(out -> FrameWriter.pong(out, 3));
    assertThat(script.session().roundTripNanos()).as("not written yet").isZero();
    script.peer.pass(SECOND);
    script.peer.write(out -> FrameWriter.pong(out, 1));
    assertThat(script.session().roundTripNanos()).isEqualTo(6 * SECOND);
    script.peer.pass(SECOND);
    script.peer.write(out -> FrameWriter.pong(out, 1));
    script.peer.write(out -> FrameWriter.pong(out, 2));
    assertThat(script.session().roundTripNanos()).as("once").isEqualTo(6 * SECOND);
  }

  @Test
  @DisplayName("LV-2: the answer to a later PING stands for those before it")
  void laterPong() {
    script.peer.pass(0);
    script.peer.pass(5 * SECOND);
    script.peer.write(out -> FrameWriter.pong(out, 2));
    assertThat(script.session().roundTripNanos()).isEqualTo(5 * SECOND);
  }

  @Test
  @DisplayName("LV-2: PING is answered with its number")
  void pong() {
    script.peer.write(out -> FrameWriter.ping(out, 77));
    assertThat(script.peer.frames).contains("PONG 77");
  }
}
