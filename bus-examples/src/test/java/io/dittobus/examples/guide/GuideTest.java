// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.guide;

import static io.dittobus.api.admission.Admission.networkSecret;
import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.Priority;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerState;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.StreamCounts;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.reactor.codec.Codec;
import io.dittobus.reactor.codec.Codecs;
import io.dittobus.reactor.outbound.BusSink;
import io.dittobus.reactor.outbound.SendOptions;
import io.dittobus.test.DittoBusTest;
import io.dittobus.test.TestNetwork;
import io.dittobus.transport.tcp.TcpBus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * The code of {@code docs/guide.md} and of the README, run. What stands between {@code // guide:}
 * and {@code // end} is what the pages show; {@link DocumentTest} holds them to it.
 */
class GuideTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private ReactorBus alice;
  private ReactorBus bob;
  private DittoAddress aliceAddress;

  @BeforeEach
  void start() {
    alice = ReactorBus.start(TcpBus.builder().listen("127.0.0.1", 0).insecure()).block(PATIENCE);
    bob = ReactorBus.start(TcpBus.builder().insecure()).block(PATIENCE);
    aliceAddress = bob.connect(alice.listenEndpoints().get(0)).block(PATIENCE);
  }

  @AfterEach
  void stop() {
    bob.close(PATIENCE).block(PATIENCE);
    alice.close(PATIENCE).block(PATIENCE);
  }

  private ReactorStream open(String label) {
    return bob.openStream(aliceAddress, StreamOptions.reliable(label)).block(PATIENCE);
  }

  @Test
  void firstMinute() {
    Queue<String> printed = new ConcurrentLinkedQueue<>();
    NetworkSecret secret = NetworkSecret.random();
    // guide: first
    ReactorBus server =
        ReactorBus.start(TcpBus.builder().listen("127.0.0.1", 0).admission(networkSecret(secret)))
            .block();
    server
        .streams("telemetry/v1")
        .handle(stream -> stream.receive().asString().doOnNext(printed::add).then())
        .subscribe();

    ReactorBus client = ReactorBus.start(TcpBus.builder().admission(networkSecret(secret))).block();
    client
        .connect("127.0.0.1", server.listenEndpoints().get(0).port())
        .flatMap(peer -> client.openStream(peer, StreamOptions.reliable("telemetry/v1")))
        .flatMap(
            stream ->
                stream.sendAndComplete(
                    Flux.range(1, 1000).map(i -> "reading " + i), Codecs.string()))
        .block();
    // end
    assertThat(printed).hasSize(1000).endsWith("reading 1000");
    // guide: stop
    client.close().then(server.close()).block();
    // end
  }

  @Test
  void demand() {
    Queue<Integer> taken = new ConcurrentLinkedQueue<>();
    // guide: demand
    Flux<byte[]> source = Flux.range(1, 1000).doOnNext(taken::add).map(i -> new byte[i]);

    alice
        .streams("ten")
        .handle(stream -> stream.receive().take(10)) // request(10), and never more
        .subscribe();
    bob.openStream(aliceAddress, StreamOptions.reliable("ten"))
        .flatMap(stream -> stream.send(source))
        .block();
    // end
    assertThat(taken).hasSize(10);
  }

  @Test
  void prefetch() {
    // guide: prefetch
    alice
        .streams("quotes")
        .flow(FlowOptions.defaults().withPrefetch(64))
        .handle(stream -> stream.receive().asString().concatMap(this::slowly, 1).then())
        .subscribe();
    // end
    open("quotes").sendAndComplete(Flux.just("a", "b"), Codecs.string()).block(PATIENCE);
  }

  private Mono<Void> slowly(String quote) {
    return Mono.empty();
  }

  @Test
  void blockingConsumer() {
    Queue<String> rows = new ConcurrentLinkedQueue<>();
    // guide: deliver-on
    alice
        .streams("rows")
        .handle(
            stream ->
                stream
                    .receive()
                    .deliverOn(Schedulers.boundedElastic()) // here onNext may block
                    .asString()
                    .doOnNext(rows::add) // when it has returned, the row is acknowledged
                    .then())
        .subscribe();
    // end
    open("rows").sendAndComplete(Flux.just("a", "b"), Codecs.string()).block(PATIENCE);
    assertThat(rows).containsExactly("a", "b");
  }

  @Test
  void byHand() {
    // guide: by-hand
    alice
        .streams("orders")
        .handle(
            stream ->
                stream
                    .receive()
                    .withAck()
                    .flatMap(
                        order -> store(order.asString()).doOnSuccess(stored -> order.acknowledge()),
                        16)
                    .then())
        .subscribe();
    // end
    ReactorStream stream = open("orders");
    stream.sendAndComplete(Flux.just("a", "b", "c"), Codecs.string()).block(PATIENCE);
    assertThat(stream.ackedSequence()).isEqualTo(3);
  }

  private Mono<Void> store(String order) {
    return Mono.delay(Duration.ofMillis(1)).then();
  }

  @Test
  void keepingBuffers() {
    BlockingQueue<ByteBuf> kept = new LinkedBlockingQueue<>();
    // guide: buffers
    alice
        .streams("frames")
        .handle(
            stream ->
                stream
                    .receive() // a Flux<ByteBuf>: borrowed until onNext returns
                    .doOnNext(frame -> kept.add(frame.retain())) // who keeps one, releases it
                    .then())
        .subscribe();
    // end
    open("frames").sendAndComplete(Flux.just(new byte[10])).block(PATIENCE);
    kept.forEach(ByteBuf::release);
  }

  // guide: codec
  record Reading(String sensor, double value) {}

  static final Codec<Reading> READINGS =
      new Codec<>() {
        @Override
        public ByteBuf encode(Reading reading, ByteBufAllocator allocator) {
          ByteBuf message = allocator.buffer();
          message.writeDouble(reading.value());
          message.writeCharSequence(reading.sensor(), StandardCharsets.UTF_8);
          return message;
        }

        @Override
        public Reading decode(ByteBuf message) {
          double value = message.readDouble();
          return new Reading(message.toString(StandardCharsets.UTF_8), value);
        }
      };

  // end

  @Test
  void codec() {
    Queue<Reading> got = new ConcurrentLinkedQueue<>();
    alice
        .streams("readings")
        .handle(stream -> stream.receive().as(READINGS).doOnNext(got::add).then())
        .subscribe();
    Reading reading = new Reading("t1", 21.5);
    open("readings").sendAndComplete(Flux.just(reading), READINGS).block(PATIENCE);
    assertThat(got).containsExactly(reading);
  }

  @Test
  void sink() {
    alice.streams("moves").handle(stream -> stream.receive().take(1)).subscribe();
    ReactorStream stream = open("moves");
    byte[] move = {1};
    String seen = "";
    // guide: sink
    BusSink sink = stream.sink(); // any thread, any number of threads
    switch (sink.tryEmitNext(move)) {
      case OK -> seen = "taken: sent when the other side asks for it";
      case FAIL_OVERFLOW -> seen = "credit and queue are used up: try later, the stream lives";
      case FAIL_CANCELLED -> seen = "the other side takes no more";
      case FAIL_TERMINATED -> seen = "this direction has ended";
      default -> throw new AssertionError("does not occur");
    }
    // end
    assertThat(seen).startsWith("taken");
    stream.onClose().block(PATIENCE);
  }

  @Test
  void emitAcked() {
    alice.streams("orders").handle(stream -> stream.receive().then()).subscribe();
    ReactorStream stream = open("orders");
    byte[] order = {1};
    // guide: emit-acked
    Mono<Long> consumed = stream.sink().emitAcked(order); // its sequence, once it was consumed
    // end
    assertThat(consumed.block(PATIENCE)).isEqualTo(1);
    assertThat(stream.sink().tryEmitComplete()).isEqualTo(Sinks.EmitResult.OK);
    stream.onClose().block(PATIENCE);
  }

  @Test
  void bothWays() {
    // guide: both-ways
    alice
        .streams("echo")
        .handle(
            stream ->
                stream.sendAndComplete(
                    stream.receive().asString().map(String::toUpperCase), Codecs.string()))
        .subscribe();

    List<String> answers =
        bob.openStream(aliceAddress, StreamOptions.reliable("echo"))
            .flatMap(
                stream ->
                    stream
                        .receive()
                        .asString()
                        .collectList()
                        .zipWith(
                            stream
                                .sendAndComplete(Flux.just("a", "b"), Codecs.string())
                                .thenReturn(true)))
            .map(both -> both.getT1())
            .block();
    // end
    assertThat(answers).containsExactly("A", "B");
  }

  @Test
  void errors() {
    // guide: errors
    alice
        .streams("fails")
        .handle(
            stream ->
                stream
                    .receive()
                    .doOnNext(
                        m -> {
                          throw new IllegalStateException("the disk is full");
                        }))
        .subscribe();

    Mono<Void> sending =
        bob.openStream(aliceAddress, StreamOptions.reliable("fails"))
            .flatMap(stream -> stream.sendAndComplete(Flux.just("a"), Codecs.string()))
            .doOnError(
                StreamException.class,
                e -> System.out.println(e.end().reason() + ": " + e.end().text()));
    // end
    StreamException failure =
        (StreamException) sending.materialize().block(PATIENCE).getThrowable();
    assertThat(failure.end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(failure.end().text()).contains("IllegalStateException");
  }

  @Test
  void ends() {
    alice.streams("work").handle(ReactorStream::onClose).subscribe();
    ReactorStream stream = open("work");
    // guide: ends
    stream.onClose().subscribe(end -> System.out.println("stream over: " + end.describe()));

    stream.sink().tryEmitComplete(); // this direction ends; the other goes on
    stream.close(Duration.ofSeconds(5)).subscribe(); // both drain, within 5 s
    stream.dispose(); // both are cut
    // end
    StreamEnd end = stream.onClose().block(PATIENCE);
    assertThat(end.reason()).isEqualTo(BusCompletionReason.CLOSED_LOCALLY);
  }

  @Test
  void refused() {
    String text = "";
    // guide: refused
    try {
      bob.openStream(aliceAddress, StreamOptions.reliable("nobody/handles/this")).block();
    } catch (StreamException e) {
      text = e.getMessage();
    }
    // end
    assertThat(text).contains("REFUSED_NO_HANDLER");
  }

  @Test
  void states() {
    Queue<String> told = new ConcurrentLinkedQueue<>();
    // guide: states
    bob.peerStates(aliceAddress)
        .doOnNext(
            state -> {
              if (state instanceof PeerState.Lost lost) {
                told.add("lost since " + lost.since() + ", dialled " + lost.attempts() + " times");
              } else if (state instanceof PeerState.Gone gone) {
                told.add("gone: " + gone.end().describe());
              }
            })
        .subscribe();
    // end
    Endpoint otherEndpoint = alice.listenEndpoints().get(0);
    // guide: move
    bob.move(aliceAddress, otherEndpoint).block();
    // end
    bob.close(PATIENCE).block(PATIENCE);
    assertThat(told).last().asString().startsWith("gone: SHUT_DOWN");
  }

  @Test
  void options() {
    // guide: options
    BusOptions options =
        BusOptions.defaults().toBuilder()
            .maxMessageSize(64 * 1024 * 1024)
            .reassemblyBudget(128L * 1024 * 1024)
            .maxIncomingStreams(1000)
            .build();
    TcpBus.Builder bus = TcpBus.builder().options(options).listen("::", 4040);
    // end
    assertThat(bus).isNotNull();
  }

  // guide: testing
  @Test
  void telemetryArrives() {
    try (TestNetwork network = DittoBusTest.network()) {
      ReactorBus server = ReactorBus.start(network.factory("server")).block();
      ReactorBus client = ReactorBus.start(network.factory("client")).block();
      Queue<String> got = new ConcurrentLinkedQueue<>();
      server
          .streams("telemetry/v1")
          .handle(stream -> stream.receive().asString().doOnNext(got::add).then())
          .subscribe();

      client
          .connect(network.endpoint("server"))
          .flatMap(peer -> client.openStream(peer, StreamOptions.reliable("telemetry/v1")))
          .flatMap(stream -> stream.sendAndComplete(Flux.just("21.5"), Codecs.string()))
          .block();

      assertThat(got).containsExactly("21.5");
      client.close().then(server.close()).block();
    } // also fails if a buffer was not released
  }

  // end

  @Test
  void emitting() {
    alice.streams("moves").handle(stream -> stream.receive().then()).subscribe();
    ReactorStream stream = open("moves");
    Flux<byte[]> moves = Flux.range(1, 1000).map(i -> new byte[i % 10]);
    // guide: emit
    moves
        .concatMap(move -> stream.sink().emit(move)) // waits for room; bounded, first come first
        .then()
        .block();
    // end
    // guide: writable
    Flux<Long> credit = stream.sink().writable(); // each time there is credit, or room again
    Sinks.Many<String> many = stream.sink().asMany(Codecs.string()); // where Reactor's is wanted
    // end
    assertThat(credit.blockFirst(PATIENCE)).isPositive();
    assertThat(many.tryEmitNext("move")).isEqualTo(Sinks.EmitResult.OK);
  }

  @Test
  void modes() {
    Queue<String> drawn = new ConcurrentLinkedQueue<>();
    // guide: sequenced
    alice
        .streams("positions")
        .handle(
            stream ->
                stream
                    .receive()
                    .messages()
                    .limitRate(1) // draws one at a time, and then the newest there is
                    .doOnNext(m -> drawn.add(m.sequence() + ": " + m.asString()))
                    .then())
        .subscribe();

    ReactorStream positions =
        bob.openStream(aliceAddress, StreamOptions.sequenced("positions")).block();
    positions
        .sendAndComplete(Flux.range(1, 100_000).map(i -> "x=" + i), Codecs.string())
        .block(); // as fast as it can: what the receiver has no time for is replaced
    StreamCounts counts = positions.counts().block();
    // end
    assertThat(drawn).last().isEqualTo("100000: x=100000");
    assertThat(counts.emitted()).isEqualTo(100_000);
    assertThat(counts.written() + counts.dropped().replaced()).isEqualTo(100_000);
    alice.streams("voice").handle(stream -> stream.receive().then()).subscribe();
    ReactorStream voice = bob.openStream(aliceAddress, StreamOptions.unreliable("voice")).block();
    byte[] frame = {1};
    // guide: time-to-live
    MessageOptions brief = MessageOptions.none().withTimeToLive(Duration.ofMillis(60));
    voice.sink().tryEmitNext(frame, brief); // later nobody wants to hear it
    // end
    voice.sink().tryEmitComplete();
  }

  @Test
  void singleMessages() {
    // guide: single
    alice
        .messages("orders/v1")
        .handle(order -> store(order.asString())) // consumed when this Mono completes
        .subscribe();

    bob.sendMessage(aliceAddress, "orders/v1", "one coffee".getBytes(StandardCharsets.UTF_8))
        .block(); // completes when it was consumed, and fails with its fate if not
    // end
    assertThat(bob.sendUnreliableMessage(aliceAddress, "orders/v1", new byte[1]).block(PATIENCE))
        .isEqualTo(BusSingleSendResult.TRANSMITTED);
  }

  @Test
  void extras() {
    Queue<String> got = new ConcurrentLinkedQueue<>();
    alice
        .streams("query")
        .handle(
            stream ->
                stream
                    .receive()
                    .messages()
                    .doOnNext(m -> got.add(m.metadata().text("id").orElse("-") + m.asString()))
                    .then())
        .subscribe();
    byte[] question = "?".getBytes(StandardCharsets.UTF_8);
    // guide: extras
    ReactorStream query =
        bob.openStream(aliceAddress, StreamOptions.reliable("query"), question) // rides in OPEN
            .block();
    query.prioritize(Priority.HIGH, 4); // before NORMAL and LOW; four shares among its like
    query
        .send(
            Flux.just("a", "b"),
            Codecs.string(),
            text -> MessageOptions.none().withMetadata(Metadata.of("id", text)),
            SendOptions.defaults())
        .block();
    // end
    query.close(PATIENCE).block(PATIENCE);
    assertThat(got).containsExactly("-?", "aa", "bb");
  }
}
