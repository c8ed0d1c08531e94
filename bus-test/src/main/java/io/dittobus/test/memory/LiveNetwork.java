// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import java.util.ArrayList;
import java.util.List;

/**
 * A network in real time: each host has threads of its own, and needs no driving. Bytes are split
 * by the seed; what happens when is up to the threads. Any thread.
 */
public final class LiveNetwork extends MemoryNetwork {

  private final List<Throwable> failures = new ArrayList<>();

  /** A network with the options for real time. */
  public LiveNetwork(long seed) {
    this(seed, NetworkOptions.live());
  }

  /** A network with these options. */
  public LiveNetwork(long seed, NetworkOptions options) {
    super(seed, options);
  }

  /**
   * Closes all transports and waits until they are closed.
   *
   * @throws AssertionError if a task or a handler has thrown meanwhile
   */
  @Override
  public void close() {
    closeTransports().toCompletableFuture().join();
    synchronized (failures) {
      if (!failures.isEmpty()) {
        AssertionError error =
            new AssertionError("A task of the network threw (seed " + seed() + ")");
        failures.forEach(error::addSuppressed);
        failures.clear();
        throw error;
      }
    }
  }

  private void failed(Throwable failure) {
    synchronized (failures) {
      if (failures.size() < 16) {
        failures.add(failure);
      }
    }
  }

  @Override
  MemoryLoop newLoop(String name) {
    return new LiveLoop(name, this::failed);
  }
}
