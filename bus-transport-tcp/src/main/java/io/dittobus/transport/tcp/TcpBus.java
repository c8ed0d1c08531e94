// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

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
 * TcpBus.builder().listen("0.0.0.0", 4040).admission(networkSecret(secret)).start(callback)
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
    private @Nullable Admission admission;
    private Permission permission = Permission.ALL;

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
     * Who may join. There is no default: it is one of {@link Admission#networkSecret}, {@link
     * Admission#allow}, {@link Admission#certificateAuthority}, {@link Admission#ask}, {@link
     * Admission#anyone} and {@link Admission#insecure}. With all but the last, connections are TLS
     * 1.3 and both sides prove their keys.
     */
    public Builder admission(Admission value) {
      this.admission = value;
      return this;
    }

    /** What peers that have joined may do, by label; default: everything. */
    public Builder permission(Permission value) {
      this.permission = value;
      return this;
    }

    /** Whether epoll and BoringSSL are used where they are on the class path; default true. */
    public Builder preferNative(boolean prefer) {
      transport.preferNative(prefer);
      return this;
    }

    /**
     * Says in so many words that connections are neither encrypted nor authenticated: whoever can
     * reach the port can join, read and claim to be anyone. For tests, and for networks where
     * nobody else is.
     */
    public Builder insecure() {
      return admission(Admission.insecure());
    }

    /**
     * Starts a bus.
     *
     * @return the bus, once it listens everywhere; fails with a {@link
     *     io.dittobus.api.result.DittoBusException} if it cannot, with an {@link
     *     IllegalStateException} if nobody said who may join, and with an {@link
     *     IllegalArgumentException} if something was set that cannot be
     */
    @Override
    public CompletionStage<DittoBus> start(DittoBusCallback callback) {
      Admission chosen = admission;
      if (chosen == null) {
        return CompletableFuture.failedFuture(
            new IllegalStateException(
                "Say who may join: admission(networkSecret(…)), or another choice of Admission;"
                    + " insecure() for plaintext without any"));
      }
      try {
        PeerIdentity who = who(chosen);
        transport.handshakes(options.maxHandshakes(), options.handshakeTimeout());
        transport.identity(chosen instanceof Admission.Insecure ? null : who);
        NodeConfig config =
            new NodeConfig(who, options, listen, listener, connectTimeout, chosen, permission);
        return BusNode.start(config, transport.build(), callback);
      } catch (RuntimeException e) {
        return CompletableFuture.failedFuture(e);
      }
    }

    private PeerIdentity who(Admission chosen) {
      if (identity == null && chosen instanceof Admission.Authority authority) {
        return authority.own().identity();
      }
      return identity == null ? PeerIdentity.ephemeral() : identity;
    }
  }
}
