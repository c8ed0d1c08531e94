// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.EndCause.Kind;
import io.dittobus.core.stream.SessionStream;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How directions, streams and sessions end, frame by frame. */
class SessionEndingTest {

  private final PeerScript script = new PeerScript(BusOptions.defaults());

  @AfterEach
  void nothingIsLeft() {
    script.peer.close();
  }

  private SessionStream openHere() {
    SessionStream stream = script.session().open(StreamOptions.reliable("x"), null, this);
    script.peer.read();
    return stream;
  }

  private void lives() {
    assertThat(script.session().isEnded()).isFalse();
    script.session().request(script.stream(1000, 0), 1);
    script.peer.read();
    script.message(1000, 1, 3);
    assertThat(script.peer.events).contains("message 1000 1 3");
  }

  // Before the answer

  @Test
  @DisplayName("ST-2: a stream that is given up before its answer ends by RESET and DONE both ways")
  void givenUp() {
    SessionStream stream = openHere();
    script.session().cut(stream, PeerScript.cause(Kind.TIMED_OUT));
    script.peer.read();
    assertThat(script.frames(1)).containsExactly("OPEN 1", "RESET 1 TIMED_OUT", "STOP 1 TIMED_OUT");
    assertThat(script.peer.events).containsExactly("refused 1 TIMED_OUT");
    script.reset(1, 0, 0, Kind.TIMED_OUT);
    script.done(1, 0, Kind.TIMED_OUT);
    assertThat(script.frames(1)).contains("DONE 1 0 TIMED_OUT");
    assertThat(script.session().streamCount()).isZero();
    lives();
  }

  @Test
  @DisplayName("ST-2: an ACCEPT that crosses the giving up opens nothing")
  void acceptCrossesGivingUp() {
    SessionStream stream = openHere();
    script.session().cut(stream, PeerScript.cause(Kind.TIMED_OUT));
    script.peer.read();
    script.accept(1, 9, 9000);
    script.reset(1, 0, 0, Kind.TIMED_OUT);
    script.done(1, 0, Kind.TIMED_OUT);
    assertThat(script.peer.events).containsExactly("refused 1 TIMED_OUT");
    assertThat(script.session().streamCount()).isZero();
    lives();
  }

  @Test
  @DisplayName("ST-2: a stream that is given up here is not answered; RESET and DONE end it")
  void givenUpByTheOpener() {
    script.open(2, "x", 9, 9000);
    script.reset(2, 0, 0, Kind.TIMED_OUT);
    script.stop(2, false, Kind.TIMED_OUT);
    SessionStream stream = Objects.requireNonNull(script.peer.offered.get(2L));
    script.session().accept(stream, Metadata.empty(), FlowOptions.defaults());
    script.session().refuse(stream, PeerScript.cause(Kind.FORBIDDEN));
    script.peer.read();
    assertThat(script.frames(2)).containsExactly("DONE 2 0 TIMED_OUT", "RESET 2 TIMED_OUT");
    script.done(2, 0, Kind.TIMED_OUT);
    assertThat(script.peer.events).containsExactly("offered 2", "refused 2 TIMED_OUT");
    assertThat(script.session().streamCount()).isZero();
    lives();
  }

  @Test
  @DisplayName("ST-2: no credit before ACCEPT, and an ACK before it is a fault of the stream")
  void ackBeforeAccept() {
    SessionStream stream = openHere();
    script.send(stream, 10);
    script.peer.read();
    assertThat(script.frames(1)).containsExactly("OPEN 1");
    script.ack(1, 0, 9, 9000);
    assertThat(script.frames(1)).contains("RESET 1 PROTOCOL", "STOP 1 PROTOCOL");
    assertThat(script.frames(1)).noneMatch(f -> f.startsWith("DATA"));
    lives();
  }

  @Test
  @DisplayName("ST-1: frames for a stream that is over are passed over, their numbers count")
  void lateFrames() {
    openHere();
    script.refuse(1, Kind.NO_HANDLER);
    script.forget();
    script.ack(1, 0, 9, 9000);
    script.message(1, 1, 5);
    script.fin(1, 1, 37, Kind.COMPLETED);
    script.stop(1, false, Kind.CANCELLED);
    script.done(1, 0, Kind.CANCELLED);
    assertThat(script.peer.frames).isEmpty();
    assertThat(script.peer.events).isEmpty();
    lives();
  }

  @Test
  @DisplayName("ST-3: an empty label is handled by nobody")
  void emptyLabel() {
    script.open(2, "", 9, 9000);
    assertThat(script.frames(2)).containsExactly("REFUSE 2 NO_HANDLER");
    assertThat(script.peer.events).isEmpty();
    lives();
  }

  // FIN

