// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.BusListener;
import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.DittoBusStream;
import io.dittobus.api.IncomingMessage;
import io.dittobus.api.IncomingStream;
import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.AdmissionCallback;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.admission.Permission;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.core.frame.Auth;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.Nonce;
import io.dittobus.core.frame.Ready;
import io.dittobus.core.transport.Link;
import io.dittobus.core.transport.OwnerLoop;
import io.dittobus.core.transport.Transport;
import io.dittobus.test.MemoryBus;
import io.dittobus.test.memory.NetworkOptions;
import io.dittobus.test.memory.SimulatedNetwork;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may join and what those may do, on whole buses in virtual time. */
class AdmissionTest {

  private static final AtomicLong EPOCHS = new AtomicLong();
  private static final Duration BOUND = Duration.ofMinutes(1);

  private final SimulatedNetwork network = new SimulatedNetwork(1, NetworkOptions.simulated());
  private final List<Peer> peers = new ArrayList<>();

  /** A bus that takes all that it is offered, and notes what it is told. */
  private final class Peer implements DittoBusCallback, BusListener {
    final String host;
    final PeerIdentity identity;
    final List<DittoAddress> connected = new ArrayList<>();
    final List<DittoBusException> failures = new ArrayList<>();
    final List<ErrorCode> handshakeFailures = new ArrayList<>();
    final List<String> offered = new ArrayList<>();
    final List<BusCompletionReason> openFailures = new ArrayList<>();
    final List<BusSingleSendResult> results = new ArrayList<>();
    int sessions;
    @Nullable CloseReport report;
    @Nullable DittoBus bus;

    Peer(String host, UnaryOperator<MemoryBus> settings) {
      this(host, PeerIdentity.ephemeral(), settings);
    }

    Peer(String host, PeerIdentity identity, UnaryOperator<MemoryBus> settings) {
      this.host = host;
      this.identity = identity;
      peers.add(this);
      settings
          .apply(MemoryBus.on(network, host).identity(identity).listener(this))
          .start(this)
          .thenAccept(started -> bus = started);
      network.runUntil(() -> bus != null, BOUND);
    }

    Peer(String host, Admission admission) {
      this(host, memory -> memory.admission(admission));
    }

    void connect(Peer other) {
      bus.connect(MemoryBus.endpoint(other.host), null);
    }

    @Override
    public void connectSucceeded(@Nullable Object connectCtx, DittoAddress peer) {
      connected.add(peer);
    }

    @Override
    public void connectFailed(@Nullable Object connectCtx, DittoBusException error) {
      failures.add(error);
    }

    @Override
    public void handshakeFailed(String remote, ErrorCode code) {
      handshakeFailures.add(code);
    }

    @Override
    public void sessionStarted(DittoAddress peer) {
      sessions++;
    }

    @Override
    public void newIncomingStream(IncomingStream stream) {
      offered.add(stream.label());
      DittoBusStream unused = stream.accept(Metadata.empty(), FlowOptions.defaults());
    }

    @Override
    public void singleMessageReceived(IncomingMessage message) {
      offered.add(message.label());
    }

    @Override
    public void streamOpenFailed(@Nullable Object openCtx, StreamEnd end) {
      openFailures.add(end.reason());
    }

    @Override
    public void finishedSendingSingleMessage(
        @Nullable Object sendCtx, ReliabilityMode reliability, BusSingleSendResult result) {
      results.add(result);
    }

    @Override
    public void busClosed(CloseReport closed) {
      report = closed;
    }
  }

  @AfterEach
  void nothingIsLeft() {
    peers.forEach(peer -> peer.bus.dispose());
    network.runUntil(() -> peers.stream().allMatch(peer -> peer.report != null), BOUND);
    network.runUntilIdle();
    assertThat(network.bufferBytesInUse()).isZero();
  }

