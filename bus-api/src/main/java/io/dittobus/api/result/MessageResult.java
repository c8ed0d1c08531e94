// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

/** How a message on a stream ended, as far as its sender can know. */
public enum MessageResult {
  /** It was put on the wire; more may be enqueued. */
  SENT,
  /** The remote application has consumed it. */
  ACKED,
  /** The stream ended before it was put on the wire. */
  NOT_SENT,
  /**
   * The stream ended after it was put on the wire, whole or in part, and before it was
   * acknowledged.
   */
  UNKNOWN
}
