// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.admission;

import io.dittobus.api.peer.DittoAddress;
import java.util.concurrent.CompletionStage;

/** Decides whether a peer may join. */
@FunctionalInterface
public interface AdmissionCallback {

  /**
   * Asked once for each connection that has proven its key, on an event loop: must not block. An
   * exception, a failed stage, null, or nothing within 10 s means no.
   *
   * @param peer who it is, proven
   * @param remote where the connection comes from or goes to, for people
   * @return whether the peer may join
   */
  CompletionStage<Boolean> mayJoin(DittoAddress peer, String remote);
}