  @Test
  @DisplayName("a callback has 10 s; the other side is patient meanwhile; then it is a no")
  void callbackHangs() {
    Peer alice = new Peer("alice", Admission.ask((peer, remote) -> new CompletableFuture<>()));
    Peer bob =
        new Peer(
            "bob",
            memory -> memory.admission(Admission.anyone()).connectTimeout(Duration.ofMinutes(1)));
    bob.connect(alice);
    network.advance(Duration.ofSeconds(9));
    assertThat(bob.failures).isEmpty();
    network.advance(Duration.ofSeconds(2));
    assertThat(bob.failures).hasSize(1);
    assertThat(bob.failures.get(0).code()).isEqualTo(ErrorCode.NOT_ADMITTED);
    assertThat(bob.failures.get(0)).hasMessageContaining("does not admit this peer");
    assertThat(alice.handshakeFailures).containsExactly(ErrorCode.NOT_ADMITTED);
    assertThat(alice.sessions + bob.sessions).isZero();
  }

  /** What nobody can wait for. */
  private static final class Unwilling extends CompletableFuture<Boolean> {
    @Override
    public CompletableFuture<Boolean> whenComplete(
        BiConsumer<? super Boolean, ? super Throwable> action) {
      action.accept(false, null);
      throw new IllegalStateException("I tell nobody");
    }
  }

  @Test
  @DisplayName(
      "a callback that throws, or returns null or what cannot be waited for, means no, once")
  void callbackFails() {
    List<AdmissionCallback> failing =
        List.of(
            (peer, remote) -> null,
            (peer, remote) -> {
              throw new IllegalStateException("no idea");
            },
            (peer, remote) -> CompletableFuture.failedFuture(new IllegalStateException("x")),
            (peer, remote) -> {
              throw new NoClassDefFoundError("no such thing");
            },
            (peer, remote) -> {
              throw new StackOverflowError();
            },
            (peer, remote) -> new Unwilling());
    for (int i = 0; i < failing.size(); i++) {
      Peer alice = new Peer("alice" + i, Admission.ask(failing.get(i)));
      Peer bob = new Peer("bob" + i, Admission.anyone());
      bob.connect(alice);
      network.advance(Duration.ofSeconds(20));
      assertThat(bob.failures).hasSize(1);
      assertThat(alice.handshakeFailures).containsExactly(ErrorCode.NOT_ADMITTED);
      assertThat(bob.handshakeFailures).containsExactly(ErrorCode.NOT_ADMITTED);
    }
  }

  @Test
  @DisplayName("a callback may take its time; who is admitted late still joins, once")
  void callbackIsLate() {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    List<DittoAddress> asked = new ArrayList<>();
    Peer alice =
        new Peer(
            "alice",
            Admission.ask(
                (peer, remote) -> {
                  asked.add(peer);
                  return answer;
                }));
    Peer bob = new Peer("bob", memory -> memory.admission(Admission.anyone()));
    bob.connect(alice);
    network.advance(Duration.ofSeconds(8));
    assertThat(asked).containsExactly(bob.identity.address());
    assertThat(alice.sessions + bob.sessions).isZero();
    answer.complete(true);
    network.advance(Duration.ofSeconds(1));
    assertThat(bob.connected).containsExactly(alice.identity.address());
    assertThat(alice.sessions).isEqualTo(1);
    assertThat(bob.sessions).isEqualTo(1);
  }

  @Test
  @DisplayName("a peer that was refused may try again, and joins once it is admitted")
  void triesAgain() {
    NetworkSecret secret = NetworkSecret.random();
    boolean[] admitted = {false};
    Peer alice =
        new Peer(
            "alice",
            Admission.ask((peer, remote) -> CompletableFuture.completedFuture(admitted[0])));
    Peer bob = new Peer("bob", Admission.anyone());
    bob.connect(alice);
    network.runUntil(() -> bob.failures.size() == 1, BOUND);
    admitted[0] = true;
    bob.connect(alice);
    network.runUntil(() -> !bob.connected.isEmpty(), BOUND);
    Peer carol = new Peer("carol", Admission.networkSecret(secret));
    carol.connect(alice);
    network.runUntil(() -> carol.failures.size() == 1, BOUND);
    assertThat(carol.failures.get(0).code()).isEqualTo(ErrorCode.NOT_ADMITTED);
  }

