// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.reactor.ReactorStream;

/** How one stream ended, as the one who acted saw it, and the other. */
record BothEnds(StreamEnd here, StreamEnd there) {

  /** Waits until the stream is over at both ends. */
  static BothEnds of(ReactorStream acting, ReactorStream other) {
    return new BothEnds(Pair.block(acting.onClose()), Pair.block(other.onClose()));
  }

  /** Both ends give this reason, and agree on whose doing it was, and on how far it came. */
  BothEnds agree(BusCompletionReason expected) {
    assertThat(here.reason()).as(here.describe()).isEqualTo(expected);
    assertThat(there.reason()).as(there.describe()).isEqualTo(mirrored(expected));
    if (expected == BusCompletionReason.COMPLETED) { // it takes both; the opener speaks for them
      assertThat(here.origin()).isNotEqualTo(there.origin());
    } else {
      assertThat(here.origin()).as(here.describe()).isEqualTo(StreamEnd.Origin.LOCAL);
      assertThat(there.origin()).as(there.describe()).isEqualTo(StreamEnd.Origin.REMOTE);
    }
    assertThat(there.applicationCode()).isEqualTo(here.applicationCode());
    assertThat(there.text()).isEqualTo(here.text());
    assertThat(there.lastAcked()).as("acked there").isLessThanOrEqualTo(here.lastConsumed());
    assertThat(here.lastAcked()).as("acked here").isLessThanOrEqualTo(there.lastConsumed());
    assertThat(there.lastReceived()).as("received").isLessThanOrEqualTo(here.lastWritten());
    assertThat(here.lastReceived()).as("received").isLessThanOrEqualTo(there.lastWritten());
    return this;
  }

  private static BusCompletionReason mirrored(BusCompletionReason reason) {
    return switch (reason) {
      case CLOSED_LOCALLY -> BusCompletionReason.CLOSED_BY_REMOTE;
      case CLOSED_BY_REMOTE -> BusCompletionReason.CLOSED_LOCALLY;
      default -> reason;
    };
  }
}
