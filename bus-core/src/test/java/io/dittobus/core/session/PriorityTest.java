// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.Priority;
import io.dittobus.core.flow.Charge;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How streams share a link: counted in bytes, by what the session writes. */
class PriorityTest {

  private static final long UNBOUNDED = (1L << 62) - 1;
  private static final int MIB = 1 << 20;

  private final PeerScript script = new PeerScript(BusOptions.defaults());

  @AfterEach
  void nothingIsLeft() {
    script.peer.close();
  }

  private SessionStream stream(long id) {
    return script.stream(id, 0, UNBOUNDED, UNBOUNDED, false);
  }

  /** Writes a buffer of 64 KiB as the node does; returns its bytes. */
  private int writeOne() {
    ByteBuf out = Unpooled.buffer(64 * 1024, 64 * 1024);
    script.session().pollWrite(out);
    int bytes = out.readableBytes();
    out.release();
    return bytes;
  }

  private static long sent(SessionStream stream) {
    return stream.send().credit().offset();
  }

  @Test
  @DisplayName("SC-2: a hundred greedy streams of weights 1, 2 and 4 share in that proportion")
  void weights() {
    for (long seed = 0; seed < 5; seed++) {
      shareByWeight(new Random(seed), 2 + seed * 200);
    }
  }

  private void shareByWeight(Random random, long firstId) {
    List<SessionStream> streams = new ArrayList<>();
    int[] weights = {1, 2, 4};
    for (int i = 0; i < 100; i++) {
      SessionStream stream = stream(firstId + 2L * i);
      script.session().prioritize(stream, Priority.NORMAL, weights[i % 3]);
      streams.add(stream);
    }
    int size = 1_000 + random.nextInt(20_000);
    long[] before = streams.stream().mapToLong(PriorityTest::sent).toArray();
    long[] emitted = before.clone();
    long written = 0;
    while (written < 40L * MIB) {
      for (int i = 0; i < 100; i++) {
        SessionStream greedy = streams.get(i);
        while (emitted[i] - sent(greedy) < 64 * 1024) {
          int bytes = greedy.turn.weight == 2 ? 1_000 + random.nextInt(20_000) : size;
          script.send(greedy, bytes);
          emitted[i] += Charge.of(bytes);
        }
      }
      written += writeOne();
    }
    long sum = 0;
    for (int i = 0; i < 100; i++) {
      sum += sent(streams.get(i)) - before[i];
    }
    double perWeight = sum / (double) streams.stream().mapToInt(s -> s.turn.weight).sum();
    for (int i = 0; i < 100; i++) {
      double share = (sent(streams.get(i)) - before[i]) / perWeight;
      int weight = streams.get(i).turn.weight;
      assertThat(share)
          .as("stream %d of weight %d", i, weight)
          .isEqualTo(weight, within(weight * 0.1));
    }
    streams.forEach(stream -> script.session().cut(stream, PeerScript.cause(EndCause.Kind.CLOSED)));
    while (script.session().hasWork()) {
      writeOne();
    }
  }

  @Test
  @DisplayName("SC-3: a message of high priority overtakes 16 MiB of bulk that waits")
  void highPriorityOvertakes() {
    SessionStream bulk = stream(2);
    SessionStream urgent = stream(4);
    script.session().prioritize(urgent, Priority.HIGH, 1);
    script.send(bulk, 16 * MIB);
    int before = writeOne();
    assertThat(before).isGreaterThan(32 * 1024);
    script.send(urgent, 100);
    script.forget();
    script.peer.read();
    List<String> frames = script.peer.frames;
    assertThat(frames.get(0)).as("at once").isEqualTo("DATA 4 first 100 last sequence 1");
    assertThat(frames).hasSizeGreaterThan(900);
  }

  @Test
  @DisplayName("SC-1: a control frame overtakes 16 MiB of bulk that waits")
  void controlOvertakes() {
    SessionStream bulk = stream(2);
    SessionStream other = stream(4);
    script.send(bulk, 16 * MIB);
    writeOne();
    script.session().reset(other, PeerScript.cause(EndCause.Kind.CLOSED));
    script.forget();
    script.peer.read();
    assertThat(script.peer.frames.get(0)).isEqualTo("RESET 4 CLOSED");
  }

  @Test
  @DisplayName("SC-3: priority can be changed while the stream waits; the lowest gets what is left")
  void changedWhileItWaits() {
    SessionStream one = stream(2);
    SessionStream other = stream(4);
    for (int i = 0; i < 20; i++) {
      script.send(one, 10_000);
      script.send(other, 10_000);
    }
    script.session().prioritize(one, Priority.LOW, 1);
    script.forget();
    script.peer.read();
    List<String> frames = script.peer.frames;
    assertThat(frames.subList(0, 20)).allMatch(f -> f.startsWith("DATA 4"));
    assertThat(frames.subList(20, 40)).allMatch(f -> f.startsWith("DATA 2"));
  }
}
