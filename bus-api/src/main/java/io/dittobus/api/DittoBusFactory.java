// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api;

import java.util.concurrent.CompletionStage;

/** Starts a bus. A transport's builder is one; so is anything that can make a {@link DittoBus}. */
@FunctionalInterface
public interface DittoBusFactory {

  /**
   * Starts a bus that reports to this callback.
   *
   * @return the bus, once it listens; fails with a {@link io.dittobus.api.result.DittoBusException}
   *     if it cannot
   */
  CompletionStage<? extends DittoBus> start(DittoBusCallback callback);
}
