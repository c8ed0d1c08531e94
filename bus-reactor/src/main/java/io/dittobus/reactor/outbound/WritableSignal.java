// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.outbound;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/** Tells any number of listeners that a message would be taken. Each keeps the latest word only. */
final class WritableSignal {

  private final OutboundSide side;
  private final BooleanSupplier writable;
  private final LongSupplier credit;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean over;

  WritableSignal(OutboundSide side, BooleanSupplier writable, LongSupplier credit) {
    this.side = side;
    this.writable = writable;
    this.credit = credit;
  }

  Flux<Long> flux() {
    return Flux.create(this::add, FluxSink.OverflowStrategy.LATEST);
  }

  private void add(FluxSink<Long> sink) {
    Listener listener = new Listener(sink);
    listeners.add(listener);
    sink.onDispose(() -> listeners.remove(listener));
    listener.tell(); // after it was added: whatever comes is told by one side or the other
  }

  /** Credit or room has come. */
  void changed() {
    listeners.forEach(listener -> side.shield(listener::tell));
  }

  /** The direction has ended. */
  void ended() {
    over = true;
    changed();
  }

  /** One at a time tells it, so that the word it hears last is the latest. */
  private final class Listener {
    private final FluxSink<Long> sink;
    private final AtomicInteger work = new AtomicInteger();

    Listener(FluxSink<Long> sink) {
      this.sink = sink;
    }

    void tell() {
      if (work.getAndIncrement() != 0) {
        return;
      }
      int missed = 1;
      do {
        if (over) {
          sink.complete();
        } else if (writable.getAsBoolean()) {
          sink.next(credit.getAsLong());
        }
        missed = work.addAndGet(-missed);
      } while (missed != 0);
    }
  }
}
