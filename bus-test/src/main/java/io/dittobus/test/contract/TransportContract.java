// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.core.transport.OwnerLoop;
import io.dittobus.core.transport.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * The contract of transports, as tests. A transport's test class extends this one and says how a
 * transport is made, how its hosts are addressed, and how many bytes of buffers are in use; every
 * promise of {@link io.dittobus.core.transport} is tested then, and that nothing is left behind.
 */
public abstract class TransportContract extends LinkContract {

  private static final int LINKS = 20;

  @Test
  void aRefusedDialFailsWithOneLine() {
    Transport.Listening listening = listen("alice", this::probe);
    get(listening.stop());
    LinkProbe near = probe();
    transport("bob").dial(listening.endpoint(), DIAL_TIMEOUT, near);
    await("the dial to fail", () -> near.dialFailures.get() == 1);
    assertThat(near.dialLine)
        .isEqualTo("cannot connect to " + listening.endpoint() + ": connection refused");
    assertThat(near.ups).hasValue(0);
  }

  @Test
  void anUnknownHostFailsWithOneLine() {
    LinkProbe near = probe();
    transport("bob").dial(new Endpoint("nosuch.invalid", 4040), DIAL_TIMEOUT, near);
    await("the dial to fail", () -> near.dialFailures.get() == 1);
    assertThat(near.dialLine).isEqualTo("unknown host nosuch.invalid");
  }

  @Test
  void aDialThatGetsNoAnswerTimesOutWithOneLine() {
    Optional<Endpoint> endpoint = silentEndpoint();
    Assumptions.assumeTrue(endpoint.isPresent());
    Endpoint silent = endpoint.get();
    LinkProbe near = probe();
    transport("bob").dial(silent, Duration.ofMillis(200), near);
    await("the dial to fail", () -> near.dialFailures.get() == 1);
    assertThat(near.dialLine)
        .isEqualTo("cannot connect to " + silent + ": no answer within 200 ms");
  }

  @Test
  void aPortInUseCannotBeListenedAt() {
    Transport.Listening first = listen("alice", this::probe);
    Throwable error = failure(transport("alice").listen(first.endpoint(), this::probe));
    assertThat(error)
        .asInstanceOf(type(DittoBusException.class))
        .returns(ErrorCode.LISTEN_FAILED, DittoBusException::code);
    assertThat(error)
        .hasMessage(
            ErrorCode.LISTEN_FAILED
                + ": cannot listen at "
                + first.endpoint()
                + ": address already in use");
  }

