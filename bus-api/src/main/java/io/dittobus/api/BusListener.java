// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api;

import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import java.time.Duration;

/**
 * Where a bus tells what can be measured. Every method does nothing by default and is called on
 * event loops: it must not block. None is called per message.
 */
public interface BusListener {

  /** Listens to nothing. */
  BusListener NONE = new BusListener() {};

  /** A session began. */
  default void sessionStarted(DittoAddress peer) {}

  /** A session ended. */
  default void sessionEnded(DittoAddress peer, StreamEnd end) {}

  /** A connection did not come to a session. */
  default void handshakeFailed(String remote, ErrorCode code) {}

  /** A stream was opened, by this side or the other. */
  default void streamOpened(DittoAddress peer, boolean incoming) {}

  /** A stream ended. */
  default void streamClosed(DittoAddress peer, StreamEnd end) {}

  /** The round-trip time to a peer was measured. */
  default void roundTripMeasured(DittoAddress peer, Duration roundTrip) {}
}
