// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.core.frame.FrameException;
import io.dittobus.core.frame.FrameType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * What was written and may have to be written again: the bytes of each write with a kept frame in
 * it, until the other side has told that these frames have arrived (RS-2). Small writes are copied
 * into chunks, of large ones the buffer itself is retained; so nothing is made per message. After a
 * break what had not arrived is written again, byte for byte.
 */
final class ReplayLog {

  /** Writes up to this size are copied. */
  static final int SMALL_WRITE_BYTES = 8 * 1024;

  /** Room for copies. */
  static final int CHUNK_BYTES = 16 * 1024;

  /** Most bytes that one more write can pin. */
  static final int MOST_BYTES_PER_WRITE = 64 * 1024 + CHUNK_BYTES;

  /** Bytes of whole frames. */
  private static final class Segment {
    final ByteBuf bytes;
    final int pinnedBytes;
    final boolean chunk;
    int frames;

    /** Where writing again has come to. */
    int position;

    Segment(ByteBuf bytes, int pinnedBytes, boolean chunk) {
      this.bytes = bytes;
      this.pinnedBytes = pinnedBytes;
      this.chunk = chunk;
    }

    boolean hasRoomFor(int more) {
      return chunk && bytes.writableBytes() >= more;
    }
  }

  private final ByteBufAllocator allocator;
  private final long budgetBytes;
  private final ArrayDeque<Segment> segments = new ArrayDeque<>();

  /** Segments that are still to be written again, in order. */
  private final ArrayDeque<Segment> replay = new ArrayDeque<>();

  private long written;
  private long receipted;

  /** The frames up to this one are not here any more. */
  private long released;

  private int framesOfWrite;
  private long pinnedBytes;

  /**
   * A log.
   *
   * @param budgetBytes most bytes that it may pin; 0 if nothing is ever written again
   */
  ReplayLog(ByteBufAllocator allocator, long budgetBytes) {
    this.allocator = allocator;
    this.budgetBytes = budgetBytes;
  }

  /** Kept frames that were written, in all. */
  long written() {
    return written;
  }

  /** Kept frames that have arrived at the other side, by its word, in all. */
  long receipted() {
    return receipted;
  }

  /** Bytes of memory that cannot be used for anything else. */
  long pinnedBytes() {
    return pinnedBytes;
  }

  /** Whether no kept frame may be written before the other side has told of more. */
  boolean isFull() {
    return budgetBytes > 0 && pinnedBytes + MOST_BYTES_PER_WRITE > budgetBytes;
  }

  // Writing

  /** Kept frames are being written. */
  void frames(int more) {
    framesOfWrite += more;
    written += more;
  }

  /** A write has come to its end: what is in it from this index on. */
  void keep(ByteBuf out, int from) {
    int frames = framesOfWrite;
    framesOfWrite = 0;
    if (frames == 0 || budgetBytes == 0) {
      return;
    }
    int bytes = out.writerIndex() - from;
    Segment segment;
    if (bytes <= SMALL_WRITE_BYTES) {
      segment = chunkFor(bytes);
      segment.bytes.writeBytes(out, from, bytes);
    } else {
      segment = new Segment(out.retainedSlice(from, bytes), out.capacity(), false);
      add(segment);
    }
    segment.frames += frames;
  }

  private Segment chunkFor(int bytes) {
    Segment last = segments.peekLast();
    if (last != null && last.hasRoomFor(bytes)) {
      return last;
    }
    Segment chunk = new Segment(allocator.buffer(CHUNK_BYTES, CHUNK_BYTES), CHUNK_BYTES, true);
    add(chunk);
    return chunk;
  }

  private void add(Segment segment) {
    segments.add(segment);
    pinnedBytes += segment.pinnedBytes;
  }

  /** The other side has all kept frames up to this one. */
  void receipt(long number) throws FrameException {
    if (number > written) {
      throw new FrameException(
          "frame " + number + " has arrived, but only " + written + " were sent");
    }
    receipted = Math.max(receipted, number);
    releaseArrived();
  }

  /** Gives back what is needed no more, as far as it has been written again. */
  private void releaseArrived() {
    Segment first;
    while ((first = segments.peek()) != null
        && first != replay.peek()
        && released + first.frames <= receipted) {
      segments.remove();
      released += first.frames;
      give(first);
    }
  }

  private void give(Segment segment) {
    pinnedBytes -= segment.pinnedBytes;
    segment.bytes.release();
  }

  // Writing again

  /**
   * All that has not arrived is to be written again.
   *
   * @param arrived kept frames that the other side has
   * @return whether that can be: these frames were written, and those behind them are here
   */
  boolean replayAfter(long arrived) {
    if (arrived < receipted || arrived > written) {
      return false;
    }
    replay.clear();
    receipted = arrived;
    releaseArrived();
    Segment first = segments.peek();
    if (first != null) {
      skip(first, (int) (arrived - released));
      released = arrived;
    }
    for (Segment segment : segments) {
      segment.position = segment.bytes.readerIndex();
      replay.add(segment);
    }
    return true;
  }

  /** The first frames of a segment have arrived. */
  private static void skip(Segment segment, int frames) {
    ByteBuf bytes = segment.bytes;
    int left = frames;
    while (left > 0) {
      int head = bytes.readInt();
      bytes.skipBytes(head >>> 8);
      left -= FrameType.isKept(head & 0xff) ? 1 : 0;
    }
    segment.frames -= frames;
  }

  /** Whether something is still to be written again; nothing else may be written before. */
  boolean isReplaying() {
    return !replay.isEmpty();
  }

  /** Writes again, as far as there is room. A frame may be cut, and goes on in the next write. */
  void writeAgain(ByteBuf out) {
    Segment segment;
    while ((segment = replay.peek()) != null && out.isWritable()) {
      int bytes = Math.min(out.writableBytes(), segment.bytes.writerIndex() - segment.position);
      out.writeBytes(segment.bytes, segment.position, bytes);
      segment.position += bytes;
      if (segment.position == segment.bytes.writerIndex()) {
        replay.remove();
      }
    }
    releaseArrived();
  }

  /** Gives everything back. */
  void release() {
    replay.clear();
    Iterator<Segment> each = segments.iterator();
    while (each.hasNext()) {
      give(each.next());
      each.remove();
    }
  }
}
