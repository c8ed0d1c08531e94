// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.api.options.Priority;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * Shares the link among streams that have data and credit: by priority, and among those of one
 * priority by deficit round robin with weights (SC-2, SC-3). In a turn a stream writes frames for
 * its share of bytes; what a frame takes too much is taken from its next share.
 */
final class DataLine {

  /** Share of a stream of weight 1 in a turn, in bytes. */
  static final int QUANTUM_BYTES = 4 * 1024;

  private final Map<Priority, ArrayDeque<SessionStream>> lines = new EnumMap<>(Priority.class);
  private int waiting;
  private int frames;

  DataLine() {
    for (Priority priority : Priority.values()) {
      lines.put(priority, new ArrayDeque<>());
    }
  }

  private ArrayDeque<SessionStream> line(SessionStream.Turn turn) {
    return Objects.requireNonNull(lines.get(turn.priority));
  }

  /** A stream may have become able to write. */
  void consider(SessionStream stream) {
    if (!stream.turn.waiting && stream.send().canWrite()) {
      stream.turn.waiting = true;
      waiting++;
      line(stream.turn).add(stream);
    }
  }

  /** The stream changes its place. */
  void prioritize(SessionStream stream, Priority priority, int weight) {
    SessionStream.Turn turn = stream.turn;
    turn.weight = weight;
    if (turn.priority == priority) {
      return;
    }
    if (turn.waiting) {
      line(turn).remove(stream);
    }
    turn.priority = priority;
    turn.interrupted = false;
    turn.deficit = Math.min(turn.deficit, 0);
    if (turn.waiting) {
      line(turn).add(stream);
    }
  }

  boolean isEmpty() {
    return waiting == 0;
  }

  /**
   * Writes a turn of the first stream in line.
   *
   * @return false if the buffer is full; the turn goes on with the next one
   */
  boolean writeTurn(ByteBuf out) {
    SessionStream stream = first();
    SessionStream.Turn turn = stream.turn;
    ArrayDeque<SessionStream> line = line(turn);
    if (!turn.interrupted) {
      turn.deficit += QUANTUM_BYTES * turn.weight;
    }
    turn.interrupted = false;
    while (turn.deficit > 0 && stream.send().canWrite()) {
      int bytes = stream.send().write(out, stream.id());
      if (bytes == 0) {
        turn.interrupted = true;
        return false;
      }
      turn.deficit -= bytes;
      frames++;
    }
    line.remove();
    if (stream.send().canWrite()) {
      line.add(stream);
    } else {
      turn.waiting = false;
      waiting--;
      turn.deficit = Math.min(turn.deficit, 0);
    }
    return true;
  }

  /** Frames that were written since the last call. */
  int takeFrames() {
    int taken = frames;
    frames = 0;
    return taken;
  }

  /** The stream that is next. */
  SessionStream first() {
    for (ArrayDeque<SessionStream> line : lines.values()) {
      SessionStream first = line.peek();
      if (first != null) {
        return first;
      }
    }
    throw new IllegalStateException("No stream is in line");
  }
}
