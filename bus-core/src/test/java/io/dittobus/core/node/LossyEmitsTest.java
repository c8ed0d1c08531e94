// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.MessageCallback;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.DropCause;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.core.stream.SendHalf;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What comes in from one thread; many of them are the business of the stress tests. */
class LossyEmitsTest {

  private static final int MAX_SIZE = 1_000;

  /** Notes in words what the loop takes out, and whether it is whole. */
  private static final class Taken implements Emits.Drain {
    final List<String> words = new ArrayList<>();
    long last;

    @Override
    public void message(long sequence, Emission emission, boolean crowded) {
      assertThat(sequence).isEqualTo(last + 1);
      last = sequence;
      words.add(sequence + (crowded ? " crowded" : ""));
      emission.message().release();
    }

    @Override
    public void dropped(
        long upTo, long messages, DropCause cause, @Nullable MessageCallback callback) {
      assertThat(upTo).isEqualTo(last + messages);
      last = upTo;
      words.add(messages + " " + cause + " to " + upTo + (callback == null ? "" : " told"));
    }
  }

  private static LossyEmits emits(ReliabilityMode mode, int maxQueuedBytes) {
    FlowOptions flow = FlowOptions.defaults().withMaxQueuedBytes(maxQueuedBytes);
    return new LossyEmits(mode, flow, MAX_SIZE, 0, 0);
  }

  private static ByteBuf bytes(int size) {
    return Unpooled.buffer(Math.max(1, size)).writeZero(size);
  }

  private static EnqueueResult offer(Emits emits, int size) {
    return emits.offer(Emission.of(bytes(size)));
  }

  private static List<String> drain(Emits emits) {
    Taken taken = new Taken();
    emits.drain(taken);
    return taken.words;
  }

  @ParameterizedTest
  @EnumSource(value = ReliabilityMode.class, names = "RELIABLE", mode = EnumSource.Mode.EXCLUDE)
  void whatFitsIsTakenOutInOrder(ReliabilityMode mode) {
    LossyEmits emits = emits(mode, 1_000);
    for (int i = 0; i < 3; i++) {
      assertThat(offer(emits, 10)).isEqualTo(EnqueueResult.OK);
    }
    assertThat(emits.emitted()).isEqualTo(3);
    assertThat(emits.queuedBytes()).isEqualTo(3 * 42);
    assertThat(emits.isDrained()).isFalse();
    assertThat(drain(emits)).containsExactly("1", "2", "3");
    assertThat(emits.isDrained()).isTrue();
    assertThat(emits.queuedBytes()).as("until it is written").isEqualTo(3 * 42);
  }

  @Test
  void unreliableDropsWhatFindsNoRoomAndCountsItInItsPlace() {
    LossyEmits emits = emits(ReliabilityMode.UNRELIABLE, 84);
    ByteBuf dropped = bytes(10);
    offer(emits, 10);
    offer(emits, 10);
    assertThat(emits.offer(Emission.of(dropped))).isEqualTo(EnqueueResult.OK);
    offer(emits, 10);
    assertThat(dropped.refCnt()).isZero();
    assertThat(drain(emits)).containsExactly("1", "2", "2 OVERFLOW to 4");
    emits.release(84);
    offer(emits, 10);
    assertThat(emits.emitted()).isEqualTo(5);
  }

  @Test
  void sequencedLetsTheNewestTakeThePlaceOfTheOneBefore() {
    LossyEmits emits = emits(ReliabilityMode.UNRELIABLE_SEQUENCED, 42);
    ByteBuf replaced = bytes(10);
    emits.offer(Emission.of(replaced));
    for (int i = 0; i < 3; i++) {
      offer(emits, 10);
    }
    assertThat(replaced.refCnt()).isZero();
    assertThat(drain(emits)).containsExactly("3 REPLACED to 3", "4");
    // The loop has it, and it is not written: one more is put in, which is to replace that one.
    offer(emits, 10);
    offer(emits, 10);
    Taken later = new Taken();
    later.last = 4;
    emits.drain(later);
    assertThat(later.words).containsExactly("1 REPLACED to 5", "6 crowded");
  }

  @Test
  void whoWaitsForAMessageHearsOfItsOwnDrop() {
    LossyEmits emits = emits(ReliabilityMode.UNRELIABLE, 42);
    MessageCallback callback = (sequence, result) -> {};
    offer(emits, 10);
    offer(emits, 10);
    emits.offer(new Emission(bytes(10), 10, false, SendHalf.NO_DEADLINE, callback));
    offer(emits, 10);
    assertThat(drain(emits))
        .containsExactly("1", "1 OVERFLOW to 2", "1 OVERFLOW to 3 told", "1 OVERFLOW to 4");
  }

  @Test
  void nothingIsAcceptedAfterTheEndAndWhatWasStaysToBeTakenOut() {
    LossyEmits emits = emits(ReliabilityMode.UNRELIABLE, 1_000);
    offer(emits, 1);
    assertThat(emits.terminate()).isTrue();
    assertThat(emits.terminate()).isFalse();
    emits.cancel();
    ByteBuf late = bytes(1);
    assertThat(emits.offer(Emission.of(late))).isEqualTo(EnqueueResult.TERMINATED);
    assertThat(late.refCnt()).isOne();
    late.release();
    assertThat(drain(emits)).containsExactly("1");
    LossyEmits cancelled = emits(ReliabilityMode.UNRELIABLE_SEQUENCED, 1_000);
    cancelled.cancel();
    assertThat(offer(cancelled, 1)).isEqualTo(EnqueueResult.CANCELLED);
    assertThat(offer(cancelled, MAX_SIZE + 1)).isEqualTo(EnqueueResult.TOO_LARGE);
  }

  @Test
  void isReadyWhileThereIsCreditAndRoom() {
    LossyEmits emits = emits(ReliabilityMode.UNRELIABLE, 84);
    assertThat(emits.isReady()).isFalse();
    assertThat(emits.takeRoomWanted()).isTrue();
    emits.grant(2);
    assertThat(emits.isReady()).isTrue();
    offer(emits, 20);
    assertThat(emits.isReady()).as("room for an empty one").isTrue();
    offer(emits, 20);
    assertThat(emits.isReady()).isFalse();
    emits.countDropped(1);
    emits.release(52);
    drain(emits);
    assertThat(emits.isReady()).as("the dropped one has cost no credit").isTrue();
  }

  /** Whatever is put in comes out, as itself or as a drop, whenever the loop comes by. */
  @ParameterizedTest
  @EnumSource(value = ReliabilityMode.class, names = "RELIABLE", mode = EnumSource.Mode.EXCLUDE)
  void nothingIsForgotten(ReliabilityMode mode) {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      LossyEmits emits = emits(mode, 1 + random.nextInt(300));
      Taken taken = new Taken();
      long offered = 0;
      for (int i = 0; i < 100; i++) {
        if (random.nextInt(4) == 0) {
          emits.drain(taken);
          emits.releaseAll();
        } else {
          assertThat(offer(emits, random.nextInt(100))).isEqualTo(EnqueueResult.OK);
          offered++;
        }
      }
      emits.drain(taken);
      assertThat(taken.last).as("seed %d", seed).isEqualTo(offered).isEqualTo(emits.emitted());
      assertThat(taken.words).last().asString().as("seed %d", seed).doesNotContain("REPLACED");
    }
  }
}
