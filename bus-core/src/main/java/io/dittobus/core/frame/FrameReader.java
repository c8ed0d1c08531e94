// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Finds frames in the bytes of a link, in place; only a frame that is cut by a buffer's end is
 * copied. Holds at most one frame. One owner thread; {@link #release} ends it.
 */
public final class FrameReader {

  private final ByteBufAllocator allocator;
  private @Nullable ByteBuf cut;

  /** A reader that takes the memory for a cut frame from this allocator. */
  public FrameReader(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  /**
   * Takes the next frame out of these bytes and gives it to the handler.
   *
   * @param in borrowed
   * @return whether there was a whole frame; if not, all bytes have been read and what is left is
   *     kept here
   * @throws FrameException if bytes are no frame, or the handler does not allow one
   */
  public boolean readFrame(ByteBuf in, FrameHandler handler) throws FrameException {
    ByteBuf pending = cut;
    if (pending != null) {
      return completeCutFrame(pending, in, handler);
    }
    if (in.readableBytes() >= FrameType.HEAD_BYTES) {
      int length = checkedLength(in, in.readerIndex());
      if (in.readableBytes() - FrameType.HEAD_BYTES >= length) {
        readFrame(in, length, handler);
        return true;
      }
    }
    if (in.isReadable()) {
      keep(in, in.readableBytes());
    }
    return false;
  }

  /** Returns false if the frame is still not whole. */
  private boolean completeCutFrame(ByteBuf pending, ByteBuf in, FrameHandler handler)
      throws FrameException {
    int headMissing = FrameType.HEAD_BYTES - pending.readableBytes();
    if (headMissing > 0) {
      int taken = Math.min(headMissing, in.readableBytes());
      pending.writeBytes(in, taken);
      if (taken < headMissing) {
        return false;
      }
    }
    int length = checkedLength(pending, pending.readerIndex());
    int missing = FrameType.HEAD_BYTES + length - pending.readableBytes();
    int taken = Math.min(missing, in.readableBytes());
    pending.writeBytes(in, taken);
    if (taken < missing) {
      return false;
    }
    cut = null;
    try {
      readFrame(pending, length, handler);
    } finally {
      pending.release();
    }
    return true;
  }

  private void keep(ByteBuf in, int bytes) {
    ByteBuf pending =
        allocator.buffer(Math.max(bytes, 256), FrameType.HEAD_BYTES + FrameType.MAX_LENGTH);
    pending.writeBytes(in, bytes);
    cut = pending;
  }

  private static int checkedLength(ByteBuf in, int index) throws FrameException {
    int length = in.getInt(index) >>> 8;
    if (length > FrameType.MAX_LENGTH) {
      throw new FrameException(
          "a frame of " + length + " bytes; at most " + FrameType.MAX_LENGTH + " are allowed");
    }
    return length;
  }

  private static void readFrame(ByteBuf in, int length, FrameHandler handler)
      throws FrameException {
    int type = in.readInt() & 0xff;
    int end = in.readerIndex() + length;
    int writerIndex = in.writerIndex();
    in.writerIndex(end);
    try {
      FrameParser.parse(type, in, handler);
    } finally {
      in.writerIndex(writerIndex);
    }
    in.readerIndex(end);
  }

  /** Gives back what is held. */
  public void release() {
    if (cut != null) {
      cut.release();
      cut = null;
    }
  }
}
