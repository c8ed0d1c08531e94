// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

/**
 * Why a stream, or one direction of it, is over. Both ends of a stream see the same reason, unless
 * the link was lost for good; {@link #CLOSED_LOCALLY} at one end is {@link #CLOSED_BY_REMOTE} at
 * the other.
 */
public enum BusCompletionReason {
  /** Both sides completed, and everything was acknowledged. */
  COMPLETED(false, ErrorCode.NONE),
  /** The application at this end closed or disposed of the stream. */
  CLOSED_LOCALLY(false, ErrorCode.STREAM_CLOSED),
  /** The application at the other end closed or disposed of the stream. */
  CLOSED_BY_REMOTE(false, ErrorCode.STREAM_CLOSED),
  /** The receiver of a direction wanted no more of it. */
  CANCELLED(false, ErrorCode.STREAM_CANCELLED),
  /** The other side handles no such label. */
  REFUSED_NO_HANDLER(true, ErrorCode.REFUSED_NO_HANDLER),
  /** The other side has as many streams as it takes. */
  REFUSED_LIMIT(true, ErrorCode.REFUSED_LIMIT),
  /** The other side does not allow it. */
  REFUSED_FORBIDDEN(true, ErrorCode.REFUSED_FORBIDDEN),
  /**
   * The peer was not there, or did not answer, in time; or a close took longer than its deadline.
   */
  TIMED_OUT(true, ErrorCode.TIMED_OUT),
  /** The link to the peer was lost, and did not come back in time. */
  PEER_LOST(true, ErrorCode.PEER_LOST),
  /** A side sent more than it was granted. */
  FLOW_CONTROL_VIOLATION(true, ErrorCode.FLOW_CONTROL_VIOLATION),
  /** A side broke the protocol. */
  PROTOCOL_VIOLATION(true, ErrorCode.PROTOCOL_VIOLATION),
  /** A bus was shut down. */
  SHUT_DOWN(false, ErrorCode.SHUT_DOWN),
  /** An application failed: {@code error} on the sink, or a subscriber or handler that threw. */
  APPLICATION_ERROR(true, ErrorCode.APPLICATION_ERROR);

  private final boolean failure;
  private final ErrorCode errorCode;

  BusCompletionReason(boolean failure, ErrorCode errorCode) {
    this.failure = failure;
    this.errorCode = errorCode;
  }

  /** Whether this end is an error rather than a clean or a wanted end. */
  public boolean isFailure() {
    return failure;
  }

  /** The code under which the docs explain it. */
  public ErrorCode errorCode() {
    return errorCode;
  }
}