  @Test
  @DisplayName("a key that was dialled is the one that answers, or nobody")
  void dialledKey() {
    Peer alice = new Peer("alice", Admission.anyone());
    Peer bob = new Peer("bob", Admission.anyone());
    PeerKey other = PeerIdentity.ephemeral().publicKey();
    bob.bus.connect(MemoryBus.endpoint("alice"), other, null);
    network.runUntil(() -> bob.failures.size() == 1, BOUND);
    assertThat(bob.failures.get(0)).hasMessageContaining("another peer answered than was dialled");
    bob.bus.connect(MemoryBus.endpoint("alice"), alice.identity.publicKey(), null);
    network.runUntil(() -> bob.connected.size() == 1, BOUND);
  }

  @Test
  @DisplayName("a carrier that proves no key is not enough for a bus that is not insecure")
  void unproven() {
    Peer alice = new Peer("alice", Admission.anyone());
    Peer bob = new Peer("bob", Admission.insecure());
    bob.connect(alice);
    network.runUntil(() -> bob.failures.size() == 1, BOUND);
    assertThat(bob.failures.get(0).code()).isEqualTo(ErrorCode.NOT_ADMITTED);
    assertThat(alice.sessions).isZero();
  }

  @Test
  @DisplayName("labels are for those who may use them; the handler is not even asked for others")
  void permission() {
    Peer bob = new Peer("bob", Admission.anyone());
    Peer carol = new Peer("carol", Admission.anyone());
    Map<String, Set<PeerKey>> labels =
        Map.of("orders", Set.of(bob.identity.publicKey()), "", Set.of());
    Peer alice =
        new Peer(
            "alice",
            memory -> memory.admission(Admission.anyone()).permission(Permission.byLabel(labels)));
    for (Peer peer : List.of(bob, carol)) {
      peer.connect(alice);
      for (String label : List.of("orders", "others")) {
        peer.bus.openStreamToAddress(
            alice.identity.address(), StreamOptions.reliable(label), null, null);
        peer.bus.sendSingleReliableMessage(
            alice.identity.address(),
            Unpooled.wrappedBuffer(new byte[1]),
            SingleMessageOptions.label(label),
            null);
      }
    }
    network.runUntil(
        () -> bob.results.size() == 2 && carol.results.size() == 2 && !carol.openFailures.isEmpty(),
        BOUND);
    network.runUntil(() -> carol.openFailures.size() == 2 && bob.openFailures.size() == 1, BOUND);
    assertThat(alice.offered).containsExactly("orders", "orders");
    assertThat(bob.results)
        .containsExactlyInAnyOrder(BusSingleSendResult.DELIVERED, BusSingleSendResult.REFUSED);
    assertThat(carol.results).containsOnly(BusSingleSendResult.REFUSED);
    assertThat(bob.openFailures).containsExactly(BusCompletionReason.REFUSED_FORBIDDEN);
    assertThat(carol.openFailures).containsOnly(BusCompletionReason.REFUSED_FORBIDDEN);
  }

  /** Dials, says this, and notes what comes. */
  private static class Raw implements Transport.DialHandler {
    private final ByteBuf words;
    final ByteBuf heard = Unpooled.buffer();
    boolean listens = true;
    boolean over;

    Raw(ByteBuf words) {
      this.words = words;
    }

    @Override
    public void linkUp(Link link) {
      link.write(words.retain());
      link.flush();
      if (!listens) {
        link.suspendReading();
      }
    }

    @Override
    public void bytesReceived(ByteBuf bytes) {
      heard.writeBytes(bytes);
    }

    @Override
    public void readCompleted() {}

    @Override
    public void writabilityChanged() {}

    @Override
    public void linkDown(@Nullable Throwable cause) {
      over = true;
    }

    @Override
    public void dialFailed(String line, Throwable cause) {
      over = true;
    }
  }

  /** HELLO, AUTH and READY of a peer with this key. */
  private static ByteBuf join(PeerKey key) {
    ByteBuf words = Unpooled.buffer();
    hello(words, key);
    FrameWriter.auth(words, Auth.none());
    FrameWriter.ready(words, ready());
    return words;
  }

