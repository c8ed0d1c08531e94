// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.test.memory.LiveNetwork;
import java.util.concurrent.locks.LockSupport;

/**
 * A network in memory and in real time, for tests that start their buses themselves. Any thread.
 *
 * <pre>{@code
 * try (TestNetwork network = DittoBusTest.network()) {
 *   ReactorBus alice = ReactorBus.start(network.factory("alice")).block();
 *   ReactorBus bob = ReactorBus.start(network.factory("bob")).block();
 *   bob.connect(network.endpoint("alice")).block();
 * }
 * }</pre>
 */
public final class TestNetwork implements AutoCloseable {

  private static final long RELEASED_WITHIN_NANOS = 5_000_000_000L;

  private final LiveNetwork network;

  TestNetwork(LiveNetwork network) {
    this.network = network;
  }

  /** What starts a bus on a host of this name, to be changed before it is given away. */
  public MemoryBus factory(String host) {
    return MemoryBus.on(network, host);
  }

  /** Where a bus on a host of this name is dialled. */
  public Endpoint endpoint(String host) {
    return MemoryBus.endpoint(host);
  }

  /** The network itself, with its faults. */
  public LiveNetwork network() {
    return network;
  }

  /**
   * Cuts all connections, stops the hosts, and waits until that is done. Buses that were not closed
   * before see that all their links are gone.
   *
   * @throws AssertionError if something threw in a host's thread, or a buffer that came from the
   *     network was not released
   */
  @Override
  public void close() {
    network.close();
    long start = System.nanoTime();
    while (network.bufferBytesInUse() > 0) {
      if (System.nanoTime() - start > RELEASED_WITHIN_NANOS) {
        throw new AssertionError(
            network.bufferBytesInUse()
                + " bytes of buffers were not released: who retains a message has to release it");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }
}
