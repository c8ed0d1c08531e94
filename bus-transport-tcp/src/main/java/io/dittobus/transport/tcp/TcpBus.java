// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.dittobus.api.BusListener;
import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.DittoBusFactory;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.core.node.BusNode;
import io.dittobus.core.node.NodeConfig;
import io.netty.buffer.ByteBufAllocator;
import io.netty.resolver.AddressResolverGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/**
 * Starts buses that speak over TCP.
 *
 * <pre>{@code
 * TcpBus.builder().listen("0.0.0.0", 4040).insecure().start(callback)
 * }</pre>
 */
public final class TcpBus {

  private TcpBus() {}

  /** A builder, which is itself what starts a bus. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Collects what a bus is to be made of, and starts it, once or more often. Not thread-safe; what
   * is set after a start has no effect on what was started.
   */
  public static final class Builder implements DittoBusFactory {

    private final List<Endpoint> listen = new ArrayList<>();
    private final TcpTransport.Builder transport = TcpTransport.builder();
    private @Nullable PeerIdentity identity;
    private BusOptions options = BusOptions.defaults();
    private BusListener listener = BusListener.NONE;
    private Duration connectTimeout = Duration.ofSeconds(10);
    private boolean insecure;

    private Builder() {}

    /** Who the bus is; default: a new identity at each start. */
    public Builder identity(PeerIdentity value) {
      this.identity = value;
      return this;
    }

    /**
     * Listens there, and where else this was called for. A bus that listens nowhere only dials.
     *
     * @param host an address of this machine, or a name of one; {@code 0.0.0.0} or {@code ::} for
     *     all of them
     * @param port 0 to 65535; 0 lets the system choose, {@link DittoBus#listenEndpoints} tells what
     * @throws IllegalArgumentException if the host is blank or the port out of range
     */
    public Builder listen(String host, int port) {
      return listen(new Endpoint(host, port));
    }

    /** Listens there, and where else this was called for. */
    public Builder listen(Endpoint endpoint) {
      listen.add(endpoint);
      return this;
    }

    /** Bounds and clocks; default: {@link BusOptions#defaults}. */
    public Builder options(BusOptions value) {
      this.options = value;
      return this;
    }

    /** Told what can be measured; default: nobody. */
    public Builder listener(BusListener value) {
      this.listener = value;
      return this;
    }

    /**
     * Event loops that the application lends, and that live on after the bus; default: loops of the
     * bus's own.
     */
    public Builder loopResources(LoopResources lent) {
      transport.loopResources(lent);
      return this;
    }

    /** How names are resolved; see {@link TcpTransport.Builder#resolver}. */
    public Builder resolver(AddressResolverGroup<?> lent) {
      transport.resolver(lent);
      return this;
    }

    /** Where the buffers of the connections come from; default: Netty's. */
    public Builder allocator(ByteBufAllocator source) {
      transport.allocator(source);
      return this;
    }

    /** How long a connect may take, from resolving the name to a session, above 0; default 10 s. */
    public Builder connectTimeout(Duration value) {
      this.connectTimeout = value;
      return this;
    }

    /**
     * Says in so many words that connections are neither encrypted nor authenticated: whoever can
     * reach the port can join, read and claim to be anyone. For tests, and for networks where
     * nobody else is.
     */
    public Builder insecure() {
      this.insecure = true;
      return this;
    }

    /**
     * Starts a bus.
     *
     * @return the bus, once it listens everywhere; fails with a {@link
     *     io.dittobus.api.result.DittoBusException} if it cannot, with an {@link
     *     IllegalStateException} if it was not asked for as {@link #insecure}, and with an {@link
     *     IllegalArgumentException} if something was set that cannot be
     */
    @Override
    public CompletionStage<DittoBus> start(DittoBusCallback callback) {
      if (!insecure) {
        return CompletableFuture.failedFuture(
            new IllegalStateException(
                "A secure bus cannot be had in this version; call insecure() on the builder to have"
                    + " a plaintext one"));
      }
      NodeConfig config;
      try {
        PeerIdentity who = identity == null ? PeerIdentity.ephemeral() : identity;
        config = new NodeConfig(who, options, listen, listener, connectTimeout);
      } catch (RuntimeException e) {
        return CompletableFuture.failedFuture(e);
      }
      return BusNode.start(config, transport.build(), callback);
    }
  }
}
