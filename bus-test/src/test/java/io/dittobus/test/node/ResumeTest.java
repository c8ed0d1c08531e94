// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whole nodes whose connections break: their sessions go on, and lose nothing (RS-1 to RS-7). */
class ResumeTest {

  private static final int SEEDS = 1_000;
  private static final int MANY_SEEDS = 100_000;

  @Test
  @DisplayName("RS-4 RS-6 RS-7: whatever breaks, all arrives once, in order, in one session")
  void seeds() {
    run(0, SEEDS);
  }

  /** {@code -Dseed.first=…} begins elsewhere. */
  @Test
  @Tag("long")
  @DisplayName("the same with 100,000 seeds")
  void manySeeds() {
    run(Integer.getInteger("seed.first", 0), MANY_SEEDS);
  }

  @Test
  @DisplayName(
      "RS-6 RS-7: a peer that was killed and comes again is another one, and all learn the truth")
  void restarts() {
    for (int seed = 0; seed < SEEDS / 2; seed++) {
      RestartRun.run(seed);
    }
  }

  private static void run(int first, int seeds) {
    Map<BreakingRun.Hit, Integer> hits = new EnumMap<>(BreakingRun.Hit.class);
    for (int seed = first; seed < first + seeds; seed++) {
      try (BreakingRun run = new BreakingRun(seed, hits)) {
        run.run();
      }
      if ((seed - first + 1) % 10_000 == 0) {
        System.out.println(seed - first + 1 + " seeds");
      }
    }
    StringBuilder table = new StringBuilder().append(seeds).append(" seeds met:\n");
    hits.forEach((hit, times) -> table.append(String.format("  %-32s %,9d%n", hit, times)));
    System.out.print(table);
    assertThat(hits).containsOnlyKeys(BreakingRun.Hit.values());
  }
}
