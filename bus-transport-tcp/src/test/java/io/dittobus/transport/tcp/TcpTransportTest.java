// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.core.transport.Link;
import io.dittobus.core.transport.LinkHandler;
import io.dittobus.core.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.netty.resources.LoopResources;

/** What is said of TCP beyond the contract of transports. */
class TcpTransportTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final List<TcpTransport> transports = new ArrayList<>();

  /** Counts what is told. */
  private static class Counting implements Transport.DialHandler {
    final List<Link> ups = new CopyOnWriteArrayList<>();
    final List<String> failures = new CopyOnWriteArrayList<>();
    final List<String> downs = new CopyOnWriteArrayList<>();
    final AtomicInteger received = new AtomicInteger();

    @Override
    public void linkUp(Link link) {
      ups.add(link);
    }

    @Override
    public void bytesReceived(ByteBuf bytes) {
      received.addAndGet(bytes.readableBytes());
    }

    @Override
    public void readCompleted() {}

    @Override
    public void writabilityChanged() {}

    @Override
    public void linkDown(@Nullable Throwable cause) {
      downs.add(String.valueOf(cause));
    }

    @Override
    public void dialFailed(String line, Throwable cause) {
      failures.add(line);
    }
  }

  @AfterEach
  void closeTransports() {
    transports.forEach(transport -> assertThat(transport.close()).succeedsWithin(TIMEOUT));
  }

  private TcpTransport transport(TcpTransport.Builder builder) {
    TcpTransport transport = builder.build();
    transports.add(transport);
    return transport;
  }

  private static InetAddress address(String literal) {
    return Objects.requireNonNull(NetUtil.createInetAddressFromIpAddressString(literal));
  }

  private Transport.Listening listen(String host, LinkHandler handler) {
    return transport(TcpTransport.builder())
        .listen(new Endpoint(host, 0), () -> handler)
        .toCompletableFuture()
        .join();
  }

  @Test
  void everyAddressOfANameIsTriedAndTheNameResolvedAtEachDial() {
    int port = listen("127.0.0.1", new Counting()).endpoint().port();
    FixedResolvers resolvers = new FixedResolvers();
    // Nobody listens at the first two.
    resolvers.addresses = List.of(address("::1"), address("127.0.0.2"), address("127.0.0.1"));
    TcpTransport dialling = transport(TcpTransport.builder().resolver(resolvers));
    Counting first = new Counting();
    dialling.dial(new Endpoint("peer.example", port), TIMEOUT, first);
    await().until(() -> first.ups.size() == 1);
    assertThat(first.ups.get(0).remote()).isEqualTo("peer.example:" + port);

    resolvers.addresses = List.of(address("127.0.0.2"));
    Counting second = new Counting();
    dialling.dial(new Endpoint("peer.example", port), TIMEOUT, second);
    await().until(() -> second.failures.size() == 1);
    assertThat(second.failures)
        .containsExactly("cannot connect to peer.example:" + port + ": connection refused");
    assertThat(resolvers.asked).hasValue(2);
  }

  @Test
  void aResolverThatDoesNotAnswerIsTimedOut() {
    TcpTransport dialling = transport(TcpTransport.builder().resolver(new FixedResolvers()));
    Counting dial = new Counting();
    dialling.dial(new Endpoint("peer.example", 4040), Duration.ofMillis(50), dial);
    await().until(() -> dial.failures.size() == 1);
    assertThat(dial.failures)
        .containsExactly("cannot resolve peer.example: no answer within 50 ms");
  }

  @Test
  void namesAndBothFamiliesCanBeListenedAtAndDialled() {
    for (String host : List.of("localhost", "127.0.0.1", "::1")) {
      Transport.Listening listening = listen(host, new Counting());
      assertThat(listening.endpoint().host()).isEqualTo(host);
      Counting dial = new Counting();
      transport(TcpTransport.builder()).dial(listening.endpoint(), TIMEOUT, dial);
      await().until(() -> dial.ups.size() + dial.failures.size() == 1);
      assertThat(dial.failures).isEmpty();
    }
  }

  @Test
  void aNameThatIsNotKnownCannotBeListenedAt() {
    try (LoopbackNameServer names = LoopbackNameServer.knowingNothing()) {
      assertThat(
              transport(TcpTransport.builder().nameServer(names.address()))
                  .listen(new Endpoint("nosuch.invalid", 0), Counting::new))
          .failsWithin(TIMEOUT)
          .withThrowableThat()
          .havingCause()
          .withMessage("DITTO-302: cannot listen at nosuch.invalid:0: unknown host");
    }
  }

  @Test
  void aNameServerThatDoesNotAnswerIsNotTakenForAnUnknownHost() {
    Counting dial = new Counting();
    try (LoopbackNameServer names = LoopbackNameServer.silent()) {
      transport(TcpTransport.builder().nameServer(names.address()))
          .dial(new Endpoint("peer.example", 4040), Duration.ofSeconds(30), dial);
      await().atMost(Duration.ofSeconds(20)).until(() -> dial.failures.size() == 1);
    }
    assertThat(dial.failures)
        .containsExactly("cannot resolve peer.example: the name server does not answer");
  }

  @Test
  void lentLoopsLiveOnAndAreTheOnesThatAreUsed() {
    LoopResources lent = LoopResources.create("lent", 1, true);
    try {
      TcpTransport transport = transport(TcpTransport.builder().loopResources(lent));
      List<String> threads = new CopyOnWriteArrayList<>();
      transport.loop().execute(() -> threads.add(Thread.currentThread().getName()));
      await().until(() -> threads.size() == 1);
      assertThat(threads.get(0)).startsWith("lent-");
      transport.close().toCompletableFuture().join();
      assertThat(lent.isDisposed()).isFalse();
      transport.loop().execute(() -> threads.add("still there"));
      await().until(() -> threads.size() == 2);
    } finally {
      lent.dispose();
    }
  }

  @Test
  void lentLoopsMayEndFirst() {
    LoopResources lent = LoopResources.create("lent", 1, true);
    TcpTransport transport = transport(TcpTransport.builder().loopResources(lent));
    Endpoint any = new Endpoint("127.0.0.1", 0);
    Counting linked = new Counting();
    transport.listen(any, Counting::new).toCompletableFuture().join();
    transport.dial(listen("127.0.0.1", new Counting()).endpoint(), TIMEOUT, linked);
    await().until(() -> linked.ups.size() == 1);
    lent.disposeLater(Duration.ZERO, TIMEOUT).block();
    await().until(() -> linked.downs.size() == 1);

    Counting late = new Counting();
    transport.dial(new Endpoint("127.0.0.1", 4040), TIMEOUT, late);
    assertThat(late.failures)
        .containsExactly("cannot connect to 127.0.0.1:4040: the event loops have ended");
    assertThat(transport.listen(any, Counting::new)).failsWithin(TIMEOUT);
    assertThat(transport.close()).succeedsWithin(TIMEOUT);
  }

  /**
   * A connection that is being made when the transport closes has a dial and a link to be ended, in
   * one turn of their loop. What it is made to does not matter: that is only told in a later turn.
   */
  @Test
  void aConnectionThatIsBeingMadeDoesNotHoldUpTheClosing() {
    LoopResources lent = LoopResources.create("lent", 1, true);
    try {
      TcpTransport transport =
          transport(TcpTransport.builder().loopResources(lent).preferNative(false));
      Endpoint listened = listen("127.0.0.1", new Counting()).endpoint();
      Counting dial = new Counting();
      CompletableFuture<Void> closed = new CompletableFuture<>();
      transport
          .loop()
          .execute(
              () -> {
                transport.dial(listened, TIMEOUT, dial);
                // After the dial has begun, before it can be told that it is connected.
                transport.loop().execute(() -> transport.close().thenAccept(closed::complete));
              });
      assertThat(closed).succeedsWithin(TIMEOUT);
      assertThat(dial.failures)
          .containsExactly("cannot connect to " + listened + ": the transport is closed");
      assertThat(dial.ups).isEmpty();
    } finally {
      lent.dispose();
    }
  }

  @Test
  void aHandlerThatThrowsLosesItsLinkAndNoOther() {
    AtomicInteger accepted = new AtomicInteger();
    Counting good = new Counting();
    Counting bad =
        new Counting() {
          @Override
          public void bytesReceived(ByteBuf bytes) {
            throw new IllegalStateException("boom");
          }
        };
    Transport.Listening listening =
        transport(TcpTransport.builder())
            .listen(
                new Endpoint("127.0.0.1", 0), () -> accepted.getAndIncrement() == 0 ? bad : good)
            .toCompletableFuture()
            .join();
    TcpTransport dialling = transport(TcpTransport.builder());
    Counting first = new Counting();
    Counting second = new Counting();
    dialling.dial(listening.endpoint(), TIMEOUT, first);
    await().until(() -> bad.ups.size() == 1);
    dialling.dial(listening.endpoint(), TIMEOUT, second);
    await().until(() -> good.ups.size() == 1 && second.ups.size() == 1);

    send(first.ups.get(0));
    await().until(() -> bad.downs.size() == 1 && first.downs.size() == 1);
    assertThat(bad.downs.get(0)).contains("boom");
    send(second.ups.get(0));
    await().until(() -> good.received.get() == 10);
    assertThat(good.downs).isEmpty();
  }

  private static void send(Link link) {
    link.loop()
        .execute(
            () -> {
              link.write(link.allocator().buffer(10).writeZero(10));
              link.flush();
            });
  }

  @Test
  void aResetFromOutsideComesWithItsCauseAndAnEndWithoutOne() throws IOException {
    Counting accepted = new Counting();
    Transport.Listening listening = listen("127.0.0.1", accepted);
    Socket resetting = new Socket(InetAddress.getLoopbackAddress(), listening.endpoint().port());
    await().until(() -> accepted.ups.size() == 1);
    resetting.setSoLinger(true, 0);
    resetting.close();
    await().until(() -> accepted.downs.size() == 1);
    assertThat(accepted.downs.get(0)).containsIgnoringCase("reset");

    Counting ended = new Counting();
    try (Socket socket =
        new Socket(
            InetAddress.getLoopbackAddress(), listen("127.0.0.1", ended).endpoint().port())) {
      await().until(() -> ended.ups.size() == 1);
      assertThat(socket.isConnected()).isTrue();
    }
    await().until(() -> ended.downs.size() == 1);
    assertThat(ended.downs).containsExactly("null");
  }

  /** Ends its link as soon as it is there, and says so when it is down. */
  private static final class Closing extends Counting {
    private final boolean session;
    private final List<String> order;

    Closing(boolean session, List<String> order) {
      this.session = session;
      this.order = order;
    }

    @Override
    public void linkUp(Link link) {
      super.linkUp(link);
      if (session) {
        link.sessionBegins();
      }
      link.close();
    }

    @Override
    public void linkDown(@Nullable Throwable cause) {
      order.add(session ? "a peer" : "a stranger");
    }
  }

  @Test
  void aStrangerWhoDoesNotEndIsWaitedForLessThanAPeer() throws IOException {
    List<String> order = new CopyOnWriteArrayList<>();
    InetAddress here = InetAddress.getLoopbackAddress();
    int peers = listen("127.0.0.1", new Closing(true, order)).endpoint().port();
    int strangers = listen("127.0.0.1", new Closing(false, order)).endpoint().port();
    try (Socket peer = new Socket(here, peers);
        Socket stranger = new Socket(here, strangers)) {
      // Both see that they are to end, and do not.
      assertThat(peer.getInputStream().read()).isNegative();
      assertThat(stranger.getInputStream().read()).isNegative();
      await().until(() -> order.size() == 2);
    }
    assertThat(order).containsExactly("a stranger", "a peer");
  }

  @Test
  void reasonsAreShortAndInOneLine() {
    assertThat(
            Reasons.of(
                new ConnectException(
                    "connect(..) failed with error(-111): Connection refused: /[::1]:1")))
        .isEqualTo("connection refused");
    assertThat(Reasons.of(new NoRouteToHostException("Host is down")))
        .isEqualTo("no route to host");
    assertThat(Reasons.of(new IOException("a\nb\u001b[31m"))).isEqualTo("IOException: a b [31m");
    assertThat(Reasons.of(new IOException("x".repeat(10_000)))).hasSize(200);
    assertThat(Reasons.readable(new IOException("writevAddresses(..) failed: Broken pipe")))
        .hasMessage("connection reset");
  }
}
