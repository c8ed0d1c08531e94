// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import reactor.core.publisher.Flux;

/**
 * Measures how long a source is held: it has messages, and nobody asks for them. Any thread.
 *
 * <p>A source that {@code send} subscribes to is asked for as much as the other side has given
 * credit for, and as the stream's queue takes; so this is the time without credit.
 */
public final class DemandClock {

  /** Shorter pauses are the ordinary course of things, and no stalls. */
  public static final long SHORTEST_STALL_NANOS = 1_000_000;

  private long demand;
  private boolean held;
  private long heldSinceNanos;
  private long heldNanos;
  private long stalls;

  /** The same messages, with this clock looking on; for one subscription. */
  public <T> Flux<T> watch(Flux<T> source) {
    return source
        .doOnSubscribe(s -> started(System.nanoTime()))
        .doOnRequest(n -> requested(n, System.nanoTime()))
        .doOnNext(message -> emitted(System.nanoTime()))
        .doFinally(signal -> ended(System.nanoTime()));
  }

  synchronized void started(long nowNanos) {
    held = true;
    heldSinceNanos = nowNanos;
  }

  synchronized void requested(long n, long nowNanos) {
    release(nowNanos);
    demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
  }

  synchronized void emitted(long nowNanos) {
    if (demand != Long.MAX_VALUE && --demand == 0) {
      held = true;
      heldSinceNanos = nowNanos;
    }
  }

  synchronized void ended(long nowNanos) {
    release(nowNanos);
    demand = Long.MAX_VALUE;
  }

  private void release(long nowNanos) {
    if (held) {
      held = false;
      long nanos = nowNanos - heldSinceNanos;
      heldNanos += nanos;
      if (nanos >= SHORTEST_STALL_NANOS) {
        stalls++;
      }
    }
  }

  /** The time without demand so far, in nanoseconds. */
  public synchronized long heldNanos(long nowNanos) {
    return held ? heldNanos + nowNanos - heldSinceNanos : heldNanos;
  }

  /** How often there was no demand for at least a millisecond. */
  public synchronized long stalls() {
    return stalls;
  }
}
