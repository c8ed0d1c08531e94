// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.reactor.ReactorStream;
import java.util.concurrent.atomic.AtomicLong;

/** A second stream over the same link: whatever happens to the first, this one does not notice. */
final class Neighbour {

  private final Pair pair;
  private final Pair.Ends ends;
  private final AtomicLong bobReceived = new AtomicLong();
  private final AtomicLong aliceReceived = new AtomicLong();
  private long emitted;

  Neighbour(Pair pair) {
    this.pair = pair;
    this.ends = pair.open();
    ends.bobs().receive().subscribe(m -> bobReceived.incrementAndGet(), error -> {});
    ends.alices().receive().subscribe(m -> aliceReceived.incrementAndGet(), error -> {});
    goesOn();
  }

  /** Checks that messages still go both ways, over the session that was there from the start. */
  void goesOn() {
    emitted++;
    assertThat(Pair.block(ends.bobs().sink().emitAcked(new byte[10]))).isEqualTo(emitted);
    assertThat(Pair.block(ends.alices().sink().emitAcked(new byte[10]))).isEqualTo(emitted);
    assertThat(aliceReceived.get()).isEqualTo(emitted);
    assertThat(bobReceived.get()).isEqualTo(emitted);
    for (ReactorStream end : new ReactorStream[] {ends.bobs(), ends.alices()}) {
      assertThat(end.isDisposed()).isFalse();
    }
    assertThat(pair.bob.peers()).containsExactly(pair.aliceAddress);
  }

  void end() {
    ends.bobs().dispose();
  }
}
