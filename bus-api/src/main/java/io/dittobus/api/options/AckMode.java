// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.options;

/** When a received message counts as consumed, and is acknowledged to its sender. */
public enum AckMode {
  /** When {@code streamMessageReceived} has returned. */
  AUTOMATIC,
  /** When the application has called {@code acknowledge} for it, in any order, from any thread. */
  MANUAL
}
