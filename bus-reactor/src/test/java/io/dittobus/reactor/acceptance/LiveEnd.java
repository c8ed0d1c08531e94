// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import org.jspecify.annotations.Nullable;

/** One end of a stream in the middle of its life, which asks for some messages and emits some. */
final class LiveEnd {
  final ReactorBus bus;
  final ReactorStream stream;
  final Watcher<byte[]> received = new Watcher<>();

  LiveEnd(ReactorBus bus, ReactorStream stream) {
    this.bus = bus;
    this.stream = stream;
    stream.receive().asByteArray().subscribe(received);
    received.request(100);
  }

  void emit(int messages) {
    for (int i = 0; i < messages; i++) {
      assertThat(stream.sink().tryEmitNext(new byte[10]).isSuccess()).isTrue();
    }
  }

  /** What the Flux here ended with; null if it has completed. */
  @Nullable BusCompletionReason failure() {
    Pair.await(received::isOver);
    return received.isCompleted() ? null : ((StreamException) received.failure()).reason();
  }
}
