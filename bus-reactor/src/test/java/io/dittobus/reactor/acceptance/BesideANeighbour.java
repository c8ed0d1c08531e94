// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.reactor.inbound.InboundFlux;
import org.junit.jupiter.api.AfterEach;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Tests of one stream, while a second one over the same link goes on and does not notice. */
abstract class BesideANeighbour {

  /** Who receives: the one who opened the stream, or a handler. */
  enum Receiver {
    OPENER,
    HANDLER
  }

  final Pair pair = new Pair();
  private final Neighbour neighbour = new Neighbour(pair);

  @AfterEach
  void theNeighbourGoesOn() {
    neighbour.goesOn();
    neighbour.end();
    pair.close();
  }

  /** One stream: the end that misbehaves, and the one that sends to it. */
  record Stage(ReactorStream receiver, ReactorStream sender) {

    InboundFlux receive() {
      return receiver.receive();
    }
  }

  Stage stage(Receiver who) {
    Pair.Ends ends = pair.open();
    return who == Receiver.OPENER
        ? new Stage(ends.bobs(), ends.alices())
        : new Stage(ends.alices(), ends.bobs());
  }

  static Flux<String> messages() {
    return Flux.range(1, 1_000).map(i -> "m" + i);
  }

  /** Messages without an end, so that only the other side can end their sending. */
  static Flux<String> endless() {
    return Flux.<String>generate(sink -> sink.next("m"));
  }

  static StreamException sendFails(Mono<Void> sending) {
    Throwable error =
        sending.then(Mono.<Throwable>empty()).onErrorResume(Mono::just).block(Pair.PATIENCE);
    assertThat(error).as("what send failed with").isInstanceOf(StreamException.class);
    return (StreamException) error;
  }
}