  /** Of a session that was never there, whichever key is larger: its epoch is new each time. */
  private static Ready ready() {
    long epoch = EPOCHS.incrementAndGet();
    return new Ready(epoch, epoch, 0, 0, 0);
  }

  private static void hello(ByteBuf out, PeerKey key) {
    Nonce nonce = Nonce.of(new byte[Nonce.LENGTH]);
    FrameWriter.hello(out, new Hello(1, 1, 0, key, 7, nonce, 1000, 10, 1, 1024, 256, 1 << 20));
  }

  /** One of two keys whose site ids are the same, found by 5 billion hashes. */
  private static PeerKey twin(long number) {
    return PeerKey.of(
        Unpooled.buffer(PeerKey.LENGTH)
            .writeBytes("two keys of one site id ".getBytes(StandardCharsets.US_ASCII))
            .writeLong(number)
            .array());
  }

  @Test
  @DisplayName("two keys with one site id never meet: each has its session and gets its own")
  void oneSiteId() {
    PeerKey one = twin(0xd98ab1fe826ee803L);
    PeerKey other = twin(0xbe21412280f93722L);
    assertThat(one.siteId()).isEqualTo(other.siteId());
    Peer alice = new Peer("alice", identityLargerThan(one, other), memory -> memory);
    Map<PeerKey, Raw> links = new LinkedHashMap<>();
    Transport carrier = network.transport("mallory");
    for (PeerKey key : List.of(one, other)) {
      Raw link = new Raw(join(key));
      links.put(key, link);
      carrier.dial(MemoryBus.endpoint("alice"), Duration.ofSeconds(5), link);
    }
    network.runUntil(() -> alice.sessions == 2, BOUND);
    assertThat(alice.bus.peers())
        .containsExactlyInAnyOrder(DittoAddress.of(one), DittoAddress.of(other));
    links.values().forEach(link -> link.heard.clear());
    alice.bus.openStreamToAddress(
        DittoAddress.of(one), StreamOptions.reliable("for one"), null, null);
    network.advance(Duration.ofSeconds(1));
    assertThat(text(links.get(one))).contains("for one");
    assertThat(text(links.get(other))).doesNotContain("for one");
    carrier.close();
  }

  /** It decides which link counts, and so need not be waited for. */
  private static PeerIdentity identityLargerThan(PeerKey one, PeerKey other) {
    PeerIdentity identity;
    do {
      identity = PeerIdentity.ephemeral();
    } while (identity.publicKey().compareTo(one) < 0 || identity.publicKey().compareTo(other) < 0);
    return identity;
  }

  /** What a stranger may say; the first three, in this order, are how one joins. */
  private static ByteBuf word(int which, PeerKey key) {
    ByteBuf out = Unpooled.buffer();
    EndCause cause = EndCause.local(EndCause.Kind.CANCELLED, "");
    switch (which) {
      case 0 -> hello(out, key);
      case 1 -> FrameWriter.auth(out, Auth.none());
      case 2 -> FrameWriter.ready(out, ready());
      case 3 ->
          FrameWriter.open(
              out, 1, 1, ReliabilityMode.RELIABLE, 9, 999, "x", Metadata.empty(), null);
      case 4 -> FrameWriter.ping(out, 1);
      case 5 -> FrameWriter.goAway(out, 1, 0, cause);
      case 6 -> FrameWriter.reset(out, 1, 1, 0, 0, cause);
      default -> FrameWriter.reject(out, cause);
    }
    return out;
  }

