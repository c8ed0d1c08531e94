// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class WindowBudgetTest {

  @Test
  @DisplayName("FC-8: all of what is asked for is reserved in both budgets, or nothing in either")
  void allOrNothing() {
    WindowBudget bus = new WindowBudget(100);
    WindowBudget one = new WindowBudget(80, bus);
    WindowBudget two = new WindowBudget(80, bus);
    assertThat(one.reserve(81)).isFalse();
    assertThat(one.reserve(80)).isTrue();
    assertThat(two.reserve(21)).isFalse();
    assertThat(two.free()).isEqualTo(80);
    assertThat(two.reserve(20)).isTrue();
    assertThat(bus.free()).isZero();
    assertThat(two.reserve(0)).isTrue();
    one.release(80);
    assertThat(bus.free()).isEqualTo(80);
    assertThat(two.reserve(60)).isTrue();
    assertThat(two.reserve(1)).isFalse();
  }

  @Test
  @DisplayName("FC-8: sessions on several threads share a budget, and never more than there is")
  void threads() throws Exception {
    long seed = 1;
    int threads = 4;
    WindowBudget bus = new WindowBudget(1_000);
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      CountDownLatch start = new CountDownLatch(1);
      List<Future<?>> sessions = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        Random random = new Random(seed + i);
        WindowBudget session = new WindowBudget(400, bus);
        sessions.add(
            executor.submit(
                () -> {
                  start.await();
                  work(session, bus, random);
                  return null;
                }));
      }
      start.countDown();
      for (Future<?> session : sessions) {
        session.get();
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(bus.free()).isEqualTo(1_000);
  }

  private static void work(WindowBudget session, WindowBudget bus, Random random) {
    long held = 0;
    for (int i = 0; i < 100_000; i++) {
      if (random.nextBoolean()) {
        long bytes = random.nextInt(200);
        if (session.reserve(bytes)) {
          held += bytes;
        }
      } else if (held > 0) {
        long bytes = 1L + random.nextInt((int) held);
        session.release(bytes);
        held -= bytes;
      }
      long freeInBus = bus.free();
      if (held > 400 || session.free() != 400 - held || freeInBus < 0 || freeInBus > 1_000) {
        throw new AssertionError("held " + held + ", free in bus " + freeInBus);
      }
    }
    session.release(held);
  }
}
