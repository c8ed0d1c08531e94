// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.peer;

import io.dittobus.api.result.StreamEnd;
import java.time.Instant;

/**
 * How a bus stands with a peer.
 *
 * <pre>
 * Connecting ──► Connected ◄──────► Lost
 *     │              │                │
 *     └──────────────┴──► Gone ◄──────┘
 * </pre>
 */
public sealed interface PeerState {

  /** It is being dialled, and there is no session with it yet. */
  record Connecting() implements PeerState {}

  /** There is a session with it, over a connection that works. */
  record Connected() implements PeerState {}

  /**
   * The connection of its session was lost. Its streams pause: they go on with the next connection,
   * or end with the session when none comes within {@code resumeWindow}.
   *
   * @param since when it was lost, by the clock on the wall
   * @param attempts how often it has been dialled again since; 0 where the peer has to dial
   */
  record Lost(Instant since, int attempts) implements PeerState {}

  /**
   * There is no session with it, or no longer one; all streams have ended.
   *
   * @param end why; for a peer that never was connected, why not
   */
  record Gone(StreamEnd end) implements PeerState {}
}
