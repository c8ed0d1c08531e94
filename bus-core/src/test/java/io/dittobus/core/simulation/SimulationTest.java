// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Runs seeds. To replay one: {@code mvn test -pl bus-core -am -Dtest=SimulationTest#oneSeed
 * -Dsimulation.seed=N -Dsurefire.failIfNoSpecifiedTests=false}. To run many: {@code
 * -Dtest=SimulationTest#manySeeds -Dgroups=long -DexcludedGroups= -Dsimulation.seeds=1000000}.
 */
class SimulationTest {

  private static final int SEEDS_IN_BUILD = 10_000;
  private static final int LEAST_HITS = 20;

  @Test
  @DisplayName(
      "RS-1 RS-2 RS-4 RS-5 RS-7: 10,000 seeds: links that break, exact demand, true acks, FIFO, one"
          + " end each, nothing left")
  void seedsInBuild() {
    Tally tally = new Tally();
    for (long seed = 0; seed < SEEDS_IN_BUILD; seed++) {
      tally.add(Simulation.run(seed));
    }
    System.out.println(SEEDS_IN_BUILD + " seeds met:\n" + tally);
    for (Tally.Hit hit : Tally.Hit.values()) {
      assertThat(tally.of(hit)).as("%s is met", hit).isGreaterThanOrEqualTo(LEAST_HITS);
    }
  }

  @Test
  @DisplayName("FC-5: whoever passes its credit by one message or one byte loses that stream")
  void overdrafts() {
    for (long seed = 0; seed < 2_000; seed++) {
      Overdraft.run(seed);
    }
  }

  @Test
  void oneSeed() {
    Simulation.run(Long.getLong("simulation.seed", 0));
  }

  @Test
  @Tag("long")
  void manySeeds() {
    long seeds = Long.getLong("simulation.seeds", 1_000_000);
    long first = Long.getLong("simulation.first", SEEDS_IN_BUILD);
    Tally tally = new Tally();
    for (long seed = first; seed < first + seeds; seed++) {
      tally.add(Simulation.run(seed));
      if (seed % 50_000 == 0) {
        System.out.println("simulated up to seed " + seed);
      }
    }
    System.out.println(seeds + " seeds met:\n" + tally);
  }
}
