// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OutboundQueueTest {

  private record Waiting(ByteBuf message, boolean ackNow) {}

  @Test
  @DisplayName("first in, first out, each with its wish, at any size and after any wrap")
  void order() {
    for (long seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      OutboundQueue queue = new OutboundQueue();
      ArrayDeque<Waiting> model = new ArrayDeque<>();
      int most = 1 + random.nextInt(60);
      for (int step = 0; step < 400; step++) {
        if (model.size() < most && random.nextInt(5) > 1) {
          Waiting next = new Waiting(Unpooled.buffer(1), random.nextBoolean());
          queue.add(next.message, next.ackNow);
          model.add(next);
        } else if (!model.isEmpty()) {
          Waiting first = model.remove();
          assertThat(queue.peek()).as("seed %d", seed).isSameAs(first.message);
          assertThat(queue.peekAckNow()).as("seed %d", seed).isEqualTo(first.ackNow);
          assertThat(queue.poll()).as("seed %d", seed).isSameAs(first.message);
          assertThat(first.message.refCnt()).as("seed %d", seed).isEqualTo(1);
          first.message.release();
        }
        assertThat(queue.size()).as("seed %d", seed).isEqualTo(model.size());
        assertThat(queue.isEmpty()).as("seed %d", seed).isEqualTo(model.isEmpty());
      }
      queue.releaseAll();
      assertThat(queue.isEmpty()).isTrue();
      assertThat(model).as("seed %d", seed).allMatch(left -> left.message.refCnt() == 0);
    }
  }

  @Test
  void nothingComesOutOfAnEmptyQueue() {
    OutboundQueue queue = new OutboundQueue();
    assertThatIllegalStateException().isThrownBy(queue::peek);
    queue.add(Unpooled.buffer(1), false);
    queue.poll().release();
    assertThatIllegalStateException().isThrownBy(queue::poll);
    assertThat(queue.size()).isZero();
  }

  @Test
  @DisplayName("what has left is not held on to")
  void releaseAllOnce() {
    OutboundQueue queue = new OutboundQueue();
    List<ByteBuf> messages = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      messages.add(Unpooled.buffer(1));
      queue.add(messages.get(i), true);
    }
    ByteBuf taken = queue.poll();
    queue.releaseAll();
    queue.releaseAll();
    assertThat(taken.refCnt()).isEqualTo(1);
    assertThat(messages.subList(1, 20)).allMatch(message -> message.refCnt() == 0);
    taken.release();
  }
}
