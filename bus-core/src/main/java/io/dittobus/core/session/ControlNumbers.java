// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.core.frame.FrameException;

/** Counts the control frames of both sides, so that none is lost or taken twice (CT-1, CT-2). */
final class ControlNumbers {

  /** Control frames of the other side after which it is told that they arrived. */
  private static final int ACK_EVERY = 32;

  private long sent;
  private long ackedByPeer;
  private long received;
  private long acked;

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

  /** The other side has everything up to this number. */
  void ackedByPeer(long number) throws FrameException {
    if (number > sent) {
      throw new FrameException(
          "control frame " + number + " was acknowledged, but only " + sent + " were sent");
    }
    ackedByPeer = Math.max(ackedByPeer, number);
  }

  boolean isAckDue() {
    return received - acked >= ACK_EVERY;
  }

  /** The number to acknowledge now. */
  long acknowledge() {
    acked = received;
    return received;
  }

  /** Control frames that the other side has not acknowledged. */
  long unacked() {
    return sent - ackedByPeer;
  }
}
