// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import io.dittobus.api.peer.PeerKey;
import io.dittobus.core.transport.Transport;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Hosts and the connections between them. A host is made by asking for its {@link #transport}; an
 * endpoint's host is that name. What is written is split and joined at random, is delayed within
 * bounds, and meets the faults that are asked for by command or by chance.
 */
public abstract sealed class MemoryNetwork implements AutoCloseable
    permits LiveNetwork, SimulatedNetwork {

  private final long seed;
  private final NetworkOptions options;
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  private final AtomicLong peakPendingBytes = new AtomicLong();

  // Guarded by this.
  private final Random random;
  private final Map<String, MemoryTransport> hosts = new LinkedHashMap<>();
  private final Map<String, PeerKey> provenKeys = new HashMap<>();
  private final Map<String, Reachability> reachabilities = new HashMap<>();
  private final Set<MemoryConnection> connections = new LinkedHashSet<>();

  private volatile Faults faults = Faults.NONE;

  MemoryNetwork(long seed, NetworkOptions options) {
    this.seed = seed;
    this.options = options;
    this.random = new Random(seed);
  }

  /** What all chance in this network follows from. */
  public final long seed() {
    return seed;
  }

  /**
   * The transport of a new host of this name; its links can be dialled at any port that it listens
   * at.
   *
   * @throws IllegalStateException if there is a host of this name whose transport was not closed
   */
  public final synchronized Transport transport(String host) {
    MemoryTransport former = hosts.get(host);
    if (former != null && !former.isClosing()) {
      throw new IllegalStateException("There is a host '" + host + "' already");
    }
    MemoryTransport transport = new MemoryTransport(this, host);
    hosts.put(host, transport);
    return transport;
  }

  /** From now on links prove to whoever is at the other end that this host has this key. */
  public final synchronized void prove(String host, PeerKey key) {
    provenKeys.put(host, key);
  }

  final synchronized Optional<PeerKey> provenKey(String host) {
    return Optional.ofNullable(provenKeys.get(host));
  }

  /** What happens from now on to those who dial this host. */
  public final synchronized void reachability(String host, Reachability reachability) {
    reachabilities.put(host, reachability);
  }

  /**
   * Ends a host as if its process were killed: what it has written and is still on its way is lost,
   * those at the other ends notice it after a random time, and nothing happens on it any more. A
   * new host of this name may follow.
   */
  public final void kill(String host) {
    MemoryTransport killed = host(host);
    if (killed == null) {
      throw new IllegalArgumentException("There is no host '" + host + "'");
    }
    for (MemoryConnection connection : connections()) {
      if (connection.isOf(host)) {
        connection.cut();
      }
    }
    var unused = killed.close();
  }

  /** The faults that are drawn from now on. */
  public final void faults(Faults faults) {
    this.faults = faults;
  }

  /** The connections of which at least one end is not down, oldest first. */
  public final synchronized List<MemoryConnection> connections() {
    return List.copyOf(connections);
  }

  /** The connections between two hosts, whoever dialled, oldest first. */
  public final List<MemoryConnection> connections(String host, String otherHost) {
    List<MemoryConnection> found = new ArrayList<>();
    for (MemoryConnection connection : connections()) {
      if (connection.isBetween(host, otherHost)) {
        found.add(connection);
      }
    }
    return found;
  }

  /** Where all buffers of this network, and those of its links' allocator, come from. */
  public final ByteBufAllocator allocator() {
    return allocator;
  }

  /**
   * Bytes of all buffers of {@link #allocator} that were not released: 0 when everything is over,
   * or one leaks.
   */
  public final long bufferBytesInUse() {
    return allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
  }

  /** Most bytes that ever were written on one link and not yet on the way. */
  public final long peakPendingBytes() {
    return peakPendingBytes.get();
  }

  /** Closes all transports. */
  @Override
  public abstract void close();

  /** Makes and starts a loop. */
  abstract MemoryLoop newLoop(String name);

  final CompletionStage<?> closeTransports() {
    List<MemoryTransport> all;
    synchronized (this) {
      all = List.copyOf(hosts.values());
    }
    return CompletableFuture.allOf(
        all.stream()
            .map(transport -> transport.close().toCompletableFuture())
            .toArray(CompletableFuture<?>[]::new));
  }

  final NetworkOptions options() {
    return options;
  }

  final Faults faults() {
    return faults;
  }

  /** A source of chance that follows from the seed, for one user of it. */
  public final synchronized Random newRandom() {
    return new Random(random.nextLong());
  }

  final synchronized @Nullable MemoryTransport host(String name) {
    return hosts.get(name);
  }

  final synchronized Reachability reachability(String host) {
    return reachabilities.getOrDefault(host, Reachability.OPEN);
  }

  final synchronized void connected(MemoryConnection connection) {
    connections.add(connection);
  }

  final synchronized void disconnected(MemoryConnection connection) {
    connections.remove(connection);
  }

  final void notePending(long bytes) {
    if (bytes > peakPendingBytes.get()) {
      peakPendingBytes.accumulateAndGet(bytes, Math::max);
    }
  }

  /** A latency within the bounds. */
  final long latencyNanos(Random chance) {
    return between(options.minLatency(), options.maxLatency(), chance);
  }

  static long between(Duration min, Duration max, Random chance) {
    long least = min.toNanos();
    long range = max.toNanos() - least;
    return range == 0 ? least : least + (long) (chance.nextDouble() * range);
  }
}