  @Test
  @DisplayName(
      "nobody is told anything of a peer who has not said HELLO, AUTH and READY, in this order")
  void nothingBeforeReady() {
    Random random = new Random(4);
    PeerKey smallest = PeerKey.of(new byte[PeerKey.LENGTH]);
    Peer alice = new Peer("alice", identityLargerThan(smallest, smallest), memory -> memory);
    Transport carrier = network.transport("mallory");
    int joined = 0;
    int turnedAway = 0;
    for (int i = 0; i < 3000; i++) {
      byte[] bytes = new byte[PeerKey.LENGTH];
      random.nextBytes(bytes);
      bytes[0] = 0; // smaller than Alice's, so that its READY need not wait for hers
      List<Integer> order = order(random, 8);
      ByteBuf words = Unpooled.buffer();
      order.forEach(which -> words.writeBytes(word(which, PeerKey.of(bytes))));
      Raw link = new Raw(words);
      carrier.dial(MemoryBus.endpoint("alice"), Duration.ofSeconds(5), link);
      network.advance(Duration.ofSeconds(30)); // longer than any clock
      // What comes behind READY may be too early, for it counts once Alice has answered.
      boolean may = order.size() >= 3 && order.subList(0, 3).equals(List.of(0, 1, 2));
      boolean must = order.equals(List.of(0, 1, 2));
      boolean joins = must || may && alice.sessions > joined;
      joined += joins ? 1 : 0;
      turnedAway += joins ? 0 : 1;
      assertThat(link.over).isTrue();
      assertThat(alice.sessions).as("%s", order).isEqualTo(joined);
      assertThat(alice.offered.size()).as("%s", order).isLessThanOrEqualTo(joined);
      assertThat(alice.handshakeFailures).as("%s", order).hasSize(turnedAway);
      assertThat(alice.bus.peers()).isEmpty();
    }
    assertThat(joined).isGreaterThan(300);
    assertThat(turnedAway).isGreaterThan(1000);
    carrier.close();
  }

  /** Says one word after the other, when there was time for an answer to the last. */
  private static final class Paced extends Raw {
    private static final long PACE_NANOS = 200_000_000;
    private final List<Supplier<ByteBuf>> saying = new ArrayList<>();

    Paced() {
      super(Unpooled.EMPTY_BUFFER);
    }

    @Override
    public void linkUp(Link link) {
      long at = 0;
      for (Supplier<ByteBuf> word : saying) {
        at += PACE_NANOS;
        OwnerLoop.Timer unused =
            link.loop()
                .schedule(
                    () -> {
                      link.write(word.get());
                      link.flush();
                    },
                    at);
      }
    }
  }

