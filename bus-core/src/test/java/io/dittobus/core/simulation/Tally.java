// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

import java.util.EnumMap;
import java.util.Map;

/**
 * How often the runs met what they are meant to meet: a simulation that never meets a thing proves
 * nothing of it.
 */
public final class Tally {

  enum Hit {
    STREAM_OPENED,
    STREAM_REFUSED,
    OPEN_GIVEN_UP,
    MESSAGE_EMITTED,
    MESSAGE_DELIVERED,
    EMPTY_MESSAGE,
    FIRST_IN_OPEN,
    FIRST_WAITED,
    METADATA_DELIVERED,
    GAP_DELIVERED,
    DROPPED_NO_CREDIT,
    DROPPED_REPLACED,
    DROPPED_EXPIRED,
    NEWEST_CAME_LAST,
    PRIORITIZED,
    SINGLE_RELIABLE,
    SINGLE_UNRELIABLE,
    SINGLE_DELIVERED,
    SINGLE_REFUSED,
    SINGLE_UNKNOWN,
    SINGLE_UNREACHABLE,
    SINGLE_TRANSMITTED,
    SINGLE_DROPPED,
    SINGLE_ENDED_OUT_OF_ORDER,
    LARGE_MESSAGE_ADMITTED,
    ADMISSION_WAITED,
    ACKED_BY_HAND,
    ACKED_OUT_OF_ORDER,
    DEMAND_UNBOUNDED,
    SENDER_HELD,
    WINDOW_GREW,
    COMPLETED,
    CANCELLED,
    RESET,
    CUT,
    CLOSED,
    DRAINED_FOR_PEER,
    SUBSCRIBER_FAILED,
    ENDED_COMPLETED,
    ENDED_OTHERWISE,
    SHUT_DOWN,
    LINK_LOST_WITH_STREAMS,
    LINK_BROKEN,
    LINK_BROKEN_WITH_BYTES,
    BROKEN_BEFORE_READY,
    HEARD_TWICE,
    DROPPED_NO_LINK,
    RESUMED,
    RESUME_WINDOW_OVER
  }

  private final Map<Hit, Long> hits = new EnumMap<>(Hit.class);

  void hit(Hit what) {
    hits.merge(what, 1L, Long::sum);
  }

  /** Adds what another run met. */
  public void add(Tally other) {
    other.hits.forEach((what, times) -> hits.merge(what, times, Long::sum));
  }

  long of(Hit what) {
    return hits.getOrDefault(what, 0L);
  }

  @Override
  public String toString() {
    StringBuilder table = new StringBuilder();
    for (Hit what : Hit.values()) {
      table.append(String.format("  %-24s %,12d%n", what, of(what)));
    }
    return table.toString();
  }
}
