// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.BusCompletionReason;

/**
 * A stream that a peer asks for, and that is neither accepted nor refused yet. Exactly one of the
 * two takes effect; further calls are without effect. Any thread.
 */
public interface IncomingStream {

  /** The stream's id, an unsigned number, unique among the streams with this peer. */
  long streamID();

  /** Who asks. */
  DittoAddress peer();

  /** What the stream is for. */
  String label();

  /** What came with the request. */
  Metadata metadata();

  /** What is promised for its messages. */
  ReliabilityMode reliability();

  /**
   * Accepts the stream.
   *
   * @param metadata what travels back with the acceptance
   * @param flow bounds of this end
   * @return the stream; if the peer has given up meanwhile, one that has already ended
   * @throws IllegalStateException if it was accepted or refused before
   */
  DittoBusStream accept(Metadata metadata, FlowOptions flow);

  /**
   * Refuses the stream; without effect if it was accepted or refused before.
   *
   * @param reason one of the {@code REFUSED_…} reasons
   * @param text a line for people at the other end
   * @throws IllegalArgumentException if the reason is none of these
   */
  void refuse(BusCompletionReason reason, String text);
}
