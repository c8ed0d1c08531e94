// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

/**
 * What READY says: the session that its writer holds with the reader, or wants to hold (RS-6).
 *
 * @param epoch from the smaller key the highest epoch that it knows of, 0 for none; from the larger
 *     one the epoch of this link, which is higher than any before it
 * @param session the epoch that the session began with; 0 if the writer holds none
 * @param arrived kept frames of that session that have arrived at the writer
 * @param link the epoch of the link that carries the session at the writer's side; 0 if none does,
 *     and from the larger key
 * @param after from the larger key: kept frames of its own that it does not write again, those
 *     behind which it begins; 0 from the smaller one
 */
public record Ready(long epoch, long session, long arrived, long link, long after) {

  /** More links than any two lives of peers have; a higher epoch is a fault. */
  public static final long MAX_EPOCH = 1L << 60;

  /** What a side says that holds no session. */
  public static Ready withoutSession(long epoch) {
    return new Ready(epoch, 0, 0, 0, 0);
  }
}
