// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.peer.DittoAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reliable single messages that wait for a session with their peer, in the order in which they were
 * sent. Under the lock of {@link Peers}.
 */
final class WaitingSingles {

  private record Line(SingleRoom room, Set<PendingSingle> messages) {}

  private final BusOptions options;
  private final Map<DittoAddress, Line> lines = new HashMap<>();

  WaitingSingles(BusOptions options) {
    this.options = options;
  }

  /** Lets a message wait; false if as many wait as may. */
  boolean add(PendingSingle single) {
    Line line = lines.get(single.address());
    if (line == null) {
      if (lines.size() >= options.maxSessions()) {
        return false;
      }
      line = new Line(new SingleRoom(options), new LinkedHashSet<>());
      lines.put(single.address(), line);
    }
    if (!line.room.enter(single.charge())) {
      return false;
    }
    single.occupies(line.room);
    return line.messages.add(single);
  }

  /** Takes one message out; false if it does not wait here. */
  boolean remove(PendingSingle single) {
    Line line = lines.get(single.address());
    if (line == null || !line.messages.remove(single)) {
      return false;
    }
    if (line.messages.isEmpty()) {
      lines.remove(single.address());
    }
    return true;
  }

  /** Takes out all that wait for this peer, in order. */
  List<PendingSingle> removeAll(DittoAddress address) {
    Line line = lines.remove(address);
    return line == null ? List.of() : new ArrayList<>(line.messages);
  }

  /** Takes out all. */
  List<PendingSingle> removeAll() {
    List<PendingSingle> all = new ArrayList<>();
    lines.values().forEach(line -> all.addAll(line.messages));
    lines.clear();
    return all;
  }
}
