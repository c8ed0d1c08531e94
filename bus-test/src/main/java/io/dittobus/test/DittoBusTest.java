// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test;

import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.test.memory.LiveNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Connected buses in one process, in real time, for the tests of an application.
 *
 * <pre>{@code
 * try (DittoBusTest mesh = DittoBusTest.mesh(2)) {
 *   mesh.bus(0).openStreamToAddress(mesh.address(1), options, null);
 * }
 * }</pre>
 *
 * Who wants to start the buses himself, as Reactor users do, takes a {@link #network}.
 */
public final class DittoBusTest implements AutoCloseable {

  private static final Duration WITHIN = Duration.ofSeconds(30);

  private final TestNetwork network;
  private final List<DittoBus> buses = new ArrayList<>();
  private final List<CountDownLatch> closed = new ArrayList<>();

  private DittoBusTest(TestNetwork network) {
    this.network = network;
  }

  /**
   * Buses that are all connected with each other.
   *
   * @param size how many, at least 1
   */
  public static DittoBusTest mesh(int size) {
    return mesh(Collections.nCopies(size, new DittoBusCallback() {}));
  }

  /** Buses that are all connected with each other, one for each callback, in this order. */
  public static DittoBusTest mesh(DittoBusCallback first, DittoBusCallback... others) {
    List<DittoBusCallback> callbacks = new ArrayList<>(List.of(others));
    callbacks.add(0, first);
    return mesh(callbacks);
  }

  /**
   * Buses that are all connected with each other, one for each callback, in this order.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static DittoBusTest mesh(List<? extends DittoBusCallback> callbacks) {
    if (callbacks.isEmpty()) {
      throw new IllegalArgumentException("A mesh has at least one bus");
    }
    DittoBusTest mesh = new DittoBusTest(network());
    try {
      mesh.start(callbacks);
    } catch (RuntimeException | Error e) {
      try {
        mesh.close();
      } catch (RuntimeException | Error second) {
        e.addSuppressed(second);
      }
      throw e;
    }
    return mesh;
  }

  /** A network in memory whose buses the test starts and connects itself. */
  public static TestNetwork network() {
    return new TestNetwork(new LiveNetwork(1));
  }

  /** One of the buses, from 0. */
  public DittoBus bus(int index) {
    return buses.get(index);
  }

  /** The address of one of the buses, from 0. */
  public DittoAddress address(int index) {
    return buses.get(index).localAddress();
  }

  /**
   * The network between the buses, whose hosts are {@code bus-0}, {@code bus-1} and so on, with its
   * faults.
   */
  public LiveNetwork memoryNetwork() {
    return network.network();
  }

  /**
   * Disposes of all buses and waits until they are closed.
   *
   * @throws AssertionError if a bus does not close, something threw in a bus's thread, or a buffer
   *     was not released
   */
  @Override
  public void close() {
    buses.forEach(DittoBus::dispose);
    boolean allClosed = true;
    for (CountDownLatch latch : closed.subList(0, buses.size())) {
      allClosed &= await(latch);
    }
    network.close();
    if (!allClosed) {
      throw new AssertionError("A bus did not close within " + WITHIN);
    }
  }

  private void start(List<? extends DittoBusCallback> callbacks) {
    List<CountDownLatch> connected = new ArrayList<>();
    for (int i = 0; i < callbacks.size(); i++) {
      CountDownLatch peers = new CountDownLatch(callbacks.size() - 1);
      CountDownLatch end = new CountDownLatch(1);
      connected.add(peers);
      closed.add(end);
      buses.add(
          get(
              network
                  .factory("bus-" + i)
                  .start(new MeshCallback(callbacks.get(i), peers, end))
                  .toCompletableFuture()));
      for (int j = 0; j < i; j++) {
        buses.get(i).connect(network.endpoint("bus-" + j), null);
      }
    }
    for (CountDownLatch peers : connected) {
      if (!await(peers)) {
        throw new AssertionError("The buses did not connect within " + WITHIN);
      }
    }
  }

  private static DittoBus get(CompletableFuture<DittoBus> starting) {
    try {
      return starting.get(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted while a bus was starting", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("A bus did not start", e);
    }
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted while waiting for the buses", e);
    }
  }
}
