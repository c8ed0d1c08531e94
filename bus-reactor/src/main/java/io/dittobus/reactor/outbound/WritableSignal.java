// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.outbound;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/** Tells any number of listeners that a message would be taken. Each keeps the latest word only. */
final class WritableSignal {

  private final OutboundSide side;
  private final BooleanSupplier writable;
  private final LongSupplier credit;
  private final List<FluxSink<Long>> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean over;

  WritableSignal(OutboundSide side, BooleanSupplier writable, LongSupplier credit) {
    this.side = side;
    this.writable = writable;
    this.credit = credit;
  }

  Flux<Long> flux() {
    return Flux.create(this::add, FluxSink.OverflowStrategy.LATEST);
  }

  private void add(FluxSink<Long> listener) {
    listeners.add(listener);
    listener.onDispose(() -> listeners.remove(listener));
    if (over) { // asked after it was added: the end is told by one side or the other
      listener.complete();
    } else if (writable.getAsBoolean()) {
      listener.next(credit.getAsLong());
    }
  }

  /** Credit or room has come. */
  void changed() {
    if (!listeners.isEmpty() && writable.getAsBoolean()) {
      long now = credit.getAsLong();
      for (FluxSink<Long> listener : listeners) {
        side.shield(() -> listener.next(now));
      }
    }
  }

  /** The direction has ended. */
  void ended() {
    over = true;
    for (FluxSink<Long> listener : listeners) {
      side.shield(listener::complete);
    }
  }
}
