// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.core.flow.ReceiveCredit;
import io.dittobus.core.flow.Window;
import io.dittobus.core.flow.WindowBudget;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.EndCause.Kind;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SessionStreamTest {

  private static SessionStream stream(boolean opener) {
    Window window = new Window(4096, 4096, 4096, new WindowBudget(0), 0);
    return new SessionStream(
        2,
        opener,
        ReliabilityMode.RELIABLE,
        "x",
        Metadata.empty(),
        new ReceiveHalf(new ReceiveCredit(0, window), ReliabilityMode.RELIABLE));
  }

  private static EndCause mirrored(EndCause cause) {
    return new EndCause(cause.kind(), !cause.local(), cause.applicationCode(), cause.text());
  }

  @Test
  @DisplayName("ST-9: both sides see the same cause, the graver one, with whose doing reversed")
  void cause() {
    for (Kind opened : Kind.values()) {
      for (Kind answered : Kind.values()) {
        for (boolean openersDoing : new boolean[] {true, false}) {
          EndCause of = new EndCause(opened, openersDoing, 1, "opener's direction");
          EndCause other = new EndCause(answered, true, 2, "acceptor's direction");
          SessionStream opener = stream(true);
          opener.send().end(of);
          opener.receive().end(other);
          SessionStream acceptor = stream(false);
          acceptor.receive().end(mirrored(of));
          acceptor.send().end(mirrored(other));
          assertThat(opener.cause()).isEqualTo(mirrored(acceptor.cause()));
          Kind graver = opened.compareTo(answered) > 0 ? opened : answered;
          assertThat(opener.cause().kind()).isEqualTo(graver);
          if (opened == answered) {
            assertThat(opener.cause()).isEqualTo(of);
          }
        }
      }
    }
  }

  @Test
  @DisplayName("ST-9: it is over when both directions have ended")
  void over() {
    SessionStream stream = stream(true);
    assertThat(stream.isOver()).isFalse();
    stream.send().end(EndCause.completed());
    assertThat(stream.isOver()).isFalse();
    stream.receive().end(EndCause.completed());
    assertThat(stream.isOver()).isTrue();
  }

  @Test
  @DisplayName("CT-2: however often a thing is to be said, it is said once")
  void saidOnce() {
    SessionStream stream = stream(true);
    for (Control what : Control.values()) {
      assertThat(stream.hasToSay(what)).isFalse();
      stream.say(what);
      stream.say(what);
      assertThat(stream.hasToSay(what)).isTrue();
    }
    for (Control what : Control.values()) {
      assertThat(stream.hasToSay()).isTrue();
      stream.said(what);
      assertThat(stream.hasToSay(what)).isFalse();
    }
    assertThat(stream.hasToSay()).isFalse();
  }

  @Test
  void phases() {
    assertThat(stream(true).phase()).isEqualTo(SessionStream.Phase.OPENING);
    SessionStream accepted = stream(false);
    assertThat(accepted.phase()).isEqualTo(SessionStream.Phase.OFFERED);
    accepted.opened(Metadata.of("k", "v"));
    assertThat(accepted.phase()).isEqualTo(SessionStream.Phase.OPEN);
    assertThat(accepted.answerMetadata()).isEqualTo(Metadata.of("k", "v"));
    SessionStream refused = stream(true);
    EndCause cause = EndCause.local(Kind.LIMIT, "");
    refused.refused(cause);
    assertThat(refused.phase()).isEqualTo(SessionStream.Phase.REFUSED);
    assertThat(refused.isOver()).isTrue();
    assertThat(refused.cause()).isEqualTo(cause);
  }

  @Test
  void eachEndIsToldOnce() {
    SessionStream stream = stream(true);
    assertThat(stream.tellInboundEnd()).isTrue();
    assertThat(stream.tellInboundEnd()).isFalse();
    assertThat(stream.tellOutboundEnd()).isTrue();
    assertThat(stream.tellOutboundEnd()).isFalse();
    assertThat(stream.tellClosed()).isTrue();
    assertThat(stream.tellClosed()).isFalse();
  }
}
