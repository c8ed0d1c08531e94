// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import java.time.Duration;

/**
 * Faults that a {@link MemoryNetwork} draws by its seed. Immutable.
 *
 * @param stallChance chance, per piece of bytes that arrives, that its direction stalls, 0 to 1
 * @param maxStall longest such stall
 * @param cutChance chance, per piece of bytes that arrives, that its connection is cut, 0 to 1
 * @param refuseChance chance that a dial is refused, 0 to 1
 */
public record Faults(double stallChance, Duration maxStall, double cutChance, double refuseChance) {

  /** Nothing goes wrong. */
  public static final Faults NONE = new Faults(0, Duration.ZERO, 0, 0);

  /**
   * Faults with chances within 0 to 1.
   *
   * @throws IllegalArgumentException if one is outside
   */
  public Faults {
    for (double chance : new double[] {stallChance, cutChance, refuseChance}) {
      if (!(chance >= 0 && chance <= 1)) {
        throw new IllegalArgumentException("A chance is 0 to 1; this is " + chance);
      }
    }
    if (maxStall.isNegative()) {
      throw new IllegalArgumentException("maxStall is at least 0");
    }
  }

  /** Stalls only. */
  public static Faults stalls(double chance, Duration maxStall) {
    return new Faults(chance, maxStall, 0, 0);
  }

  /** The same with this chance of cuts. */
  public Faults withCuts(double chance) {
    return new Faults(stallChance, maxStall, chance, refuseChance);
  }

  /** The same with this chance of refused dials. */
  public Faults withRefusals(double chance) {
    return new Faults(stallChance, maxStall, cutChance, chance);
  }
}
