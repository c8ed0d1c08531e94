// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.tck;

import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.test.DittoBusTest;
import io.dittobus.test.TestNetwork;
import java.time.Duration;
import java.util.Objects;
import reactor.core.publisher.Mono;

/** Two buses in memory, and streams between them that no handler owns. */
final class MemoryStreams implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Both ends of one stream. */
  record Ends(ReactorStream here, ReactorStream there) {}

  private final TestNetwork network = DittoBusTest.network();
  private final ReactorBus there = block(ReactorBus.start(network.factory("there")));
  private final ReactorBus here = block(ReactorBus.start(network.factory("here")));
  private final DittoAddress address = block(here.connect(network.endpoint("there")));

  Ends open() {
    Mono<ReactorStream> accepted = there.incomingStreams().next().cache();
    accepted.subscribe();
    ReactorStream opened = block(here.openStream(address, StreamOptions.reliable("tck")));
    return new Ends(opened, block(accepted));
  }

  private static <T> T block(Mono<T> mono) {
    return Objects.requireNonNull(mono.block(PATIENCE));
  }

  /** Also fails if a buffer was not released. */
  @Override
  public void close() {
    for (ReactorBus bus : new ReactorBus[] {here, there}) {
      bus.dispose();
      bus.onDispose().block(PATIENCE);
    }
    network.close();
  }
}