  @Test
  @DisplayName("ST-5: FIN waits for its data, needs no credit, and carries the counts")
  void fin() {
    SessionStream stream = script.stream(2, 0, 1, 1000, false);
    script.send(stream, 100);
    script.send(stream, 200);
    script.session().complete(stream, EndCause.completed());
    script.peer.read();
    assertThat(script.frames(2)).containsExactly("ACCEPT 2", "DATA 2 first 100 last sequence 1");
    script.ack(2, 0, 2, 364);
    assertThat(script.frames(2)).endsWith("DATA 2 first 200 last", "FIN 2 2 364 COMPLETED");
    SessionStream empty = script.stream(4, 0, 0, 0, false);
    script.session().complete(empty, PeerScript.cause(Kind.CLOSED));
    script.peer.read();
    assertThat(script.frames(4)).containsExactly("ACCEPT 4", "FIN 4 0 0 CLOSED");
  }

  // RESET

  @Test
  @DisplayName("ST-6: RESET drops what was not written, and counts what was, the unfinished too")
  void reset() {
    SessionStream stream = script.stream(2, 0, 9, 132 + 1056, false);
    script.send(stream, 100);
    script.send(stream, 5000);
    script.send(stream, 10);
    script.peer.read();
    script.session().reset(stream, EndCause.application(7, "no"));
    script.ack(2, 0, 9, 100_000);
    assertThat(script.frames(2))
        .containsExactly(
            "ACCEPT 2",
            "DATA 2 first 100 last sequence 1",
            "DATA 2 first 1024 of 5000",
            "RESET 2 APPLICATION");
    assertThat(script.peer.finals.get(2L)).containsExactly(2, 132 + 1056);
  }

