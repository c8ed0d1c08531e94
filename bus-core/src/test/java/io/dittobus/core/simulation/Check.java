// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

/** Invariants: the first one that does not hold ends the run. */
final class Check {

  private Check() {}

  static void that(boolean holds, String line, Object... arguments) {
    if (!holds) {
      throw new AssertionError(String.format(line, arguments));
    }
  }
}
