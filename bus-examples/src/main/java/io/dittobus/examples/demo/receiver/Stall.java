// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.receiver;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The stall of the last phase: a while after the first message the receiver takes nothing, for the
 * same time, and then goes on. Any thread.
 */
final class Stall {

  private final Duration third;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final Sinks.Empty<Void> over = Sinks.empty();
  private volatile boolean stalled;
  private volatile Runnable onStall = () -> {};
  private volatile Runnable onOver = () -> {};

  /** Before, during and after the stall take this long each. */
  Stall(Duration third) {
    this.third = third;
  }

  /** Whom to tell when it begins, and when it is over. */
  void tell(Runnable whenStalled, Runnable whenOver) {
    onStall = whenStalled;
    onOver = whenOver;
  }

  /** Completes when the next message may be taken. */
  Mono<Void> pass() {
    if (begun.compareAndSet(false, true)) {
      Mono.delay(third).doOnNext(tick -> begin()).then(Mono.delay(third)).subscribe(tick -> end());
    }
    return stalled ? over.asMono() : Mono.empty();
  }

  private void begin() {
    stalled = true;
    onStall.run();
  }

  private void end() {
    stalled = false;
    over.tryEmitEmpty();
    onOver.run();
  }
}
