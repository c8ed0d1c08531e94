// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ConsumptionTrackerTest {

  /** The same, as plainly as can be. */
  private static final class Model {
    private final List<Long> charges = new ArrayList<>();
    private final List<Boolean> consumed = new ArrayList<>();

    void received(long charge) {
      charges.add(charge);
      consumed.add(false);
    }

    boolean consume(long from, long to) {
      long before = prefix();
      for (long sequence = from; sequence <= Math.min(to, consumed.size()); sequence++) {
        consumed.set((int) sequence - 1, true);
      }
      return prefix() > before;
    }

    long prefix() {
      int first = consumed.indexOf(false);
      return first < 0 ? consumed.size() : first;
    }

    long offset() {
      return charges.stream().limit(prefix()).mapToLong(Long::longValue).sum();
    }
  }

  @Test
  @DisplayName("FC-4: any order of consumption moves the contiguous prefix, as in a plain model")
  void model() {
    for (long seed = 0; seed < 1_000; seed++) {
      Random random = new Random(seed);
      ConsumptionTracker tracker = new ConsumptionTracker();
      Model model = new Model();
      int inFlight = 1 + random.nextInt(random.nextBoolean() ? 6 : 100);
      int eagerness = 5 + random.nextInt(5);
      for (int step = 0; step < 300; step++) {
        boolean grew = false;
        boolean expected = false;
        long received = tracker.received();
        if (received - tracker.consumed() < inFlight && random.nextInt(10) < eagerness) {
          long charge = 32L + random.nextInt(100_000);
          tracker.received(charge);
          model.received(charge);
        } else if (received > 0 && random.nextInt(10) > 0) {
          long sequence = 1 + (long) random.nextInt((int) received);
          if (random.nextBoolean()) {
            sequence = Math.min(received, tracker.consumed() + 1 + random.nextInt(inFlight));
          }
          grew = tracker.consume(sequence);
          expected = model.consume(sequence, sequence);
        } else {
          long sequence = received - random.nextInt(inFlight) + random.nextInt(3);
          grew = tracker.consumeUpTo(sequence);
          expected = model.consume(1, sequence);
        }
        assertThat(grew).as("seed %d, step %d", seed, step).isEqualTo(expected);
        assertThat(tracker.consumed()).as("seed %d, step %d", seed, step).isEqualTo(model.prefix());
        assertThat(tracker.releasedOffset())
            .as("seed %d, step %d", seed, step)
            .isEqualTo(model.offset());
      }
      tracker.consumeUpTo(Long.MAX_VALUE);
      assertThat(tracker.consumed()).as("seed %d", seed).isEqualTo(tracker.received());
    }
  }

  @Test
  @DisplayName("FC-4: the last of many consumed first moves nothing, the first then everything")
  void backwards() {
    ConsumptionTracker tracker = new ConsumptionTracker();
    for (int i = 1; i <= 1_000; i++) {
      tracker.received(32 + i);
    }
    for (int i = 1_000; i > 1; i--) {
      assertThat(tracker.consume(i)).isFalse();
    }
    assertThat(tracker.consumed()).isZero();
    assertThat(tracker.consume(1)).isTrue();
    assertThat(tracker.consumed()).isEqualTo(1_000);
    assertThat(tracker.releasedOffset()).isEqualTo(1_000 * 32 + 500_500);
  }

  @Test
  void whatWasNotReceivedCannotBeConsumed() {
    ConsumptionTracker tracker = new ConsumptionTracker();
    assertThatIllegalArgumentException().isThrownBy(() -> tracker.consume(1));
    tracker.received(32);
    assertThatIllegalArgumentException().isThrownBy(() -> tracker.consume(0));
    assertThatIllegalArgumentException().isThrownBy(() -> tracker.consume(-1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tracker.consume(2))
        .withMessage("Message 2 was not received; the last one is 1");
    assertThat(tracker.consumeUpTo(0)).isFalse();
    assertThat(tracker.consumeUpTo(-5)).isFalse();
    assertThat(tracker.consumed()).isZero();
  }

  @Test
  void consumingTwiceIsWithoutEffect() {
    ConsumptionTracker tracker = new ConsumptionTracker();
    tracker.received(40);
    tracker.received(50);
    assertThat(tracker.consume(2)).isFalse();
    assertThat(tracker.consume(2)).isFalse();
    assertThat(tracker.consume(1)).isTrue();
    assertThat(tracker.consume(1)).isFalse();
    assertThat(tracker.consumeUpTo(2)).isFalse();
    assertThat(tracker.releasedOffset()).isEqualTo(90);
  }
}
