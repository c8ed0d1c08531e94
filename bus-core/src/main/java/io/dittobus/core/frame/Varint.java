// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import io.netty.buffer.ByteBuf;

/**
 * Unsigned numbers of 1, 2, 4 or 8 bytes whose two highest bits tell the length, as in RFC 9000,
 * section 16 (WF-2).
 */
public final class Varint {

  /** The largest number: 2^62 - 1. */
  public static final long MAX = (1L << 62) - 1;

  /** Most bytes of a number. */
  public static final int MAX_BYTES = 8;

  private Varint() {}

  /**
   * Writes a number in its shortest form.
   *
   * @throws IllegalArgumentException if it is negative or above {@link #MAX}
   */
  public static void write(ByteBuf out, long value) {
    if (value < 0 || value > MAX) {
      throw new IllegalArgumentException("A varint is 0 to 2^62-1; this is " + value);
    }
    if (value < 1 << 6) {
      out.writeByte((int) value);
    } else if (value < 1 << 14) {
      out.writeShort((int) (value | 0x4000));
    } else if (value < 1 << 30) {
      out.writeInt((int) (value | 0x8000_0000L));
    } else {
      out.writeLong(value | 0xC000_0000_0000_0000L);
    }
  }

  /** Bytes of the number's shortest form. */
  public static int size(long value) {
    return value < 1 << 6 ? 1 : value < 1 << 14 ? 2 : value < 1 << 30 ? 4 : 8;
  }

  /**
   * Reads a number, in any of its forms.
   *
   * @throws FrameException if the buffer ends before the number does
   */
  public static long read(ByteBuf in) throws FrameException {
    if (!in.isReadable()) {
      throw new FrameException("a number is missing");
    }
    int first = in.getByte(in.readerIndex());
    int length = 1 << (first >>> 6 & 3);
    if (in.readableBytes() < length) {
      throw new FrameException("a number is cut off");
    }
    return switch (length) {
      case 1 -> in.readByte() & 0x3f;
      case 2 -> in.readShort() & 0x3fff;
      case 4 -> in.readInt() & 0x3fff_ffff;
      default -> in.readLong() & MAX;
    };
  }
}
