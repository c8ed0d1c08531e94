// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.core.transport.Handshakes;
import io.dittobus.core.transport.OwnerLoop;
import io.dittobus.core.transport.Transport;
import io.dittobus.transport.tcp.tls.TlsContexts;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.FutureListener;
import java.lang.invoke.MethodHandles;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;
import reactor.netty.transport.NameResolverProvider;

/**
 * Links over TCP. The event loops come from Reactor Netty's {@link LoopResources}, the
 * application's own if it lends them; native transports are used where they are on the class path.
 *
 * <p>A link has at most some 128 KiB waiting to be sent before it is no longer writable, beside the
 * buffers of the system, and takes in at most 64 KiB with one read. Names are resolved anew at each
 * dial, without a cache, and their addresses tried one after the other. Any thread.
 */
public final class TcpTransport implements Transport {

  /** Bytes waiting to be sent: not writable above the one, again below the other. */
  static final WriteBufferWaterMark WATER_MARKS = new WriteBufferWaterMark(64 * 1024, 128 * 1024);

  static {
    try {
      // The first socket has files read, of the platform and of the native transport: here, rather
      // than on an event
      // loop.
      MethodHandles.lookup().ensureInitialized(SocketImpl.class);
      boolean unused = LoopResources.hasNativeSupport();
    } catch (IllegalAccessException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final Duration LOOPS_END_WITHIN = Duration.ofSeconds(2);

  private final LoopResources loops;
  private final boolean ownLoops;
  private final AddressResolverGroup<?> resolvers;
  private final boolean ownResolvers;
  private final @Nullable ByteBufAllocator allocator;
  private final boolean preferNative;
  private final @Nullable TlsContexts tls;
  private final Handshakes<TlsGate> tlsHandshakes;
  private final long handshakeNanos;
  private final EventLoopGroup group;
  private final NettyLoop loop;
  private final Map<EventLoop, NettyLoop> nettyLoops = new ConcurrentHashMap<>();
  private final CompletableFuture<Void> closed = new CompletableFuture<>();

  // Guarded by itself: links that are not down, dials that are not decided, endpoints that are
  // listened at.
  private final Set<Ending> endings = new LinkedHashSet<>();
  private boolean closing;

  /**
   * Something that runs on a loop, has to be ended by {@link #close}, and tells by {@link #remove}
   * that it is over.
   */
  interface Ending {
    NettyLoop loop();

    void end();
  }

  private TcpTransport(Builder builder) {
    // First: if it cannot be had nothing else was taken.
    tls = builder.identity == null ? null : TlsContexts.of(builder.identity, builder.preferNative);
    ownLoops = builder.loops == null;
    loops = builder.loops == null ? LoopResources.create("dittobus") : builder.loops;
    preferNative = builder.preferNative;
    tlsHandshakes = new Handshakes<>(builder.maxHandshakes);
    handshakeNanos = builder.handshakeTimeout.toNanos();
    ownResolvers = builder.resolvers == null;
    resolvers = builder.resolvers == null ? newResolvers(builder.nameServer) : builder.resolvers;
    allocator = builder.allocator;
    group = loops.onClient(preferNative);
    loop = loopOf(group.next());
  }

  /** A transport with loops of its own, which end with it. */
  public static TcpTransport create() {
    return builder().build();
  }

  /** A builder of transports. */
  public static Builder builder() {
    return new Builder();
  }

  private AddressResolverGroup<?> newResolvers(@Nullable InetSocketAddress nameServer) {
    NameResolverProvider.NameResolverSpec spec =
        NameResolverProvider.builder()
            // The shortest that the resolver takes.
            .cacheMaxTimeToLive(Duration.ofSeconds(1))
            .cacheNegativeTimeToLive(Duration.ZERO)
            // Otherwise a name's IPv6 addresses are never seen if it has an IPv4 address.
            .completeOncePreferredResolved(false);
    if (nameServer != null) {
      var onlyThis = new SingletonDnsServerAddressStreamProvider(nameServer);
      spec.queryTimeout(Duration.ofMillis(500))
          .dnsAddressResolverGroupProvider(
              builder -> new DnsAddressResolverGroup(builder.nameServerProvider(onlyThis)));
    }
    return spec.build().newNameResolverGroup(loops, preferNative);
  }

  @Override
  public void dial(Endpoint endpoint, Duration timeout, DialHandler handler) {
    TcpDial dial = new TcpDial(this, loopOf(group.next()), endpoint, timeout, handler);
    if (!add(dial)) {
      handler.dialFailed(
          "cannot connect to " + endpoint + ": the transport is closed",
          new ConnectException("closed"));
    } else if (!dial.loop().tryExecute(dial::start)) {
      // Lent loops that were disposed of before the transport was closed.
      dial.fail(
          new ConnectException("closed"),
          "cannot connect to " + endpoint + ": the event loops have ended");
    }
  }

  @Override
  public CompletionStage<Listening> listen(Endpoint endpoint, LinkAcceptor acceptor) {
    return new TcpListening(this, loop, endpoint, acceptor).bind();
  }

  @Override
  public OwnerLoop loop() {
    return loop;
  }

  @Override
  public boolean isClosing() {
    synchronized (endings) {
      return closing;
    }
  }

  @Override
  public CompletionStage<Void> close() {
    List<Ending> all;
    synchronized (endings) {
      if (closing) {
        return closed.copy();
      }
      closing = true;
      all = new ArrayList<>(endings);
    }
    for (Ending ending : all) {
      if (!ending.loop().tryExecute(ending::end)) {
        // Its loop has ended before, so nothing will ever come of it.
        remove(ending);
      }
    }
    if (all.isEmpty()) {
      freeResources();
    }
    return closed.copy();
  }

  /** Takes part in closing; false if that has begun already. */
  boolean add(Ending ending) {
    synchronized (endings) {
      return !closing && endings.add(ending);
    }
  }

  void remove(Ending ending) {
    boolean last;
    synchronized (endings) {
      last = endings.remove(ending) && closing && endings.isEmpty();
    }
    if (last) {
      freeResources();
    }
  }

  private void freeResources() {
    if (ownResolvers) {
      resolvers.close();
    }
    if (ownLoops) {
      loops
          .disposeLater(Duration.ZERO, LOOPS_END_WITHIN)
          .subscribe(nothing -> {}, closed::completeExceptionally, () -> closed.complete(null));
    } else {
      closed.complete(null);
    }
  }

  /** One owner for each event loop, so that two links of one loop see the same. */
  NettyLoop loopOf(EventLoop eventLoop) {
    return nettyLoops.computeIfAbsent(eventLoop, NettyLoop::new);
  }

  /** The addresses of a host, found out on a loop; an address is its own. */
  void resolve(Endpoint endpoint, NettyLoop on, FutureListener<List<SocketAddress>> listener) {
    EventLoop eventLoop = on.eventLoop();
    InetAddress literal = NetUtil.createInetAddressFromIpAddressString(endpoint.host());
    if (literal != null) {
      SocketAddress address = new InetSocketAddress(literal, endpoint.port());
      eventLoop.newSucceededFuture(List.of(address)).addListener(listener);
      return;
    }
    try {
      @SuppressWarnings("unchecked") // a resolver of socket addresses that gives socket addresses
      AddressResolver<SocketAddress> resolver =
          (AddressResolver<SocketAddress>) resolvers.getResolver(eventLoop);
      resolver
          .resolveAll(InetSocketAddress.createUnresolved(endpoint.host(), endpoint.port()))
          .addListener(listener);
    } catch (RuntimeException e) {
      eventLoop.<List<SocketAddress>>newFailedFuture(e).addListener(listener);
    }
  }

  LoopResources loops() {
    return loops;
  }

  boolean preferNative() {
    return preferNative;
  }

  @Nullable ByteBufAllocator allocator() {
    return allocator;
  }

  /** Puts TLS before an accepted link, unless this transport is plaintext. */
  void secureAccepted(Channel channel, TcpLink link, Consumer<String> failed) {
    if (tls == null) {
      return;
    }
    TlsGate gate = new TlsGate(tls, link, handshakeNanos, failed, tlsHandshakes::end);
    gate.addTo(channel.pipeline(), tls.accepting(channel.alloc()));
    TlsGate oldest = tlsHandshakes.begin(gate);
    if (oldest != null) {
      oldest.loop().execute(oldest::crowdedOut);
    }
  }

  /** The same for a link that is dialled. */
  void secureDialled(Channel channel, TcpLink link, Consumer<String> failed) {
    if (tls != null) {
      new TlsGate(tls, link, handshakeNanos, failed, over -> {})
          .addTo(channel.pipeline(), tls.dialling(channel.alloc()));
    }
  }

  /** What dials on this loop. */
  Bootstrap bootstrap(NettyLoop dialling) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(dialling.eventLoop())
            .channelFactory(() -> loops.onChannel(SocketChannel.class, group))
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARKS)
            // The dial has a clock of its own, over all addresses.
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0);
    if (allocator != null) {
      bootstrap.option(ChannelOption.ALLOCATOR, allocator);
    }
    return bootstrap;
  }

  /** Collects what a transport is to be made of. Not thread-safe. */
  public static final class Builder {

    private @Nullable LoopResources loops;
    private @Nullable AddressResolverGroup<?> resolvers;
    private @Nullable InetSocketAddress nameServer;
    private @Nullable ByteBufAllocator allocator;
    private boolean preferNative = LoopResources.DEFAULT_NATIVE;
    private @Nullable PeerIdentity identity;
    private int maxHandshakes = 256;
    private Duration handshakeTimeout = Duration.ofSeconds(5);

    private Builder() {}

    /** Event loops that the application lends: they live on when the transport is closed. */
    public Builder loopResources(LoopResources lent) {
      this.loops = lent;
      return this;
    }

    /**
     * How names are resolved, lent likewise; default: Reactor Netty's DNS client, whose answers are
     * kept for a second at most. {@link io.netty.resolver.DefaultAddressResolverGroup} asks the
     * system, which also knows mDNS names, but blocks the event loop meanwhile.
     */
    public Builder resolver(AddressResolverGroup<?> lent) {
      this.resolvers = lent;
      return this;
    }

    /** Asks this name server only: for tests. */
    Builder nameServer(InetSocketAddress address) {
      this.nameServer = address;
      return this;
    }

    /** Where buffers come from; default: Netty's. */
    public Builder allocator(ByteBufAllocator source) {
      this.allocator = source;
      return this;
    }

    /**
     * Links are encrypted with TLS 1.3, prove this identity, and want the other side to prove its
     * own; default: plaintext.
     */
    public Builder identity(@Nullable PeerIdentity value) {
      this.identity = value;
      return this;
    }

    /**
     * Bounds of TLS handshakes: how many accepted connections may be in theirs, above which the
     * oldest is cut, and how long one may take; default 256 and 5 s.
     */
    public Builder handshakes(int most, Duration timeout) {
      this.maxHandshakes = most;
      this.handshakeTimeout = timeout;
      return this;
    }

    /**
     * Whether a native transport and BoringSSL are used where they are on the class path; default
     * true.
     */
    public Builder preferNative(boolean prefer) {
      this.preferNative = prefer;
      return this;
    }

    /** Makes the transport. */
    public TcpTransport build() {
      return new TcpTransport(this);
    }
  }
}
