// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** The time without demand, at times that this test sets; in milliseconds. */
class DemandClockTest {

  private final DemandClock clock = new DemandClock();

  private static long nanos(long millis) {
    return millis * 1_000_000;
  }

  private void assertHeld(long atMillis, long millis, long stalls) {
    assertThat(clock.heldNanos(nanos(atMillis))).isEqualTo(nanos(millis));
    assertThat(clock.stalls()).isEqualTo(stalls);
  }

  @Test
  void nothingIsHeldBeforeItStarts() {
    assertHeld(100, 0, 0);
  }

  @Test
  void heldFromTheStartToTheFirstRequest() {
    clock.started(nanos(100));
    assertHeld(130, 30, 0); // the time that still lasts counts, the stall does when it is over
    clock.requested(1, nanos(150));
    assertHeld(200, 50, 1);
  }

  @Test
  void heldFromTheLastMessageAskedForToTheNextRequest() {
    clock.started(0);
    clock.requested(2, 0);
    clock.emitted(nanos(10));
    assertHeld(50, 0, 0); // one more may go
    clock.emitted(nanos(60));
    assertHeld(80, 20, 0);
    clock.requested(1, nanos(100));
    assertHeld(500, 40, 1);
    clock.emitted(nanos(500));
    clock.requested(1, nanos(510));
    assertHeld(600, 50, 2);
  }

  @Test
  void requestsAddUp() {
    clock.started(0);
    clock.requested(1, 0);
    clock.requested(1, 0);
    clock.emitted(nanos(1));
    assertHeld(100, 0, 0);
    clock.emitted(nanos(100));
    assertHeld(110, 10, 0);
  }

  @Test
  void aShortPauseIsTimeButNoStall() {
    clock.started(0);
    clock.requested(1, DemandClock.SHORTEST_STALL_NANOS - 1);
    assertThat(clock.heldNanos(0)).isEqualTo(DemandClock.SHORTEST_STALL_NANOS - 1);
    assertThat(clock.stalls()).isZero();
  }

  @Test
  void unboundedDemandNeverRunsOut() {
    clock.started(0);
    clock.requested(Long.MAX_VALUE - 1, 0);
    clock.requested(Long.MAX_VALUE, 0);
    for (int i = 0; i < 10; i++) {
      clock.emitted(nanos(i));
    }
    assertHeld(1000, 0, 0);
  }

  @Test
  void nothingIsHeldAfterTheEnd() {
    clock.started(0);
    clock.requested(1, 0);
    clock.emitted(nanos(10));
    clock.ended(nanos(15));
    assertHeld(1000, 5, 1);
  }

  @Test
  void watchesASource() {
    BaseSubscriber<Integer> subscriber =
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {}
        };
    clock.watch(Flux.range(0, 3)).subscribe(subscriber);
    assertIsHeld(true);
    subscriber.request(2);
    assertIsHeld(true);
    subscriber.request(Long.MAX_VALUE); // which brings the end
    assertIsHeld(false);
  }

  @Test
  void aCancelledSourceIsNotHeld() {
    var subscription = clock.watch(Flux.never()).subscribe();
    assertIsHeld(false);
    subscription.dispose();
    assertIsHeld(false);
  }

  private void assertIsHeld(boolean held) {
    long now = System.nanoTime();
    long grows = clock.heldNanos(now + nanos(1000)) - clock.heldNanos(now);
    assertThat(grows).isEqualTo(held ? nanos(1000) : 0);
  }
}
