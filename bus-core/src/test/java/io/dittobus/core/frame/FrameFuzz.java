// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Random;

/**
 * One run of a reader over bytes that are random, or frames with random damage, in random pieces. A
 * {@link FrameException} may end it; nothing else, and the reader never holds more than a frame.
 */
final class FrameFuzz {

  private static final long MOST_HELD = FrameType.HEAD_BYTES + FrameType.MAX_LENGTH;

  private final Random random;
  private final UnpooledByteBufAllocator allocator;
  private final FrameReader reader;

  private FrameFuzz(long seed, UnpooledByteBufAllocator allocator) {
    this.random = new Random(seed * 0x9e3779b97f4a7c15L);
    this.allocator = allocator;
    this.reader = new FrameReader(allocator);
  }

  /** Runs a seed. */
  static void run(long seed, UnpooledByteBufAllocator allocator) {
    FrameFuzz fuzz = new FrameFuzz(seed, allocator);
    try {
      fuzz.run();
    } catch (FrameException e) {
      fuzz.check(!e.line().isEmpty(), "an exception without a line");
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("decoder fuzz, seed " + seed + ": " + e, e);
    } finally {
      fuzz.reader.release();
    }
    fuzz.check(allocator.metric().usedHeapMemory() == 0, "seed " + seed + ": a buffer leaked");
  }

  private void run() throws FrameException {
    ByteBuf bytes = bytes();
    FrameLog log = new FrameLog();
    int longest = 1 + random.nextInt(400);
    while (bytes.isReadable()) {
      ByteBuf part = bytes.readSlice(Math.min(bytes.readableBytes(), 1 + random.nextInt(longest)));
      int writerIndex = part.writerIndex();
      boolean whole = true;
      while (whole) {
        int before = part.readerIndex();
        whole = reader.readFrame(part, log);
        check(part.writerIndex() == writerIndex, "the writer index has moved");
        check(part.readerIndex() > before || !whole, "a frame of no bytes");
      }
      check(!part.isReadable(), "bytes were left");
      check(allocator.metric().usedHeapMemory() <= MOST_HELD, "more is held than a frame");
    }
  }

  private ByteBuf bytes() {
    ByteBuf bytes = Unpooled.buffer();
    switch (random.nextInt(4)) {
      case 0 -> randomBytes(bytes, random.nextInt(200));
      case 1 -> randomBodies(bytes);
      case 2 -> frames(bytes);
      default -> {
        frames(bytes);
        damage(bytes);
      }
    }
    return bytes;
  }

  private void randomBytes(ByteBuf out, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    out.writeBytes(bytes);
  }

  private void randomBodies(ByteBuf out) {
    for (int i = 0; i < 4; i++) {
      int length = random.nextInt(random.nextInt(8) == 0 ? 600 : 40);
      int group = random.nextInt(4) << 4;
      out.writeMedium(length).writeByte(group | random.nextInt(8));
      for (int j = 0; j < length; j++) {
        out.writeByte(random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(12));
      }
    }
  }

  private void frames(ByteBuf out) {
    RandomFrames frames = new RandomFrames(random);
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      int before = out.writerIndex();
      frames.write(out);
      if (out.writerIndex() - before > 1000 && random.nextInt(10) > 0) {
        out.writerIndex(before);
      }
    }
  }

  private void damage(ByteBuf bytes) {
    int times = 1 + random.nextInt(3);
    for (int i = 0; i < times && bytes.isReadable(); i++) {
      int at = random.nextInt(bytes.readableBytes());
      switch (random.nextInt(3)) {
        case 0 -> bytes.setByte(at, random.nextInt());
        case 1 -> bytes.setByte(at, bytes.getByte(at) ^ 1 << random.nextInt(8));
        default -> bytes.writerIndex(at);
      }
    }
  }

  private void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
