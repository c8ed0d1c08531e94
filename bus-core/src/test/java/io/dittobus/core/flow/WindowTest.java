// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class WindowTest {

  private static final int MINIMUM = 4 * 1024;
  private static final long ROUND_TRIP = 1_000;

  private final WindowBudget budget = new WindowBudget(1 << 20);

  @Test
  @DisplayName("FC-8: half of the window within two round trips doubles it")
  void growsWhenBusy() {
    Window window = new Window(MINIMUM, MINIMUM, 64 * 1024, budget, 0);
    window.consumed(MINIMUM / 2 - 1, ROUND_TRIP, ROUND_TRIP);
    assertThat(window.bytes()).isEqualTo(MINIMUM);
    window.consumed(MINIMUM / 2, 2 * ROUND_TRIP, ROUND_TRIP);
    assertThat(window.bytes()).isEqualTo(2 * MINIMUM);
  }

  @Test
  @DisplayName("FC-8: half of it in more than two round trips does not")
  void staysWhenSlow() {
    Window window = new Window(MINIMUM, MINIMUM, 64 * 1024, budget, 0);
    long offset = 0;
    long now = 0;
    for (int i = 0; i < 100; i++) {
      offset += MINIMUM / 2;
      now += 2 * ROUND_TRIP + 1;
      window.consumed(offset, now, ROUND_TRIP);
      assertThat(window.bytes()).isEqualTo(MINIMUM);
    }
  }

  @Test
  @DisplayName("FC-8: after a pause it takes a busy half to grow again")
  void pause() {
    Window window = new Window(MINIMUM, MINIMUM, 64 * 1024, budget, 0);
    window.consumed(MINIMUM / 2, 1_000_000, ROUND_TRIP);
    assertThat(window.bytes()).isEqualTo(MINIMUM);
    window.consumed(MINIMUM, 1_000_000 + ROUND_TRIP, ROUND_TRIP);
    assertThat(window.bytes()).isEqualTo(2 * MINIMUM);
  }

  @Test
  @DisplayName("FC-8: while no round trip is known nothing grows, even if no time passes")
  void unknownRoundTrip() {
    Window window = new Window(MINIMUM, MINIMUM, 64 * 1024, budget, 0);
    window.consumed(MINIMUM, 0, 0);
    window.consumed(2 * MINIMUM, 0, 0);
    assertThat(window.bytes()).isEqualTo(MINIMUM);
  }

  @Test
  @DisplayName("FC-8: it starts as large as asked for if the budget allows, else at the minimum")
  void initial() {
    assertThat(new Window(MINIMUM, 64 * 1024, 64 * 1024, budget, 0).bytes()).isEqualTo(64 * 1024);
    assertThat(budget.free()).isEqualTo((1 << 20) - 60 * 1024);
    WindowBudget tight = new WindowBudget(60 * 1024 - 1);
    assertThat(new Window(MINIMUM, 64 * 1024, 64 * 1024, tight, 0).bytes()).isEqualTo(MINIMUM);
    assertThat(tight.free()).isEqualTo(60 * 1024 - 1);
  }

  @Test
  @DisplayName("FC-8: never beyond its maximum or a budget, never smaller, and all is given back")
  void bounds() {
    for (long seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      long busBytes = random.nextInt(200_000);
      long sessionBytes = random.nextInt(200_000);
      WindowBudget bus = new WindowBudget(busBytes);
      WindowBudget session = new WindowBudget(sessionBytes, bus);
      Window[] windows = new Window[1 + random.nextInt(4)];
      long[] offsets = new long[windows.length];
      int[] maxima = new int[windows.length];
      long now = random.nextLong();
      for (int i = 0; i < windows.length; i++) {
        maxima[i] = MINIMUM + random.nextInt(100_000);
        int initial = MINIMUM + random.nextInt(maxima[i] - MINIMUM + 1);
        windows[i] = new Window(MINIMUM, initial, maxima[i], session, now);
      }
      for (int step = 0; step < 100; step++) {
        int i = random.nextInt(windows.length);
        int before = windows[i].bytes();
        offsets[i] += random.nextInt(before);
        now += random.nextInt(3_000);
        windows[i].consumed(offsets[i], now, random.nextInt(4) * 500L);
        assertThat(windows[i].bytes()).as("seed %d", seed).isBetween(before, maxima[i]);
        long reserved = 0;
        for (Window window : windows) {
          reserved += window.bytes() - MINIMUM;
        }
        assertThat(session.free()).as("seed %d", seed).isEqualTo(sessionBytes - reserved);
        assertThat(bus.free()).as("seed %d", seed).isEqualTo(busBytes - reserved).isNotNegative();
        assertThat(session.free()).as("seed %d", seed).isNotNegative();
      }
      for (Window window : windows) {
        window.release();
        window.release();
        assertThat(window.bytes()).isEqualTo(MINIMUM);
      }
      assertThat(session.free()).as("seed %d", seed).isEqualTo(sessionBytes);
      assertThat(bus.free()).as("seed %d", seed).isEqualTo(busBytes);
    }
  }
}
