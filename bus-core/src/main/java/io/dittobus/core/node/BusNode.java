// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.core.transport.Transport;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A node of the bus: runs sessions over the links of one transport. */
public final class BusNode {

  private BusNode() {}

  /**
   * Starts a node. It owns the transport from now on, and closes it with itself, also if the start
   * fails.
   *
   * @return the bus, once it listens everywhere; fails with a {@link DittoBusException} if it
   *     cannot
   */
  public static CompletionStage<DittoBus> start(
      NodeConfig config, Transport transport, DittoBusCallback callback) {
    return CompletableFuture.failedFuture(
        new DittoBusException(ErrorCode.BUS_CLOSED, "the node is being written"));
  }
}
