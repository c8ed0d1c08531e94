// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.flow;

/**
 * What one direction of a stream may put on the wire, at its sender: two absolute limits, and what
 * was used of them. Limits are merged with {@code max()}, so grants may be repeated, conflated or
 * late (FC-1).
 */
public final class SendCredit {

  private long maxMessages;
  private long maxOffset;
  private long messages;
  private long offset;

  /**
   * Takes a grant.
   *
   * @return whether it raised a limit
   */
  public boolean grant(long newMaxMessages, long newMaxOffset) {
    boolean raised = newMaxMessages > maxMessages || newMaxOffset > maxOffset;
    maxMessages = Math.max(maxMessages, newMaxMessages);
    maxOffset = Math.max(maxOffset, newMaxOffset);
    return raised;
  }

  /** Messages that may still be begun. */
  public long availableMessages() {
    return maxMessages - messages;
  }

  /** Bytes that may still be written, the fixed charges included. */
  public long availableBytes() {
    return maxOffset - offset;
  }

  /** A message is begun: it takes one message and its fixed charge. */
  public void beginMessage() {
    messages++;
    offset += Charge.PER_MESSAGE;
    check();
  }

  /** Payload is written. */
  public void write(int payloadBytes) {
    offset += payloadBytes;
    check();
  }

  private void check() {
    if (messages > maxMessages || offset > maxOffset) {
      throw new IllegalStateException(
          "Sent beyond the grant: messages "
              + messages
              + "/"
              + maxMessages
              + ", offset "
              + offset
              + "/"
              + maxOffset);
    }
  }

  /** Messages granted so far, in all. */
  public long maxMessages() {
    return maxMessages;
  }

  /** Bytes granted so far, in all. */
  public long maxOffset() {
    return maxOffset;
  }

  /** Messages begun so far. */
  public long messages() {
    return messages;
  }

  /** Bytes written so far, the fixed charges included. */
  public long offset() {
    return offset;
  }
}
