// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

import org.jspecify.annotations.Nullable;

/** How a message on a stream ended, as far as its sender can know. */
public enum MessageResult {
  /** It was put on the wire; more may be enqueued. */
  SENT(null, ErrorCode.NONE),
  /** The remote application has consumed it. */
  ACKED(null, ErrorCode.NONE),
  /** The stream ended before it was put on the wire. */
  NOT_SENT(DropCause.ENDED, ErrorCode.NOT_SENT),
  /**
   * The stream ended after it was put on the wire, whole or in part, and before it was
   * acknowledged.
   */
  UNKNOWN(null, ErrorCode.UNKNOWN),
  /** Unreliable modes: dropped, as the other side had not asked for it. */
  DROPPED_NO_CREDIT(DropCause.NO_CREDIT, ErrorCode.DROPPED_NO_CREDIT),
  /** Unreliable modes: dropped, as a newer message took its place while it waited. */
  DROPPED_REPLACED(DropCause.REPLACED, ErrorCode.DROPPED_REPLACED),
  /** Unreliable modes: dropped, as its time to live was over. */
  DROPPED_EXPIRED(DropCause.EXPIRED, ErrorCode.DROPPED_EXPIRED),
  /** Unreliable modes: dropped, as too many bytes waited for the link. */
  DROPPED_OVERFLOW(DropCause.OVERFLOW, ErrorCode.DROPPED_OVERFLOW),
  /** Unreliable modes: dropped, as there was no connection. */
  DROPPED_NO_LINK(DropCause.NO_LINK, ErrorCode.DROPPED_NO_LINK);

  private final @Nullable DropCause dropCause;
  private final ErrorCode errorCode;

  MessageResult(@Nullable DropCause dropCause, ErrorCode errorCode) {
    this.dropCause = dropCause;
    this.errorCode = errorCode;
  }

  /** The code under which the docs explain it. */
  public ErrorCode errorCode() {
    return errorCode;
  }

  /** Why it never was on the wire; null if it was. */
  public @Nullable DropCause dropCause() {
    return dropCause;
  }

  /** The result of a message that was dropped for this cause. */
  public static MessageResult of(DropCause cause) {
    return switch (cause) {
      case NO_CREDIT -> DROPPED_NO_CREDIT;
      case REPLACED -> DROPPED_REPLACED;
      case EXPIRED -> DROPPED_EXPIRED;
      case OVERFLOW -> DROPPED_OVERFLOW;
      case ENDED -> NOT_SENT;
      case NO_LINK -> DROPPED_NO_LINK;
    };
  }
}
