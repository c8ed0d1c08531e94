// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.transport.tcp.TcpBus;
import io.netty.buffer.ByteBufAllocator;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import org.awaitility.Awaitility;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** Two buses that are connected over TCP; {@code bob} has dialled {@code alice}. */
final class Pair implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(1);

  final ReactorBus alice;
  final ReactorBus bob;
  final DittoAddress aliceAddress;
  private int labels;

  Pair() {
    this(BusOptions.defaults());
  }

  Pair(BusOptions options) {
    this(options, ByteBufAllocator.DEFAULT, port -> port);
  }

  Pair(BusOptions options, ByteBufAllocator allocator) {
    this(options, allocator, port -> port);
  }

  /**
   * Buses with something between them.
   *
   * @param between gets alice's port, and gives the one that bob is to dial
   */
  Pair(BusOptions options, IntUnaryOperator between) {
    this(options, ByteBufAllocator.DEFAULT, between);
  }

  private Pair(BusOptions options, ByteBufAllocator allocator, IntUnaryOperator between) {
    alice = start(builder(options, allocator).listen("127.0.0.1", 0));
    bob = start(builder(options, allocator));
    int port = alice.listenEndpoints().get(0).port();
    aliceAddress = block(bob.connect("127.0.0.1", between.applyAsInt(port)));
  }

  private static TcpBus.Builder builder(BusOptions options, ByteBufAllocator allocator) {
    return TcpBus.builder().options(options).allocator(allocator).insecure();
  }

  private static ReactorBus start(TcpBus.Builder builder) {
    return block(ReactorBus.start(builder));
  }

  /** Waits for a condition that is certain to come about. */
  static void await(Callable<Boolean> condition) {
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(POLL)
        .atMost(PATIENCE)
        .until(condition);
  }

  static <T> T block(Mono<T> mono) {
    return Objects.requireNonNull(mono.block(PATIENCE));
  }

  /** A stream that bob has opened, and alice's end of it. */
  record Ends(ReactorStream bobs, ReactorStream alices) {}

  Ends open() {
    return open(FlowOptions.defaults(), FlowOptions.defaults());
  }

  Ends open(FlowOptions bobFlow, FlowOptions aliceFlow) {
    return open(bobFlow, aliceFlow, ReactorStream::onClose);
  }

  /** Alice's end is this handler's. */
  Ends open(Function<? super ReactorStream, ? extends Publisher<?>> handler) {
    return open(FlowOptions.defaults(), FlowOptions.defaults(), handler);
  }

  private Ends open(
      FlowOptions bobFlow,
      FlowOptions aliceFlow,
      Function<? super ReactorStream, ? extends Publisher<?>> handler) {
    String label = "label-" + labels++;
    CompletableFuture<ReactorStream> incoming = new CompletableFuture<>();
    Disposable route =
        alice
            .streams(label)
            .flow(aliceFlow)
            .handle(
                stream -> {
                  incoming.complete(stream);
                  return handler.apply(stream);
                })
            .subscribe();
    try {
      ReactorStream bobs =
          block(bob.openStream(aliceAddress, StreamOptions.reliable(label).withFlow(bobFlow)));
      return new Ends(bobs, incoming.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    } catch (Exception e) {
      throw new AssertionError("no stream", e);
    } finally {
      opened.add(route);
    }
  }

  private final Disposable.Composite opened = reactor.core.Disposables.composite();

  @Override
  public void close() {
    opened.dispose();
    bob.close(Duration.ofSeconds(5)).block(PATIENCE);
    alice.close(Duration.ofSeconds(5)).block(PATIENCE);
  }
}
