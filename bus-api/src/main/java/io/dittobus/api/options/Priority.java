// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.options;

/**
 * Whose data goes first where streams share a link. The higher class goes strictly first: a greedy
 * stream of {@link #HIGH} leaves nothing to the others, which is for messages that are few and
 * urgent. Within a class streams share by their weights.
 */
public enum Priority {
  /** Before all others. */
  HIGH,
  /** The default. */
  NORMAL,
  /** What the others leave. */
  LOW
}
