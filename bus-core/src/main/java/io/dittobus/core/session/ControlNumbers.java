// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.core.frame.FrameException;

/** Numbers the control frames of both sides, so that none is lost or taken twice (CT-1). */
final class ControlNumbers {

  private long sent;
  private long received;

  /** The number of the control frame that is about to be written. */
  long next() {
    return ++sent;
  }

  /** A control frame came in with this number. */
  void receive(long number) throws FrameException {
    if (number != received + 1) {
      throw new FrameException(
          "control frame " + number + " where " + (received + 1) + " was expected");
    }
    received = number;
  }
}
