// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/**
 * Shares the link among streams that have data and credit: deficit round robin with weights (SC-2).
 * In a turn a stream writes frames for its share of bytes; what a frame takes too much is taken
 * from its next share.
 */
final class DataLine {

  /** Share of a stream of weight 1 in a turn, in bytes. */
  static final int QUANTUM_BYTES = 4 * 1024;

  private final ArrayDeque<SessionStream> line = new ArrayDeque<>();

  /** A stream may have become able to write. */
  void consider(SessionStream stream) {
    if (!stream.turn.waiting && stream.send().canWrite()) {
      stream.turn.waiting = true;
      line.add(stream);
    }
  }

  boolean isEmpty() {
    return line.isEmpty();
  }

  /**
   * Writes a turn of the first stream in line.
   *
   * @return false if the buffer is full; the turn goes on with the next one
   */
  boolean writeTurn(ByteBuf out) {
    SessionStream stream = line.element();
    SessionStream.Turn turn = stream.turn;
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
    }
    line.remove();
    if (stream.send().canWrite()) {
      line.add(stream);
    } else {
      turn.waiting = false;
      turn.deficit = Math.min(turn.deficit, 0);
    }
    return true;
  }

  /** The stream that is next. */
  SessionStream first() {
    return line.element();
  }
}
