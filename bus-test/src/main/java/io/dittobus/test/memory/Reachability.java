// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

/** What happens to those who dial a host. */
public enum Reachability {
  /** They get through, if it listens. */
  OPEN,
  /** They are refused. */
  REFUSING,
  /** They hear nothing, until their timeout. */
  SILENT
}
