// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is read, however the link cuts it. */
class FrameSplitTest {

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
  private final FrameReader reader = new FrameReader(allocator);
  private final FrameLog log = new FrameLog();

  @AfterEach
  void nothingIsLeft() {
    reader.release();
    assertThat(allocator.metric().usedHeapMemory()).isZero();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  /** Feeds the bytes in pieces; {@code piece} says how long the next one is, of how many. */
  private void feed(ByteBuf bytes, IntUnaryOperator piece) throws FrameException {
    while (bytes.isReadable()) {
      int length = piece.applyAsInt(bytes.readableBytes());
      ByteBuf part = bytes.readSlice(length);
      int writerIndex = part.writerIndex();
      while (reader.readFrame(part, log)) {
        assertThat(part.writerIndex()).isEqualTo(writerIndex);
      }
      assertThat(part.isReadable()).isFalse();
      assertThat(part.writerIndex()).isEqualTo(writerIndex);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  @DisplayName("WF-1: every frame is read as it was written, cut at any one place")
  void everyCut(long seed) throws FrameException {
    RandomFrames frames = new RandomFrames(new Random(seed));
    for (int type = 0; type < RandomFrames.TYPES; type++) {
      ByteBuf bytes = Unpooled.buffer();
      List<String> expected = frames.write(type, bytes);
      int length = bytes.readableBytes();
      int step = Math.max(1, length / 300);
      for (int cut = 0; cut <= length; cut += step) {
        log.lines.clear();
        int at = cut;
        feed(bytes.duplicate(), left -> left == length && at > 0 ? at : left);
        assertThat(log.lines).as("seed %d, cut at %d", seed, cut).isEqualTo(expected);
      }
    }
  }

  @Test
  @DisplayName("WF-1: one byte at a time")
  void singleBytes() throws FrameException {
    for (long seed = 0; seed < 20; seed++) {
      ByteBuf bytes = Unpooled.buffer();
      List<String> expected = writeMany(new Random(seed), bytes);
      log.lines.clear();
      feed(bytes, left -> 1);
      assertThat(log.lines).as("seed %d", seed).isEqualTo(expected);
    }
  }

  @Test
  @DisplayName("WF-1: any cuts")
  void anyCuts() throws FrameException {
    for (long seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      ByteBuf bytes = Unpooled.buffer();
      List<String> expected = writeMany(random, bytes);
      log.lines.clear();
      int longest = 1 + random.nextInt(3 * FrameType.MAX_PAYLOAD);
      feed(bytes, left -> Math.min(left, 1 + random.nextInt(longest)));
      assertThat(log.lines).as("seed %d", seed).isEqualTo(expected);
    }
  }

  private static List<String> writeMany(Random random, ByteBuf bytes) {
    RandomFrames frames = new RandomFrames(random);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      expected.addAll(frames.write(bytes));
    }
    return expected;
  }

  @Test
  void frameWritersKeepToTheRoomTheyPromise() {
    for (long seed = 0; seed < 2_000; seed++) {
      RandomFrames frames = new RandomFrames(new Random(seed));
      for (int type = 0; type < RandomFrames.TYPES; type++) {
        ByteBuf bytes = Unpooled.buffer();
        frames.write(type, bytes);
        int most =
            switch (type) {
              case 3, 4 -> FrameWriter.MAX_METADATA_FRAME_BYTES;
              case 10 -> FrameType.MAX_PAYLOAD + FrameWriter.MAX_DATA_HEAD_BYTES;
              case 18 -> FrameType.HEAD_BYTES + Auth.MAX_BYTES;
              default -> FrameWriter.MAX_CONTROL_BYTES;
            };
        assertThat(bytes.readableBytes())
            .as("seed %d, type %d", seed, type)
            .isBetween(FrameType.HEAD_BYTES, most);
      }
    }
  }
}
