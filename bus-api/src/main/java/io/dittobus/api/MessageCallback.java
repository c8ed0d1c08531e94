// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api;

import io.dittobus.api.result.MessageResult;

/**
 * Told once how one message on a stream ended: {@code ACKED}, {@code NOT_SENT}, {@code UNKNOWN} or,
 * in the unreliable modes, one of the {@code DROPPED_…}.
 */
@FunctionalInterface
public interface MessageCallback {

  /**
   * The message has ended. Called on the stream's executor.
   *
   * @param messageSequence the sequence that it was given
   */
  void messageEnded(long messageSequence, MessageResult result);
}
