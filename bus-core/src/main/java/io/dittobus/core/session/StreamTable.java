// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.core.stream.SessionStream;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a session by id. Ids of the peer with the larger key are even, the other's odd;
 * both only grow (ST-1).
 */
final class StreamTable {

  private final LongObjectMap<SessionStream> streams = new LongObjectHashMap<>();
  private final int ownParity;
  private long lastOwnId;
  private long lastPeerId;
  private int incoming;

  StreamTable(boolean ownKeyLarger) {
    ownParity = ownKeyLarger ? 0 : 1;
    lastOwnId = ownKeyLarger ? 0 : -1;
  }

  long nextOwnId() {
    lastOwnId += 2;
    return lastOwnId;
  }

  private boolean isOwn(long id) {
    return (id & 1) == ownParity;
  }

  /** Whether the other side may open a stream with this id now. */
  boolean isNextPeerId(long id) {
    return !isOwn(id) && id > lastPeerId;
  }

  void notePeerId(long id) {
    lastPeerId = id;
  }

  /** The highest id that the other side has used. */
  long lastPeerId() {
    return lastPeerId;
  }

  /** Whether there is or was a stream with this id. */
  boolean isKnown(long id) {
    return id >= 1 && id <= (isOwn(id) ? lastOwnId : lastPeerId);
  }

  @Nullable SessionStream get(long id) {
    return streams.get(id);
  }

  void add(SessionStream stream) {
    streams.put(stream.id(), stream);
    if (!stream.isOpener()) {
      incoming++;
    }
  }

  void remove(SessionStream stream) {
    if (streams.remove(stream.id()) != null && !stream.isOpener()) {
      incoming--;
    }
  }

  int size() {
    return streams.size();
  }

  /** Streams that the other side opened. */
  int incoming() {
    return incoming;
  }

  /** All streams now, lowest id first. */
  List<SessionStream> all() {
    List<SessionStream> all = new ArrayList<>(streams.values());
    all.sort((a, b) -> Long.compare(a.id(), b.id()));
    return all;
  }
}
