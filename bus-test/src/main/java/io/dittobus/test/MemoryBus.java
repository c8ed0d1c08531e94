// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test;

import io.dittobus.api.BusListener;
import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.DittoBusFactory;
import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.Permission;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.core.node.BusNode;
import io.dittobus.core.node.NodeConfig;
import io.dittobus.test.memory.MemoryNetwork;
import io.dittobus.test.memory.SimulatedNetwork;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Starts a bus as a host of a {@link MemoryNetwork}, in virtual or in real time. It listens at
 * {@link #endpoint}. Not thread-safe.
 */
public final class MemoryBus implements DittoBusFactory {

  /** Where every host of a memory network listens. */
  public static final int PORT = 4040;

  private final MemoryNetwork network;
  private final String host;
  private @Nullable PeerIdentity identity;
  private BusOptions options = BusOptions.defaults();
  private BusListener listener = BusListener.NONE;
  private Duration connectTimeout = Duration.ofSeconds(10);
  private Admission admission = Admission.insecure();
  private Permission permission = Permission.ALL;

  private MemoryBus(MemoryNetwork network, String host) {
    this.network = network;
    this.host = host;
  }

  /** What starts a bus on a host of this name. */
  public static MemoryBus on(MemoryNetwork network, String host) {
    return new MemoryBus(network, host);
  }

  /** Where a bus on a host of this name is dialled. */
  public static Endpoint endpoint(String host) {
    return new Endpoint(host, PORT);
  }

  /** Who the bus is; default: a new identity at each start. */
  public MemoryBus identity(PeerIdentity value) {
    this.identity = value;
    return this;
  }

  /** Bounds and clocks; default: {@link BusOptions#defaults}. */
  public MemoryBus options(BusOptions value) {
    this.options = value;
    return this;
  }

  /** Told what can be measured; default: nobody. */
  public MemoryBus listener(BusListener value) {
    this.listener = value;
    return this;
  }

  /** How long a connect may take, above 0; default 10 s. */
  public MemoryBus connectTimeout(Duration value) {
    this.connectTimeout = value;
    return this;
  }

  /**
   * Who may join; default: {@link Admission#insecure}. With any other the network plays a carrier
   * that proves keys: it says of this host that it has this bus's.
   */
  public MemoryBus admission(Admission value) {
    this.admission = value;
    return this;
  }

  /** What peers may do; default: {@link Permission#ALL}. */
  public MemoryBus permission(Permission value) {
    this.permission = value;
    return this;
  }

  /**
   * Starts a bus; again only after the former one is closed.
   *
   * @return the bus, once it listens; in virtual time it does not before the network is driven
   */
  @Override
  public CompletionStage<DittoBus> start(DittoBusCallback callback) {
    try {
      PeerIdentity who = identity == null ? PeerIdentity.ephemeral() : identity;
      NodeConfig config =
          new NodeConfig(
              who,
              options,
              List.of(endpoint(host)),
              listener,
              connectTimeout,
              admission,
              permission);
      if (!(admission instanceof Admission.Insecure)) {
        network.prove(host, who.publicKey());
      }
      Random random =
          network instanceof SimulatedNetwork simulated
              ? simulated.newRandom() // so that a seed replays
              : new SecureRandom();
      return BusNode.start(config, network.transport(host), callback, random);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
