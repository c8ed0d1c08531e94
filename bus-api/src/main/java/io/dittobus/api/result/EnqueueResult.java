// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

/**
 * What became of a message that was handed to {@code enqueueMessage}. Only after {@link #OK} is it
 * the bus's own.
 */
public enum EnqueueResult {
  /** It was taken, has a sequence, and will be sent when credit allows. */
  OK,
  /** Credit and queue are used up; try again when the stream is ready. The stream lives on. */
  OVERFLOW,
  /** It is larger than the peer takes. The stream lives on. */
  TOO_LARGE,
  /** This side has completed, failed or closed. */
  TERMINATED,
  /** The remote receiver has cancelled. */
  CANCELLED
}
