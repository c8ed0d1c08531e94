// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.contract;

import io.dittobus.api.DittoBusFactory;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import reactor.core.publisher.Mono;

/** Two connected buses, seen with Reactor, and what the tests of the contract share. */
abstract class ReactorContractSupport {

  static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final BusOptions OPTIONS =
      BusOptions.defaults().toBuilder().singleWindow(4, 100_000).maxMessageSize(100_000).build();

  private int labels;
  ReactorBus alice;
  ReactorBus bob;
  DittoAddress aliceAddress;

  /** What starts a bus that listens, on a host (or in a process) of this name. */
  abstract DittoBusFactory factory(String host, BusOptions options);

  @BeforeEach
  void connect() {
    alice = block(ReactorBus.start(factory("alice", OPTIONS)));
    bob = block(ReactorBus.start(factory("bob", OPTIONS)));
    aliceAddress = block(bob.connect(alice.listenEndpoints().get(0)));
    await(() -> alice.peers().size() == 1);
  }

  @AfterEach
  void close() {
    bob.close(Duration.ZERO).block(PATIENCE);
    alice.close(Duration.ZERO).block(PATIENCE);
    closeNetwork();
  }

  /** Closes what the buses ran on, if need be; they are closed by then. */
  void closeNetwork() {}

  static <T> T block(Mono<T> mono) {
    return Objects.requireNonNull(mono.block(PATIENCE));
  }

  static void await(Callable<Boolean> condition) {
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .atMost(PATIENCE)
        .until(condition);
  }

  String newLabel() {
    return "label-" + labels++;
  }

  /** A stream that bob has opened, and alice's end of it. */
  record Ends(ReactorStream bobs, ReactorStream alices) {}

  Ends open(StreamOptions options) {
    return open(options, FlowOptions.defaults());
  }

  Ends open(StreamOptions options, FlowOptions alicesFlow) {
    CompletableFuture<ReactorStream> incoming = new CompletableFuture<>();
    alice
        .streams(options.label())
        .flow(alicesFlow)
        .handle(
            stream -> {
              incoming.complete(stream);
              return stream.onClose();
            })
        .subscribe();
    ReactorStream bobs = block(bob.openStream(aliceAddress, options));
    try {
      return new Ends(bobs, incoming.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    } catch (Exception e) {
      throw new AssertionError("no stream", e);
    }
  }
}
