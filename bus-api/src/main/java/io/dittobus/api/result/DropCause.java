// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

/** Why a message of an unreliable mode was dropped before it was on the wire. */
public enum DropCause {
  /** The other side had not asked for it. */
  NO_CREDIT,
  /** A newer message took its place while it waited. */
  REPLACED,
  /** Its time to live was over. */
  EXPIRED,
  /** Too many bytes waited for the link. */
  OVERFLOW,
  /** The direction ended before. */
  ENDED,
  /** There was no connection. */
  NO_LINK
}
