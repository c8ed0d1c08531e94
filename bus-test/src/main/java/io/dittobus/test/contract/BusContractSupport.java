// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusFactory;
import io.dittobus.api.options.AckMode;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;

/** What a bus's test class has to provide, and what the tests of the contract share. */
abstract class BusContractSupport {

  static final StreamOptions RELIABLE = StreamOptions.reliable("contract/v1");
  static final StreamOptions UNRELIABLE = StreamOptions.unreliable("contract/v1");
  static final StreamOptions SEQUENCED = StreamOptions.sequenced("contract/v1");

  /** Largest message that the buses of these tests take, in bytes: several fragments. */
  static final int MAX_MESSAGE_SIZE = 100_000;

  private static final long MOST_WAIT_NANOS = 30_000_000_000L;

  private final List<BusEndpoint> buses = new ArrayList<>();

  /**
   * What starts a bus that listens, on a host (or in a process) of this name, with these bounds and
   * an identity of its own.
   */
  protected abstract DittoBusFactory factory(String host, BusOptions options);

  /** Waits until a condition holds, for at most 30 s. A bus in virtual time moves that instead. */
  protected void await(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > MOST_WAIT_NANOS) {
        throw new AssertionError("Waited in vain for: " + what);
      }
      LockSupport.parkNanos(100_000);
    }
  }

  /** Ends everything; then nothing may have been told twice, or not at all. */
  @AfterEach
  void nothingIsLeft() {
    for (BusEndpoint each : buses) {
      each.bus().dispose();
    }
    await("all buses to be closed", () -> buses.stream().noneMatch(b -> b.reports.isEmpty()));
    for (BusEndpoint each : buses) {
      assertThat(each.reports).as("busClosed").hasSize(1);
      assertThat(each.bus().peers()).isEmpty();
      assertThat(each.peersDisconnected).as("sessions ended").hasValue(each.peersConnected.get());
      assertThat(each.violations).isEmpty();
      List<StreamEndpoint> streams = new ArrayList<>(each.opened);
      streams.addAll(each.accepted);
      for (StreamEndpoint stream : streams) {
        await("a stream to end", stream::isOver);
        stream.check();
        assertThat(stream.violations).as("%s", stream.stream).isEmpty();
      }
    }
    closeNetwork();
  }

  /** Closes what the buses ran on; they are closed by then. By default there is nothing. */
  protected void closeNetwork() {}

  static BusOptions options() {
    return BusOptions.defaults().toBuilder().maxMessageSize(MAX_MESSAGE_SIZE).build();
  }

  final BusEndpoint start(String host) {
    return start(host, options());
  }

  final BusEndpoint start(String host, BusOptions options) {
    BusEndpoint endpoint = new BusEndpoint();
    CompletableFuture<? extends DittoBus> starting =
        factory(host, options).start(endpoint).toCompletableFuture();
    await("a bus to start", starting::isDone);
    endpoint.started(starting.join());
    buses.add(endpoint);
    return endpoint;
  }

  static Endpoint endpointOf(BusEndpoint bus) {
    return bus.bus().listenEndpoints().get(0);
  }

  /** Bob dials alice. */
  final void connect(BusEndpoint alice, BusEndpoint bob) {
    bob.bus().connect(endpointOf(alice), null);
    await(
        "a session",
        () ->
            alice.peersConnected.get() > 0
                && bob.peersConnected.get() > 0
                && !bob.connected.isEmpty());
  }

  /** Two buses with a session. */
  record Two(BusEndpoint alice, BusEndpoint bob) {}

  final Two two() {
    return two(options());
  }

  final Two two(BusOptions options) {
    Two two = new Two(start("alice", options), start("bob", options));
    connect(two.alice(), two.bob());
    return two;
  }

  /** Both ends of a stream: {@code near} has opened it. */
  record Ends(StreamEndpoint near, StreamEndpoint far) {}

  final Ends open(Two two, StreamOptions options) {
    int before = two.bob().opened.size();
    int acceptedBefore = two.alice().accepted.size();
    two.bob().bus().openStreamToAddress(two.alice().address(), options, null);
    await(
        "a stream",
        () -> two.bob().opened.size() > before && two.alice().accepted.size() > acceptedBefore);
    return new Ends(two.bob().opened.get(before), two.alice().accepted.get(acceptedBefore));
  }

  /** Waits until everything has gone there and back again that was on its way. */
  final void settle(Two two) {
    AckMode before = two.alice().ackMode;
    two.alice().ackMode = AckMode.AUTOMATIC;
    Ends probe = open(two, RELIABLE);
    two.alice().ackMode = before;
    probe.far().stream.request(1);
    probe.near().send("settled");
    await("an ack", () -> probe.near().acked == 1);
    probe.near().stream.dispose();
  }

  final void awaitEnd(Ends ends) {
    await("the stream to end", () -> ends.near().isOver() && ends.far().isOver());
  }
}
