// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.BusOptions;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.EndCause.Kind;
import io.dittobus.core.stream.SessionStream;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How a receiver stops a direction, frame by frame. */
class SessionStopTest {

  private final PeerScript script = new PeerScript(BusOptions.defaults());

  @AfterEach
  void nothingIsLeft() {
    script.peer.close();
  }

  @Test
  @DisplayName("ST-7: STOP is answered with RESET for its cause, and nothing more is written")
  void stop() {
    SessionStream stream = script.stream(2, 0, 1, 1000, false);
    script.send(stream, 100);
    script.send(stream, 200);
    script.peer.read();
    script.stop(2, false, Kind.CANCELLED);
    script.ack(2, 1, 5, 10_000);
    assertThat(script.frames(2))
        .containsExactly("ACCEPT 2", "DATA 2 first 100 last sequence 1", "RESET 2 CANCELLED");
    assertThat(script.peer.finals.get(2L)).containsExactly(1, 132);
    assertThat(script.peer.events).contains("outbound ended 2 CANCELLED");
  }

  @Test
  @DisplayName("ST-7: STOP after FIN was written is answered with nothing: DONE follows")
  void stopAfterFin() {
    SessionStream stream = script.stream(2, 0);
    script.session().complete(stream, EndCause.completed());
    script.peer.read();
    script.stop(2, false, Kind.CANCELLED);
    assertThat(script.frames(2)).containsExactly("ACCEPT 2", "FIN 2 0 0 COMPLETED");
    assertThat(script.peer.events).contains("outbound ended 2 CANCELLED");
  }

  @Test
  @DisplayName("ST-7: STOP with drain asks the sender to finish what it has emitted")
  void drain() {
    SessionStream stream = script.stream(2, 0, 1, 1000, false);
    script.send(stream, 100);
    script.send(stream, 200);
    script.peer.read();
    script.stop(2, true, Kind.CLOSED);
    assertThat(script.peer.events).contains("drain 2");
    script.session().complete(stream, PeerScript.cause(Kind.CLOSED));
    script.ack(2, 1, 5, 10_000);
    assertThat(script.frames(2)).endsWith("DATA 2 first 200 last", "FIN 2 2 364 CLOSED");
    script.stop(2, true, Kind.CLOSED);
    assertThat(script.frames(2)).noneMatch(f -> f.startsWith("RESET"));
  }

  @Test
  @DisplayName("ST-7: with drain once, then without once")
  void drainThenStop() {
    SessionStream stream = script.stream(2, 0);
    script.session().request(stream, 1);
    script.peer.read();
    for (int i = 0; i < 3; i++) {
      script.session().drainInbound(stream, PeerScript.cause(Kind.CLOSED));
    }
    script.peer.read();
    for (int i = 0; i < 3; i++) {
      script.session().cancel(stream, PeerScript.cause(Kind.TIMED_OUT));
      script.peer.read();
    }
    assertThat(script.frames(2)).endsWith("STOP 2 drain CLOSED", "STOP 2 TIMED_OUT");
  }

  @Test
  @DisplayName("ST-7: after STOP what arrives is thrown away and not acknowledged")
  void afterStop() {
    SessionStream stream = script.stream(2, 2);
    script.session().request(stream, 1);
    script.session().cancel(stream, PeerScript.cause(Kind.CANCELLED));
    script.peer.read();
    script.message(2, 1, 10);
    script.peer.pass(Duration.ofSeconds(1).toNanos());
    assertThat(script.frames(2)).containsExactly("ACCEPT 2", "STOP 2 CANCELLED");
    assertThat(script.peer.events).noneMatch(e -> e.startsWith("message"));
    script.message(2, -1, 10);
    script.message(2, -1, 10);
    assertThat(script.frames(2))
        .as("still checked against credit")
        .endsWith("RESET 2 FLOW_CONTROL");
    lives();
  }

  @Test
  @DisplayName("ST-7: what was consumed before STOP is acknowledged before it")
  void acknowledgedBeforeStop() {
    SessionStream stream = script.stream(2, 0);
    script.session().request(stream, 100);
    script.peer.read();
    script.message(2, 1, 10);
    script.message(2, -1, 10);
    assertThat(script.frames(2)).as("waits for company").noneMatch(f -> f.startsWith("ACK 2 2"));
    script.session().cancel(stream, PeerScript.cause(Kind.CANCELLED));
    script.peer.read();
    assertThat(script.frames(2).subList(script.frames(2).size() - 2, script.frames(2).size()))
        .satisfiesExactly(
            ack -> assertThat(ack).startsWith("ACK 2 2 "),
            stop -> assertThat(stop).isEqualTo("STOP 2 CANCELLED"));
    script.peer.pass(Duration.ofSeconds(1).toNanos());
    assertThat(script.frames(2)).endsWith("STOP 2 CANCELLED");
  }

  private void lives() {
    assertThat(script.session().isEnded()).isFalse();
    script.session().request(script.stream(1000, 0), 1);
    script.peer.read();
    script.message(1000, 1, 3);
    assertThat(script.peer.events).contains("message 1000 1 3");
  }
}
