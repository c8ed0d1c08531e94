// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

/** How a single message ended, as far as its sender can know. */
public enum BusSingleSendResult {
  /** Reliable: the remote application has consumed it. */
  DELIVERED(ErrorCode.NONE),
  /** Unreliable: it was put on the wire. */
  TRANSMITTED(ErrorCode.NONE),
  /**
   * Unreliable: it was not put on the wire, as there was no session, no credit or no room, its time
   * to live was over, or the session ended.
   */
  DROPPED(ErrorCode.MESSAGE_DROPPED),
  /** It is larger than the peer takes, or than what may wait. */
  TOO_LARGE(ErrorCode.MESSAGE_TOO_LARGE),
  /** Reliable: it was never put on the wire, since the peer was not there, or full, in time. */
  UNREACHABLE(ErrorCode.UNREACHABLE),
  /** Reliable: nobody listens at the other side, or it is not allowed. */
  REFUSED(ErrorCode.MESSAGE_REFUSED),
  /** Reliable: as much waits for this peer as may. */
  OVERFLOW(ErrorCode.OVERFLOW),
  /**
   * Reliable: it was put on the wire, as a whole or in part, and then lost sight of: the session
   * ended, or the remote application failed.
   */
  UNKNOWN(ErrorCode.UNKNOWN);

  private final ErrorCode errorCode;

  BusSingleSendResult(ErrorCode errorCode) {
    this.errorCode = errorCode;
  }

  /** Whether it ended as it should. */
  public boolean isSuccess() {
    return errorCode == ErrorCode.NONE;
  }

  /** The code under which the docs explain it. */
  public ErrorCode errorCode() {
    return errorCode;
  }
}
