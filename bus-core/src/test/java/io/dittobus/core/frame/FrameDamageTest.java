// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.peer.PeerKey;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever bytes come in: a call, or a {@link FrameException}, and nothing else. */
class FrameDamageTest {

  private static final int PING_7 = 0x00000131;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
  private final FrameLog log = new FrameLog();

  @AfterEach
  void nothingIsLeft() {
    assertThat(allocator.metric().usedHeapMemory()).isZero();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  /**
   * Reads one frame, which another one follows. It must be taken or refused, and in the first case
   * the other one is found where it stands.
   */
  private boolean isTaken(ByteBuf frame, String what) {
    ByteBuf bytes = Unpooled.buffer(frame.readableBytes() + 5);
    bytes.writeBytes(frame, frame.readerIndex(), frame.readableBytes());
    bytes.writeInt(PING_7).writeByte(7);
    int writerIndex = bytes.writerIndex();
    FrameReader reader = new FrameReader(allocator);
    log.lines.clear();
    try {
      assertThat(reader.readFrame(bytes, log)).as(what).isTrue();
      assertThat(bytes.readableBytes()).as(what).isEqualTo(5);
      assertThat(reader.readFrame(bytes, log)).as(what).isTrue();
      assertThat(log.lines).as(what).endsWith("PING 7");
      return true;
    } catch (FrameException e) {
      assertThat(e.line()).as(what).isNotEmpty().hasSizeLessThan(300);
      assertThat(log.lines).as(what).isEmpty();
      return false;
    } catch (RuntimeException e) {
      throw new AssertionError(what + ": " + ByteBufUtil.hexDump(frame), e);
    } finally {
      assertThat(bytes.writerIndex()).as(what).isEqualTo(writerIndex);
      assertThat(bytes.readerIndex()).as(what).isBetween(4, writerIndex);
      assertThat(bytes.refCnt()).as(what).isEqualTo(1);
      reader.release();
    }
  }

  /** Whether the body ends with bytes of any number: so of DATA, and of OPEN with a message. */
  private static boolean endsWithPayload(ByteBuf frame) {
    FrameLog seen = new FrameLog();
    FrameReader reader = new FrameReader(UnpooledByteBufAllocator.DEFAULT);
    assertThatCode(() -> reader.readFrame(frame.duplicate(), seen)).doesNotThrowAnyException();
    String line = seen.lines.get(0);
    return line.startsWith("DATA ") || line.startsWith("OPEN ") && !line.endsWith(" none");
  }

  private static ByteBuf small(int type, Random random) {
    ByteBuf frame = Unpooled.buffer();
    do {
      frame.clear();
      new RandomFrames(random).write(type, frame);
    } while (frame.readableBytes() > 500);
    return frame;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  @DisplayName("WF-5: a body that is too short is refused, at every length")
  void truncated(long seed) {
    Random random = new Random(seed);
    for (int type = 0; type < RandomFrames.TYPES; type++) {
      ByteBuf frame = small(type, random);
      int length = frame.readableBytes() - FrameType.HEAD_BYTES;
      boolean data = endsWithPayload(frame);
      for (int shorter = 0; shorter < length; shorter++) {
        ByteBuf cut = frame.copy(0, FrameType.HEAD_BYTES + shorter);
        cut.setMedium(0, shorter);
        boolean taken = isTaken(cut, "seed " + seed + ", type " + type + " at " + shorter);
        assertThat(taken && !data).as("seed %d type %d at %d", seed, type, shorter).isFalse();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  @DisplayName("WF-5: a body that is too long is refused")
  void tooLong(long seed) {
    Random random = new Random(seed);
    for (int type = 0; type < RandomFrames.TYPES; type++) {
      ByteBuf frame = small(type, random);
      if (endsWithPayload(frame) || frame.getByte(3) == FrameType.HELLO) {
        continue;
      }
      frame.setMedium(0, frame.readableBytes() - FrameType.HEAD_BYTES + 1);
      frame.writeByte(random.nextInt());
      assertThat(isTaken(frame, "seed " + seed + ", type " + type)).isFalse();
    }
  }

  @Test
  @DisplayName("HS-2: what a later version adds to HELLO is passed over, within its bound")
  void laterHello() {
    for (long seed = 0; seed < 50; seed++) {
      ByteBuf hello = Unpooled.buffer();
      List<String> seen = new RandomFrames(new Random(seed)).write(0, hello);
      int own = hello.readableBytes() - FrameType.HEAD_BYTES;
      for (int length : new int[] {own + 1, own + 7, Hello.MAX_BYTES, Hello.MAX_BYTES + 1}) {
        ByteBuf later = Unpooled.buffer();
        later.writeMedium(length).writeByte(FrameType.HELLO);
        later.writeBytes(hello, FrameType.HEAD_BYTES, own);
        byte[] added = new byte[length - own];
        new Random(seed).nextBytes(added);
        later.writeBytes(added);
        boolean taken = isTaken(later, "seed " + seed + ", " + length + " bytes");
        assertThat(taken).as("%d bytes", length).isEqualTo(length <= Hello.MAX_BYTES);
        if (taken) {
          assertThat(log.lines).first().isEqualTo(seen.get(0));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  @DisplayName("HS-2: a limit beyond 2^31-1 is refused, the largest is taken")
  void limitsOfHello(int which) {
    for (long value : new long[] {Integer.MAX_VALUE, Integer.MAX_VALUE + 1L, Varint.MAX}) {
      ByteBuf hello = Unpooled.buffer().writeMedium(0).writeByte(FrameType.HELLO);
      hello.writeInt(Hello.MAGIC).writeByte(1).writeByte(1).writeByte(0);
      hello.writeZero(PeerKey.LENGTH + Long.BYTES + Nonce.LENGTH);
      for (int limit = 0; limit < 6; limit++) {
        Varint.write(hello, limit == which ? value : 1);
      }
      hello.setMedium(0, hello.readableBytes() - FrameType.HEAD_BYTES);
      assertThat(isTaken(hello, "limit " + which)).isEqualTo(value == Integer.MAX_VALUE);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  @DisplayName("WF-5: any single byte may be wrong: the frame is taken or refused, nothing else")
  void corrupted(long seed) {
    Random random = new Random(seed);
    for (int type = 0; type < RandomFrames.TYPES; type++) {
      ByteBuf frame = small(type, random);
      for (int at = 3; at < frame.readableBytes(); at++) {
        byte right = frame.getByte(at);
        for (int bit = 0; bit <= 8; bit++) {
          frame.setByte(at, bit == 8 ? random.nextInt() : right ^ 1 << bit);
          isTaken(frame, "seed " + seed + ", type " + type + ", byte " + at);
        }
        frame.setByte(at, right);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"008001", "7fffff", "800000", "ffffff"})
  @DisplayName("WF-1: a length beyond the limit is refused as soon as the head is there")
  void hugeLength(String length) {
    byte[] head = ByteBufUtil.decodeHexDump(length + "20");
    FrameReader whole = new FrameReader(allocator);
    assertThatThrownBy(() -> whole.readFrame(Unpooled.wrappedBuffer(head), log))
        .isInstanceOf(FrameException.class)
        .hasMessageContaining("at most 32768");
    assertThat(allocator.metric().usedHeapMemory()).isZero();
    FrameReader byBytes = new FrameReader(allocator);
    assertThatThrownBy(
            () -> {
              for (byte b : head) {
                byBytes.readFrame(Unpooled.wrappedBuffer(new byte[] {b}), log);
              }
            })
        .isInstanceOf(FrameException.class)
        .hasMessageContaining("at most 32768");
    byBytes.release();
  }

  @Test
  @DisplayName("WF-1: the largest length is taken")
  void largestLength() throws FrameException {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeMedium(FrameType.MAX_LENGTH).writeByte(0xff).writeZero(FrameType.MAX_LENGTH);
    assertThat(new FrameReader(allocator).readFrame(bytes, log)).isTrue();
    assertThat(bytes.isReadable()).isFalse();
  }

  @Test
  @DisplayName("WF-4: unknown types from 0x80 on are skipped, those below are refused")
  void unknownTypes() {
    Random random = new Random(1);
    for (int type = 0; type < 256; type++) {
      boolean known = !FrameType.name(type).startsWith("type");
      if (known) {
        continue;
      }
      for (int length : new int[] {0, 1, 100}) {
        byte[] body = new byte[length];
        random.nextBytes(body);
        ByteBuf frame = Unpooled.buffer();
        frame.writeMedium(length).writeByte(type).writeBytes(body);
        assertThat(isTaken(frame, "type " + type)).isEqualTo(type >= 0x80);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PING without its number, 31, ''",
    "a number that is cut off, 31, 40",
    "DATA without anything, 20, ''",
    "DATA with an unknown flag, 20, 230600",
    "the first fragment has it all, 20, 0106026869",
    "a fragment without payload, 20, 0206",
    "a mode of 0, 10, 01060003000000",
    "a mode of 4, 10, 01060403000000",
    "more entries than allowed, 11, 01060000 4041",
    "a cause of 11, 04, 0b00000000000000000000",
    "HELLO without its magic, 01, 44544254",
    "a key without a byte, 11, 01060000010000",
    "a label that is no UTF-8, 10, 01060300000 1ff00",
    "a label that is cut within a character, 10, 01060300000 1c300",
    "a key that is no UTF-8, 11, 0106000001 01ff 00"
  })
  @DisplayName("WF-5 WF-3: shapes that are refused")
  void badShapes(String what, String type, String body) {
    ByteBuf frame = Unpooled.buffer();
    byte[] bytes = ByteBufUtil.decodeHexDump(body.replace(" ", ""));
    frame.writeMedium(bytes.length).writeByte(Integer.parseInt(type, 16)).writeBytes(bytes);
    assertThat(isTaken(frame, what)).as(what).isFalse();
  }

  @Test
  @DisplayName("WF-5: metadata beyond its bounds is refused")
  void metadataBeyondItsBounds() {
    ByteBuf frame = Unpooled.buffer();
    frame.writeMedium(0).writeByte(FrameType.ACCEPT);
    frame.writeBytes(ByteBufUtil.decodeHexDump("0106000002"));
    for (int i = 0; i < 2; i++) {
      WireText.write(frame, new byte[] {'k'});
      WireText.write(frame, new byte[5000]);
    }
    frame.setMedium(0, frame.readableBytes() - FrameType.HEAD_BYTES);
    assertThat(isTaken(frame, "metadata")).isFalse();
  }

  @Test
  @DisplayName("WF-5: a payload beyond the limit is refused")
  void payloadBeyondTheLimit() {
    ByteBuf frame = Unpooled.buffer();
    frame.writeMedium(2 + FrameType.MAX_PAYLOAD + 1).writeByte(FrameType.DATA);
    frame.writeByte(3).writeByte(6).writeZero(FrameType.MAX_PAYLOAD + 1);
    assertThat(isTaken(frame, "payload")).isFalse();
  }

  @Test
  void whatTheHandlerDoesNotAllowLeavesTheBufferAsItWas() {
    for (int cut = 0; cut < 5; cut++) {
      ByteBuf bytes = Unpooled.buffer().writeInt(PING_7).writeByte(7).writeInt(PING_7).writeByte(8);
      FrameReader reader = new FrameReader(allocator);
      FrameHandler handler =
          new FrameLog() {
            @Override
            public void onPing(long number) throws FrameException {
              throw new FrameException("no PING here");
            }
          };
      int at = cut;
      assertThatThrownBy(
              () -> {
                assertThat(reader.readFrame(bytes.readSlice(at), handler)).isFalse();
                reader.readFrame(bytes, handler);
              })
          .isInstanceOf(FrameException.class)
          .hasMessage("no PING here");
      assertThat(bytes.writerIndex()).isEqualTo(10);
      reader.release();
      assertThat(allocator.metric().usedHeapMemory()).isZero();
    }
  }

  @Test
  @DisplayName("WF-5: random bytes, 100,000 seeds")
  void fuzz() {
    for (long seed = 0; seed < 100_000; seed++) {
      FrameFuzz.run(seed, allocator);
    }
  }

  @Test
  @Tag("long")
  @DisplayName("WF-5: random bytes, 20 million seeds")
  void fuzzLong() {
    for (long seed = 100_000; seed < 20_100_000; seed++) {
      FrameFuzz.run(seed, allocator);
    }
  }
}
