// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

/**
 * How many messages each direction of a stream has seen, all as of one moment at this end.
 *
 * <p>Of what this end sends: {@code emitted = written + dropped.total() + waiting}, and {@code
 * written} less {@code remoteReceived} is under way or not acknowledged. Of what it receives:
 * {@code received = delivered + discarded + waiting}; in a reliable stream {@code received =
 * lastReceived}, in the other modes the difference is what was dropped on the way, for the causes
 * that {@code remoteDropped} tells.
 *
 * @param emitted messages emitted here, which is the sequence of the last one
 * @param written messages put on the wire, as a whole or in part
 * @param acked sequence up to which every message that arrived at the other side was consumed
 * @param remoteReceived messages that had arrived there, up to that sequence
 * @param dropped messages dropped here before they were on the wire
 * @param received messages that arrived here
 * @param lastReceived sequence of the last one
 * @param delivered messages given to the application
 * @param discarded messages that arrived and were thrown away, as the application wanted no more
 * @param remoteDropped messages that the other side dropped before they were on the wire, as far as
 *     it has told
 */
public record StreamCounts(
    long emitted,
    long written,
    long acked,
    long remoteReceived,
    DropCounts dropped,
    long received,
    long lastReceived,
    long delivered,
    long discarded,
    DropCounts remoteDropped) {

  /** Messages that were emitted by the other side up to the last received one, and never came. */
  public long missing() {
    return lastReceived - received;
  }
}