  /** HS-9, for one who has dialled, with the nonce and the key that are in the other's HELLO. */
  private static ByteBuf proof(NetworkSecret secret, PeerKey own, ByteBuf heard) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.toBytes(), "HmacSHA256"));
      mac.update("dittobus network secret 1".getBytes(StandardCharsets.US_ASCII));
      mac.update((byte) 1);
      mac.update(own.toBytes());
      mac.update(ByteBufUtil.getBytes(heard, 11, PeerKey.LENGTH));
      mac.update(new byte[Nonce.LENGTH]); // what this side's HELLO says
      mac.update(ByteBufUtil.getBytes(heard, 11 + PeerKey.LENGTH + 8, Nonce.LENGTH));
      ByteBuf out = Unpooled.buffer();
      FrameWriter.auth(out, new Auth(Auth.SECRETS, List.of(mac.doFinal())));
      return out;
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** The same as {@link #word}, of one who has to prove his key, and perhaps a secret. */
  private static ByteBuf provenWord(
      int which, PeerKey key, @Nullable NetworkSecret secret, Raw link) {
    if (which == 8) {
      return word(0, PeerIdentity.ephemeral().publicKey());
    }
    if (which == 1 && secret != null && link.heard.isReadable()) {
      return proof(secret, key, link.heard);
    }
    if (which == 9 && secret != null && link.heard.isReadable()) {
      return proof(NetworkSecret.random(), key, link.heard);
    }
    return which == 9 ? word(4, key) : word(which, key);
  }

  @ParameterizedTest
  @CsvSource({
    "anyone, true", "list, true", "secret, true", "callback, true",
    "anyone, false", "list, false", "secret, false", "callback, false"
  })
  @DisplayName(
      "nobody is told anything before READY, whichever key is larger and whoever may join:")
  void nothingBeforeReady(String choice, boolean aliceIsLarger) {
    Random random = new Random(5);
    PeerIdentity mallory = PeerIdentity.ephemeral();
    PeerIdentity own = PeerIdentity.ephemeral();
    while (own.publicKey().compareTo(mallory.publicKey()) > 0 != aliceIsLarger) {
      own = PeerIdentity.ephemeral();
      mallory = PeerIdentity.ephemeral();
    }
    PeerKey key = mallory.publicKey();
    NetworkSecret secret = NetworkSecret.random();
    List<DittoAddress> asked = new ArrayList<>();
    Admission admission =
        switch (choice) {
          case "anyone" -> Admission.anyone();
          case "list" -> Admission.allow(key);
          case "secret" -> Admission.networkSecret(secret);
          default ->
              Admission.ask(
                  (peer, remote) -> {
                    asked.add(peer);
                    return CompletableFuture.completedFuture(true);
                  });
        };
    Peer alice = new Peer("alice", own, memory -> memory.admission(admission));
    Transport carrier = network.transport("mallory");
    network.prove("mallory", key);
    int joined = 0;
    int turnedAway = 0;
    int shown = 0;
    for (int i = 0; i < 400; i++) {
      List<Integer> order = order(random, 10);
      Paced link = new Paced();
      for (int which : order) {
        link.saying.add(
            () -> provenWord(which, key, choice.equals("secret") ? secret : null, link));
      }
      carrier.dial(MemoryBus.endpoint("alice"), Duration.ofSeconds(5), link);
      network.advance(Duration.ofSeconds(40)); // longer than any clock
      boolean joins = order.size() >= 3 && order.subList(0, 3).equals(List.of(0, 1, 2));
      shown += order.size() >= 2 && order.subList(0, 2).equals(List.of(0, 1)) ? 1 : 0;
      joined += joins ? 1 : 0;
      turnedAway += joins ? 0 : 1;
      assertThat(link.over).isTrue();
      assertThat(alice.sessions).as("%s", order).isEqualTo(joined);
      assertThat(alice.offered.size()).as("%s", order).isLessThanOrEqualTo(joined);
      assertThat(alice.handshakeFailures).as("%s", order).hasSize(turnedAway);
      assertThat(alice.bus.peers()).isEmpty();
    }
    assertThat(joined).isGreaterThan(50);
    assertThat(turnedAway).isGreaterThan(100);
    assertThat(asked).hasSize(choice.equals("callback") ? shown : 0);
    carrier.close();
  }

  /** Often nearly right. */
  private static List<Integer> order(Random random, int words) {
    List<Integer> order = new ArrayList<>(List.of(0, 1, 2));
    for (int changes = random.nextInt(3); changes > 0; changes--) {
      int at = random.nextInt(order.size() + 1);
      if (random.nextBoolean() && at < order.size()) {
        order.remove(at);
      } else {
        order.add(at, random.nextInt(words));
      }
    }
    for (int more = random.nextInt(3); more > 0; more--) {
      order.add(random.nextInt(words));
    }
    return order;
  }

  private static String text(Raw link) {
    return link.heard.toString(StandardCharsets.ISO_8859_1);
  }

  @Test
  @DisplayName("of too many handshakes the oldest goes; who is honest comes in; all are timed out")
  void stalledHandshakes() {
    BusOptions options = BusOptions.defaults().toBuilder().maxHandshakes(10).build();
    Peer alice = new Peer("alice", memory -> memory.admission(Admission.anyone()).options(options));
    Transport mallory = network.transport("mallory");
    List<Raw> stalled = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Raw silent = new Raw(Unpooled.EMPTY_BUFFER);
      stalled.add(silent);
      mallory.dial(MemoryBus.endpoint("alice"), Duration.ofSeconds(5), silent);
    }
    network.runUntil(
        () -> stalled.stream().filter(silent -> !silent.over).count() == 10, Duration.ofSeconds(4));
    Peer bob = new Peer("bob", Admission.anyone());
    bob.connect(alice);
    network.runUntil(() -> !bob.connected.isEmpty(), BOUND);
    network.advance(Duration.ofSeconds(8));
    assertThat(stalled).allMatch(silent -> silent.over);
    assertThat(alice.handshakeFailures).hasSize(100);
    assertThat(alice.bus.peers()).containsExactly(bob.identity.address());
    mallory.close();
  }

  private List<Raw> strangers(Transport carrier, int number, Supplier<Raw> stranger) {
    List<Raw> all = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      Raw one = stranger.get();
      all.add(one);
      carrier.dial(MemoryBus.endpoint("alice"), Duration.ofSeconds(5), one);
    }
    return all;
  }

  private static UnaryOperator<MemoryBus> asking(int most, AdmissionCallback callback) {
    BusOptions options = BusOptions.defaults().toBuilder().maxHandshakes(most).build();
    return memory -> memory.admission(Admission.ask(callback)).options(options);
  }

  @Test
  @DisplayName("strangers do not crowd out a peer whom the application is being asked about")
  void askedIsNotCrowdedOut() {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    List<DittoAddress> asked = new ArrayList<>();
    Peer alice =
        new Peer(
            "alice",
            asking(
                10,
                (peer, remote) -> {
                  asked.add(peer);
                  return answer;
                }));
    Peer bob = new Peer("bob", Admission.anyone());
    bob.connect(alice);
    network.runUntil(() -> !asked.isEmpty(), BOUND);
    Transport mallory = network.transport("mallory");
    List<Raw> silent = strangers(mallory, 50, () -> new Raw(Unpooled.EMPTY_BUFFER));
    network.runUntil(() -> silent.stream().filter(stranger -> !stranger.over).count() == 10, BOUND);
    assertThat(alice.handshakeFailures).hasSize(40);
    answer.complete(true);
    network.runUntil(() -> !bob.connected.isEmpty(), BOUND);
    assertThat(bob.failures).isEmpty();
    mallory.close();
  }

  @Test
  @DisplayName("the application is asked about so many at a time; one more is told that it is busy")
  void mostAsked() {
    Map<DittoAddress, CompletableFuture<Boolean>> answers = new LinkedHashMap<>();
    Peer alice =
        new Peer(
            "alice",
            asking(
                2,
                (peer, remote) -> {
                  answers.put(peer, new CompletableFuture<>());
                  return answers.get(peer);
                }));
    Peer bob = new Peer("bob", Admission.anyone());
    Peer carol = new Peer("carol", Admission.anyone());
    Peer dave = new Peer("dave", Admission.anyone());
    bob.connect(alice);
    carol.connect(alice);
    network.runUntil(() -> answers.size() == 2, BOUND);
    dave.connect(alice);
    network.runUntil(() -> !dave.failures.isEmpty(), BOUND);
    assertThat(dave.failures.get(0).code()).isEqualTo(ErrorCode.REJECTED);
    assertThat(alice.handshakeFailures).containsExactly(ErrorCode.REJECTED);
    answers.get(bob.bus.localAddress()).complete(false);
    network.runUntil(() -> !bob.failures.isEmpty(), BOUND);
    dave.connect(alice);
    network.runUntil(() -> answers.size() == 3, BOUND);
    answers.get(carol.bus.localAddress()).complete(true);
    answers.get(dave.bus.localAddress()).complete(true);
    network.runUntil(() -> !carol.connected.isEmpty() && !dave.connected.isEmpty(), BOUND);
  }

  @Test
  @DisplayName("who was turned away and stays counts until it has gone: the oldest is cut")
  void turnedAwayAndStays() {
    BusOptions options = BusOptions.defaults().toBuilder().maxHandshakes(10).build();
    Peer alice = new Peer("alice", memory -> memory.admission(Admission.anyone()).options(options));
    Transport mallory = network.transport("mallory");
    List<Raw> staying =
        strangers(
            mallory,
            50,
            () -> {
              Raw stranger = new Raw(word(4, alice.identity.publicKey()));
              stranger.listens = false;
              return stranger;
            });
    // Sooner than a link is cut that was closed and does not end.
    network.advance(Duration.ofSeconds(1));
    assertThat(alice.handshakeFailures).hasSize(50);
    assertThat(staying.stream().filter(stranger -> !stranger.over)).hasSize(10);
    Peer bob = new Peer("bob", Admission.anyone());
    bob.connect(alice);
    network.runUntil(() -> !bob.connected.isEmpty(), BOUND);
    mallory.close();
  }
}
