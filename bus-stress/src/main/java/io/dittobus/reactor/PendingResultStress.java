// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** A result reaches the one who waits, or is disposed of: exactly one of the two. */
@JCStressTest
@State
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the one who waits has it")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "nobody waited any more, it was disposed of")
public class PendingResultStress {

  private final AtomicInteger got = new AtomicInteger();
  private final AtomicInteger unwanted = new AtomicInteger();
  private PendingResult<String> pending;
  private final BaseSubscriber<String> waiting =
      new BaseSubscriber<>() {
        @Override
        protected void hookOnSubscribe(Subscription subscription) {}

        @Override
        protected void hookOnNext(String value) {
          got.incrementAndGet();
        }
      };

  /** A wait for something that was started. */
  public PendingResultStress() {
    PendingResult.<String>mono(started -> pending = started, value -> unwanted.incrementAndGet())
        .subscribe(waiting);
  }

  @Actor
  public void request() {
    waiting.request(1);
    waiting.cancel();
  }

  @Actor
  public void complete() {
    pending.complete("result");
  }

  @Arbiter
  public void check(II_Result r) {
    r.r1 = got.get();
    r.r2 = unwanted.get();
  }
}
