// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

/**
 * What a stream has to say besides data. A set of these is kept per stream, so that however often a
 * thing happens, it waits to be written at most once (CT-2). The order is the order of writing.
 */
public enum Control {
  /** OPEN. */
  OPEN(1 << 0),
  /** ACCEPT. */
  ACCEPT(1 << 1),
  /** REFUSE, the last word on the stream. */
  REFUSE(1 << 2),
  /** The latest acknowledgement and limits. */
  ACK(1 << 3),
  /** FIN. */
  FIN(1 << 4),
  /** RESET. */
  RESET(1 << 5),
  /** STOP. */
  STOP(1 << 6),
  /** DONE. */
  DONE(1 << 7);

  final int bit;

  Control(int bit) {
    this.bit = bit;
  }
}
