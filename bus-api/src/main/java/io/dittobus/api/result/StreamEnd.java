// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

/**
 * How a stream, or one direction of it, ended: who, why, and how far it had come. Sequences count
 * from 1; 0 means none.
 *
 * @param reason why
 * @param origin whose doing it was
 * @param applicationCode the code given with an {@link BusCompletionReason#APPLICATION_ERROR}, else
 *     0
 * @param text a line for people; what a remote application gave is escaped and cut to 1,024
 *     characters
 * @param lastWritten sequence of the last message that this end put on the wire as a whole or in
 *     part
 * @param lastAcked sequence up to which the remote application acknowledged
 * @param lastReceived sequence of the last message that arrived here
 * @param lastConsumed sequence up to which this application consumed
 */
public record StreamEnd(
    BusCompletionReason reason,
    Origin origin,
    long applicationCode,
    String text,
    long lastWritten,
    long lastAcked,
    long lastReceived,
    long lastConsumed) {

  /** Whose doing an end was. */
  public enum Origin {
    /** This end. */
    LOCAL,
    /** The other end. */
    REMOTE,
    /** Neither: the link between them. */
    LINK
  }

  /** An end of a stream that never came to be, so nothing was written or received. */
  public static StreamEnd unopened(BusCompletionReason reason, Origin origin, String text) {
    return new StreamEnd(reason, origin, 0, text, 0, 0, 0, 0);
  }

  /** Whether this end is an error. */
  public boolean isFailure() {
    return reason.isFailure();
  }

  /** One line for people. */
  public String describe() {
    StringBuilder line = new StringBuilder(reason.name());
    if (reason == BusCompletionReason.APPLICATION_ERROR) {
      line.append(" (code ").append(applicationCode).append(')');
    }
    line.append(
        switch (origin) {
          case LOCAL -> " by this side";
          case REMOTE -> " by the other side";
          case LINK -> " (link)";
        });
    if (!text.isEmpty()) {
      line.append(": ").append(text);
    }
    return line.append("; written ")
        .append(lastWritten)
        .append(", acked ")
        .append(lastAcked)
        .append(", received ")
        .append(lastReceived)
        .append(", consumed ")
        .append(lastConsumed)
        .toString();
  }
}
