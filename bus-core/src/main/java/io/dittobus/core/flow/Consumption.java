// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.flow;

/**
 * Which messages of a direction have been consumed, in any order, and what that gives back to their
 * sender (FC-4). Messages are counted from 1, as they arrive.
 */
interface Consumption {

  /** A whole message of this charge has been received. */
  void received(long charge);

  /**
   * One message has been consumed. Without effect if it was before.
   *
   * @return whether anything changed that the sender may be told
   * @throws IllegalArgumentException if no such message was received
   */
  boolean consume(long message);

  /**
   * Every message up to this one, or to the last received, has been consumed.
   *
   * @return whether anything changed that the sender may be told
   */
  boolean consumeUpTo(long message);

  /** Whole messages received so far. */
  long received();

  /** Messages in the contiguous consumed prefix. */
  long consumed();

  /** Messages that take no room any more. */
  long released();

  /** Bytes of charge that take no room any more. */
  long releasedOffset();
}