  @Test
  void anAddressOfAnotherHostCannotBeListenedAt() {
    Throwable error = failure(transport("alice").listen(new Endpoint("192.0.2.1", 0), this::probe));
    assertThat(error)
        .asInstanceOf(type(DittoBusException.class))
        .returns(ErrorCode.LISTEN_FAILED, DittoBusException::code);
    assertThat(error)
        .hasMessageContaining("cannot listen at 192.0.2.1:0: ")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void portZeroTellsThePortThatWasBound() {
    Transport.Listening first = listen("alice", this::probe);
    Transport.Listening second = listen("alice", this::probe);
    assertThat(first.endpoint().host()).isEqualTo(address("alice"));
    assertThat(first.endpoint().port()).isPositive();
    assertThat(second.endpoint().port()).isPositive().isNotEqualTo(first.endpoint().port());
  }

  @Test
  void stopEndsTheListeningAndNotTheLinks() {
    LinkProbe near = probe();
    LinkProbe far = probe().expect(1);
    Transport.Listening listening = listen("alice", () -> far);
    transport("bob").dial(listening.endpoint(), DIAL_TIMEOUT, near);
    await("both ends to be up", () -> near.ups.get() == 1 && far.ups.get() == 1);
    get(listening.stop());
    get(listening.stop());

    run(near, it -> it.send(1, 100_000));
    await("the bytes", () -> far.received == 100_000);
    Transport.Listening again = get(transport("alice").listen(listening.endpoint(), this::probe));
    assertThat(again.endpoint()).isEqualTo(listening.endpoint());
  }

  @Test
  void manyLinksLiveSideBySide() {
    Queue<LinkProbe> far = new ConcurrentLinkedQueue<>();
    List<LinkProbe> accepting =
        new ArrayList<>(IntStream.range(0, LINKS).mapToObj(i -> probe().expect(2)).toList());
    Queue<LinkProbe> free = new ConcurrentLinkedQueue<>(accepting);
    Transport.Listening listening =
        listen(
            "alice",
            () -> {
              LinkProbe next = free.remove();
              far.add(next);
              return next;
            });
    List<LinkProbe> near = IntStream.range(0, LINKS).mapToObj(i -> probe()).toList();
    near.forEach(it -> it.onUp(link -> it.send(2, 50_000)));
    near.forEach(it -> transport("bob").dial(listening.endpoint(), DIAL_TIMEOUT, it));
    await(
        "all bytes",
        () -> far.size() == LINKS && far.stream().allMatch(it -> it.received == 50_000));
  }

  @Test
  void closingATransportEndsAllThatItHas() {
    Pair dialled = connect();
    LinkProbe near = probe();
    LinkProbe far = probe();
    Transport.Listening listening = listen("bob", () -> far);
    transport("alice").dial(listening.endpoint(), DIAL_TIMEOUT, near);
    await("both ends to be up", () -> near.ups.get() == 1 && far.ups.get() == 1);

    get(transport("bob").close());
    get(transport("bob").close());
    assertThat(dialled.near().downs).as("down before the transport is closed").hasValue(1);
    assertThat(far.downs).as("down before the transport is closed").hasValue(1);
    awaitDown(dialled.far());
    awaitDown(near);

    LinkProbe late = probe();
    transport("alice").dial(listening.endpoint(), DIAL_TIMEOUT, late);
    await("the dial to fail", () -> late.dialFailures.get() == 1);
    assertThat(late.dialLine).contains("connection refused");
  }

  @Test
  void aClosedTransportDoesNothingMore() {
    Transport.Listening listening = listen("alice", this::probe);
    OwnerLoop.Timer timer = transport("bob").loop().schedule(() -> {}, Long.MAX_VALUE / 4);
    get(transport("bob").close());
    timer.cancel();
    LinkProbe near = probe();
    transport("bob").dial(listening.endpoint(), DIAL_TIMEOUT, near);
    await("the dial to fail", () -> near.dialFailures.get() == 1);
    assertThat(near.dialLine)
        .isEqualTo("cannot connect to " + listening.endpoint() + ": the transport is closed");
    assertThat(failure(transport("bob").listen(new Endpoint(address("bob"), 0), this::probe)))
        .asInstanceOf(type(DittoBusException.class))
        .returns(ErrorCode.LISTEN_FAILED, DittoBusException::code);
    // Dropped if the loop has ended; it may be one that was lent.
    transport("bob").loop().execute(() -> {});
  }

  @Test
  void aDialThatTheClosingMeetsIsDecidedOnce() {
    Transport.Listening listening = listen("alice", this::probe);
    List<LinkProbe> dials = IntStream.range(0, LINKS).mapToObj(i -> probe()).toList();
    dials.forEach(it -> transport("bob").dial(listening.endpoint(), DIAL_TIMEOUT, it));
    get(transport("bob").close());
    await(
        "all dials to be decided",
        () -> dials.stream().allMatch(it -> it.ups.get() + it.dialFailures.get() == 1));
  }

  @Test
  void tasksRunOnTheLoopInOrderAndNeverWithinEachOther() {
    OwnerLoop loop = transport("alice").loop();
    List<Integer> order = new ArrayList<>();
    AtomicBoolean offLoop = new AtomicBoolean(loop.inLoop());
    AtomicBoolean done = new AtomicBoolean();
    loop.execute(
        () -> {
          offLoop.compareAndSet(false, !loop.inLoop());
          loop.execute(() -> order.add(2));
          loop.execute(
              () -> {
                order.add(3);
                done.set(true);
              });
          order.add(1);
        });
    await("the tasks", done::get);
    runOn(loop, () -> assertThat(order).containsExactly(1, 2, 3));
    assertThat(offLoop).isFalse();
  }

  @Test
  void timersRunWhenTheirTimeHasComeUnlessCancelled() {
    for (OwnerLoop loop : List.of(transport("alice").loop(), connect().near().up().loop())) {
      long delay = 20_000_000;
      long start = loop.nanoTime();
      AtomicLong ranAfter = new AtomicLong(-1);
      AtomicInteger cancelled = new AtomicInteger();
      AtomicBoolean later = new AtomicBoolean();
      OwnerLoop.Timer timer = loop.schedule(cancelled::incrementAndGet, delay / 2);
      loop.schedule(
          () -> {
            assertThat(loop.inLoop()).isTrue();
            ranAfter.set(loop.nanoTime() - start);
          },
          delay);
      loop.schedule(() -> later.set(true), delay * 2);
      timer.cancel();
      timer.cancel();
      await("the timers", later::get);
      assertThat(ranAfter.get()).isGreaterThanOrEqualTo(delay);
      assertThat(cancelled).hasValue(0);
    }
  }

  @Test
  void timersForVeryLongMayBeSet() {
    OwnerLoop loop = transport("alice").loop();
    OwnerLoop.Timer timer = loop.schedule(() -> {}, Long.MAX_VALUE);
    AtomicBoolean soon = new AtomicBoolean();
    loop.schedule(() -> soon.set(true), 0);
    await("the timer without delay", soon::get);
    timer.cancel();
  }
}
