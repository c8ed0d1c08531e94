// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

/**
 * What a bus could not bring to its end when it was closed.
 *
 * @param streamsCut streams that were not drained by the deadline
 * @param messagesNotSent messages of these streams that were never put on the wire
 * @param messagesUnknown messages of these streams that were, and were not acknowledged
 * @param singleMessagesUnfinished reliable single messages that were not delivered or refused
 */
public record CloseReport(
    int streamsCut, long messagesNotSent, long messagesUnknown, int singleMessagesUnfinished) {

  /** Whether everything came to its end. */
  public boolean isClean() {
    return streamsCut == 0 && singleMessagesUnfinished == 0;
  }

  /** One line for people. */
  public String describe() {
    if (isClean()) {
      return "everything was drained";
    }
    return streamsCut
        + " streams cut, with "
        + messagesNotSent
        + " messages not sent and "
        + messagesUnknown
        + " of unknown fate; "
        + singleMessagesUnfinished
        + " single messages unfinished";
  }
}