  @Test
  @DisplayName("ST-6: RESET may follow FIN until DONE was read, and not after")
  void resetAfterFin() {
    for (long id = 2; id <= 4; id += 2) {
      SessionStream stream = script.stream(id, 0);
      script.session().complete(stream, EndCause.completed());
      script.peer.read();
      if (id == 4) {
        script.done(id, 0, Kind.COMPLETED);
      }
      script.session().reset(stream, PeerScript.cause(Kind.CLOSED));
      script.peer.read();
    }
    assertThat(script.frames(2))
        .containsExactly("ACCEPT 2", "FIN 2 0 0 COMPLETED", "RESET 2 CLOSED");
    assertThat(script.frames(4)).containsExactly("ACCEPT 4", "FIN 4 0 0 COMPLETED");
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"COMPLETED", "APPLICATION"})
  @DisplayName("ST-6: RESET takes effect on arrival: what waits is thrown away, after FIN too")
  void resetOnArrival(Kind kind) {
    SessionStream stream = script.stream(2, 5);
    script.message(2, 1, 10);
    script.message(2, -1, 20);
    if (kind == Kind.COMPLETED) {
      script.fin(2, 2, 94, Kind.COMPLETED);
    }
    script.reset(2, 2, 94, Kind.APPLICATION);
    script.session().request(stream, 5);
    assertThat(script.peer.events).containsExactly("offered 2", "inbound ended 2 APPLICATION");
    assertThat(script.frames(2)).endsWith("DONE 2 0 APPLICATION");
  }

  @Test
  @DisplayName("ST-6: RESET within a message is allowed, with other counts it is a fault")
  void resetCounts() {
    script.session().request(script.stream(2, 0), 1);
    script.session().request(script.stream(4, 0), 1);
    script.peer.read();
    script.fragment(2, true, false, 1, 2000, 1000);
    script.fragment(4, true, false, 1, 2000, 1000);
    script.reset(2, 1, 1032, Kind.CLOSED);
    script.reset(4, 0, 0, Kind.CLOSED);
    assertThat(script.frames(2)).endsWith("DONE 2 0 CLOSED");
    assertThat(script.frames(4))
        .endsWith("RESET 4 PROTOCOL", "STOP 4 PROTOCOL", "DONE 4 0 PROTOCOL");
    lives();
  }

  // DONE

  @Test
  @DisplayName("ST-8: after FIN it says DONE when every message was consumed, for FIN's cause")
  void doneWhenConsumed() {
    SessionStream stream = script.stream(2, 0, 0, 0, true);
    script.session().request(stream, 2);
    script.peer.read();
    script.message(2, 1, 10);
    script.message(2, -1, 20);
    script.fin(2, 2, 94, Kind.CLOSED);
    assertThat(script.peer.events).endsWith("message 2 2 20", "inbound ended 2 COMPLETED");
    script.session().acknowledge(stream, 2);
    script.peer.read();
    assertThat(script.frames(2)).noneMatch(f -> f.startsWith("DONE"));
    script.session().acknowledge(stream, 1);
    script.peer.read();
    assertThat(script.frames(2)).endsWith("DONE 2 2 CLOSED");
  }

  @Test
  @DisplayName("ST-8: who has said STOP says DONE for that cause, whatever FIN or RESET says")
  void doneAfterStop() {
    for (long id = 2; id <= 4; id += 2) {
      SessionStream stream = script.stream(id, 0);
      script.session().cancel(stream, PeerScript.cause(Kind.CANCELLED));
      script.peer.read();
    }
    script.fin(2, 0, 0, Kind.COMPLETED);
    script.reset(4, 0, 0, Kind.APPLICATION);
    assertThat(script.frames(2)).endsWith("STOP 2 CANCELLED", "DONE 2 0 CANCELLED");
    assertThat(script.frames(4)).endsWith("STOP 4 CANCELLED", "DONE 4 0 CANCELLED");
  }

  @Test
  @DisplayName("ST-8: who has read FIN and wants no more says DONE for its own cause, and no STOP")
  void doneInsteadOfStop() {
    SessionStream stream = script.stream(2, 3);
    script.message(2, 1, 10);
    script.fin(2, 1, 42, Kind.COMPLETED);
    script.session().cancel(stream, PeerScript.cause(Kind.CANCELLED));
    script.peer.read();
    assertThat(script.frames(2)).containsExactly("ACCEPT 2", "DONE 2 0 CANCELLED");
  }

  @Test
  @DisplayName("ST-8 ST-9: DONE has the last word, and the graver direction speaks for the stream")
  void doneHasTheLastWord() {
    SessionStream stream = script.stream(2, 0);
    script.session().complete(stream, EndCause.completed());
    script.peer.read();
    script.done(2, 0, Kind.APPLICATION);
    assertThat(script.peer.events).endsWith("outbound ended 2 APPLICATION");
    script.fin(2, 0, 0, Kind.COMPLETED);
    assertThat(script.peer.events).endsWith("inbound ended 2 COMPLETED", "closed 2 APPLICATION");
    assertThat(script.session().streamCount()).isZero();
  }

  // The session

  @Test
  @DisplayName("GO-1: GOAWAY tells the last stream that was seen, and the deadline")
  void goAwayIsWritten() {
    script.stream(2, 0);
    script.stream(6, 0);
    script.session().shutDown(1500);
    script.session().shutDown(7);
    script.peer.read();
    assertThat(script.peer.frames).filteredOn(f -> f.startsWith("GOAWAY")).hasSize(1);
    assertThat(script.peer.frames).anyMatch(f -> f.startsWith("GOAWAY SHUT_DOWN 6 1500 "));
    assertThat(script.session().isDrained()).isFalse();
  }

  @Test
  @DisplayName("GO-1: streams beyond the last one end as refused at once, the others go on")
  void goAwayIsRead() {
    for (int i = 0; i < 1500; i++) {
      script.session().open(StreamOptions.reliable("x"), null, this);
    }
    script.peer.read();
    script.accept(1, 9, 9000);
    script.forget();
    script.goAway(3, 0, Kind.SHUT_DOWN);
    assertThat(script.peer.events).hasSize(1499).endsWith("going away");
    assertThat(script.peer.events).contains("refused 5 SHUT_DOWN", "refused 2999 SHUT_DOWN");
    assertThat(script.session().streamCount()).isEqualTo(2);
    assertThat(script.peer.frames).as("no OPEN after GOAWAY").isEmpty();
    script.forget();
    script.refuse(5, Kind.SHUT_DOWN);
    script.accept(3, 9, 9000);
    script.session().open(StreamOptions.reliable("x"), null, this);
    script.peer.read();
    assertThat(script.peer.events).containsExactly("accepted 3", "refused 3001 SHUT_DOWN");
    assertThat(script.peer.frames).isEmpty();
  }

  @Test
  @DisplayName("GO-1: the deadline is for information, and a second GOAWAY is passed over")
  void deadlineIsInformation() {
    SessionStream stream = script.stream(2, 0);
    openHere();
    script.goAway(1, 1, Kind.SHUT_DOWN);
    script.goAway(0, 1, Kind.SHUT_DOWN);
    script.peer.pass(Duration.ofSeconds(5).toNanos());
    script.accept(1, 9, 9000);
    script.session().request(stream, 1);
    script.peer.read();
    script.message(2, 1, 3);
    assertThat(script.peer.events)
        .containsExactly("offered 2", "going away", "accepted 1", "message 2 1 3");
  }

  @Test
  @DisplayName("GO-1: a link that ends after GOAWAY ended as intended")
  void linkEndsAfterGoAway() {
    script.stream(2, 0);
    openHere();
    script.goAway(1, 1000, Kind.SHUT_DOWN);
    script.session().linkDown("closed", 0);
    assertThat(script.peer.events)
        .contains("closed 2 SHUT_DOWN", "refused 1 SHUT_DOWN", "session ended SHUT_DOWN");
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"SHUT_DOWN", "LINK_LOST"})
  @DisplayName("GO-2: GOAWAY with another cause ends the session at once, without an answer")
  void goAwayOtherwise(Kind kind) {
    script.stream(2, 0);
    script.forget();
    script.goAway(2, 1000, kind);
    assertThat(script.session().isEnded()).isTrue();
    assertThat(script.peer.events).contains("closed 2 " + kind, "session ended " + kind);
    assertThat(script.peer.frames).isEmpty();
  }

  @Test
  @DisplayName("GO-4: a link that is lost ends each stream with LINK_LOST")
  void linkLost() {
    script.stream(2, 0);
    openHere();
    script.session().linkDown("reset", 0);
    assertThat(script.peer.events)
        .contains("closed 2 LINK_LOST", "refused 1 LINK_LOST", "session ended LINK_LOST");
    assertThat(script.session().streamCount()).isZero();
  }
}
