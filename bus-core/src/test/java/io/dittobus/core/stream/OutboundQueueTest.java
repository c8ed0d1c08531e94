// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.dittobus.core.flow.Charge;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OutboundQueueTest {

  private record Waiting(ByteBuf message, boolean ackNow, long sequence, long deadlineNanos) {}

  private static void add(OutboundQueue queue, Waiting next) {
    OutboundQueue.Entry entry = queue.add(next.message);
    entry.ackNow = next.ackNow;
    entry.sequence = next.sequence;
    entry.deadlineNanos = next.deadlineNanos;
  }

  private static ByteBuf message(Random random) {
    int size = random.nextInt(20);
    return Unpooled.buffer(20).writeZero(size);
  }

  @Test
  @DisplayName("a deque whose old entries leave, at any size and after any wrap")
  void model() {
    for (long seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      OutboundQueue queue = new OutboundQueue();
      ArrayDeque<Waiting> model = new ArrayDeque<>();
      int most = 1 + random.nextInt(60);
      for (int step = 0; step < 400; step++) {
        int dice = random.nextInt(50);
        if (dice == 0) {
          expire(queue, model, step);
        } else if (model.size() < most && dice > 20) {
          long deadline =
              random.nextInt(3) > 0 ? SendHalf.NO_DEADLINE : step + random.nextInt(20) - 5;
          Waiting next = new Waiting(message(random), random.nextBoolean(), step, deadline);
          add(queue, next);
          model.add(next);
        } else if (!model.isEmpty()) {
          boolean last = dice == 1;
          Waiting gone = last ? model.removeLast() : model.removeFirst();
          OutboundQueue.Entry entry = last ? queue.last() : queue.first();
          assertThat(entry.message()).as("seed %d", seed).isSameAs(gone.message);
          assertThat(entry.ackNow).as("seed %d", seed).isEqualTo(gone.ackNow);
          assertThat(entry.sequence).as("seed %d", seed).isEqualTo(gone.sequence);
          ByteBuf out = last ? queue.pollLast() : queue.pollFirst();
          assertThat(out).as("seed %d", seed).isSameAs(gone.message);
          assertThat(gone.message.refCnt()).as("seed %d", seed).isEqualTo(1);
          gone.message.release();
        }
        check(queue, model, seed);
      }
      queue.releaseAll();
      assertThat(queue.isEmpty()).isTrue();
      assertThat(model).as("seed %d", seed).allMatch(left -> left.message.refCnt() == 0);
    }
  }

  private static void expire(OutboundQueue queue, ArrayDeque<Waiting> model, long now) {
    List<Long> expected = new ArrayList<>();
    model.removeIf(
        waiting ->
            waiting.deadlineNanos != SendHalf.NO_DEADLINE
                && waiting.deadlineNanos <= now
                && expected.add(waiting.sequence));
    List<Long> removed = new ArrayList<>();
    queue.removeExpired(
        now,
        (sequence, message) -> {
          removed.add(sequence);
          message.release();
        });
    assertThat(removed).isEqualTo(expected);
  }

  private static void check(OutboundQueue queue, ArrayDeque<Waiting> model, long seed) {
    assertThat(queue.size()).as("seed %d", seed).isEqualTo(model.size());
    assertThat(queue.isEmpty()).as("seed %d", seed).isEqualTo(model.isEmpty());
    long charge = model.stream().mapToLong(w -> Charge.of(w.message.readableBytes())).sum();
    assertThat(queue.charge()).as("seed %d", seed).isEqualTo(charge);
    long earliest =
        model.stream()
            .mapToLong(Waiting::deadlineNanos)
            .filter(deadline -> deadline != SendHalf.NO_DEADLINE)
            .min()
            .orElse(SendHalf.NO_DEADLINE);
    assertThat(queue.earliestDeadlineNanos()).as("seed %d", seed).isEqualTo(earliest);
  }

  @Test
  void nothingComesOutOfAnEmptyQueue() {
    OutboundQueue queue = new OutboundQueue();
    assertThatIllegalStateException().isThrownBy(queue::first);
    queue.add(Unpooled.buffer(1));
    queue.pollFirst().release();
    assertThatIllegalStateException().isThrownBy(queue::pollFirst);
    assertThat(queue.size()).isZero();
  }

  @Test
  @DisplayName("what has left is not held on to")
  void releaseAllOnce() {
    OutboundQueue queue = new OutboundQueue();
    List<ByteBuf> messages = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      messages.add(Unpooled.buffer(1));
      queue.add(messages.get(i));
    }
    ByteBuf taken = queue.pollFirst();
    queue.releaseAll();
    queue.releaseAll();
    assertThat(taken.refCnt()).isEqualTo(1);
    assertThat(messages.subList(1, 20)).allMatch(message -> message.refCnt() == 0);
    taken.release();
  }
}
