// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.core.frame.FrameException;
import io.dittobus.core.frame.FrameType;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.frame.SingleResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ReplayLogTest {

  private static final int BUDGET = 512 * 1024;
  private static final int WRITE_BYTES = 64 * 1024;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);

  /** A run over random writes, receipts and breaks, with a plain list as its model. */
  private final class Run {
    private final Random random;
    private final ReplayLog log = new ReplayLog(allocator, BUDGET);
    private final List<Long> kept = new ArrayList<>();
    private int arrived;
    private int breaks;
    private int full;

    Run(long seed) {
      random = new Random(seed);
    }

    void write() throws FrameException {
      if (log.isFull()) {
        full++;
        receipt();
        return;
      }
      ByteBuf out = allocator.buffer(WRITE_BYTES, WRITE_BYTES);
      FrameWriter.ping(out, 1); // what stands before belongs to somebody else
      int from = out.writerIndex();
      int frames = random.nextInt(4) == 0 ? random.nextInt(2) : random.nextInt(30);
      for (int i = 0; i < frames; i++) {
        long number = kept.size() + 1L;
        if (random.nextInt(4) == 0) {
          FrameWriter.ack(out, number, 0, 0, 0, 0);
        }
        ByteBuf payload = Unpooled.wrappedBuffer(new byte[random.nextInt(2000)]);
        FrameWriter.data(
            out, number, true, true, false, false, -1, 0, payload, payload.readableBytes());
        kept.add(number);
        log.frames(1);
      }
      log.keep(out, from);
      out.release();
    }

    void receipt() throws FrameException {
      arrived += random.nextInt(kept.size() - arrived + 1);
      log.receipt(arrived);
    }

    void breakLink() {
      breaks++;
      arrived += random.nextInt(kept.size() - arrived + 1);
      assertThat(log.replayAfter(arrived)).isTrue();
      List<Long> again = new ArrayList<>();
      ByteBuf all = Unpooled.buffer();
      while (log.isReplaying()) {
        if (random.nextInt(100) == 0) {
          return; // and breaks again
        }
        ByteBuf out = Unpooled.buffer(1000, 1000);
        log.writeAgain(out);
        all.writeBytes(out);
      }
      while (all.isReadable()) {
        int head = all.readInt();
        ByteBuf body = all.readSlice(head >>> 8);
        if (FrameType.isKept(head & 0xff)) {
          body.skipBytes(1);
          again.add(stream(body));
        }
      }
      assertThat(again).isEqualTo(kept.subList(arrived, kept.size()));
    }

    private long stream(ByteBuf body) {
      return switch (body.getByte(body.readerIndex()) >> 6 & 3) {
        case 0 -> body.readByte();
        case 1 -> body.readShort() & 0x3fff;
        default -> body.readInt() & 0x3fffffff;
      };
    }

    void run() throws FrameException {
      for (int step = 0; step < 150; step++) {
        int dice = random.nextInt(10);
        if (dice < 7) {
          write();
        } else if (dice < 9 && random.nextInt(3) > 0) {
          receipt();
        } else {
          breakLink();
          while (log.isReplaying()) { // until it is written again in peace
            log.writeAgain(Unpooled.buffer());
          }
        }
        assertThat(log.pinnedBytes()).isLessThanOrEqualTo(BUDGET);
        assertThat(log.written()).isEqualTo(kept.size());
      }
      log.receipt(kept.size());
      assertThat(log.pinnedBytes()).isZero();
      log.release();
    }
  }

  @Test
  @DisplayName("RS-2 RS-4: what has not arrived is written again, exactly, within the budget")
  void property() throws FrameException {
    int breaks = 0;
    int full = 0;
    for (long seed = 0; seed < 300; seed++) {
      Run run = new Run(seed);
      run.run();
      breaks += run.breaks;
      full += run.full;
    }
    assertThat(breaks).isGreaterThan(1000);
    assertThat(full).as("times when the budget was used up").isGreaterThan(100);
    assertThat(allocator.metric().usedHeapMemory()).isZero();
  }

  @Test
  @DisplayName("RS-3 RS-4: what was not written cannot have arrived, nor what has arrived be lost")
  void impossible() throws FrameException {
    ReplayLog log = new ReplayLog(allocator, BUDGET);
    ByteBuf out = allocator.buffer();
    for (int i = 1; i <= 5; i++) {
      FrameWriter.result(out, i, i, SingleResult.CONSUMED);
      log.frames(1);
    }
    log.keep(out, 0);
    out.release();
    log.receipt(3);
    assertThat(log.replayAfter(2)).isFalse();
    assertThat(log.replayAfter(6)).isFalse();
    assertThat(log.replayAfter(3)).isTrue();
    assertThatThrownBy(() -> log.receipt(6)).isInstanceOf(FrameException.class);
    log.release();
    assertThat(allocator.metric().usedHeapMemory()).isZero();
  }

  @Test
  @DisplayName("without resuming nothing is kept")
  void keepsNothing() throws FrameException {
    ReplayLog log = new ReplayLog(allocator, 0);
    ByteBuf out = allocator.buffer();
    FrameWriter.result(out, 1, 1, SingleResult.CONSUMED);
    log.frames(1);
    log.keep(out, 0);
    assertThat(out.refCnt()).isEqualTo(1);
    out.release();
    assertThat(log.pinnedBytes()).isZero();
    log.receipt(1);
    assertThat(log.isFull()).isFalse();
  }
}
