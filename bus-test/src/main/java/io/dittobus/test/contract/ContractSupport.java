// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.core.transport.Link;
import io.dittobus.core.transport.OwnerLoop;
import io.dittobus.core.transport.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** What a transport's test class has to provide, and what the tests of the contract share. */
abstract class ContractSupport {

  static final Duration DIAL_TIMEOUT = Duration.ofSeconds(5);

  private static final long MOST_WAIT_NANOS = 30_000_000_000L;

  private final Map<String, Transport> transports = new LinkedHashMap<>();
  private final List<LinkProbe> probes = new ArrayList<>();

  /** A new transport, as that of a host (or process) of this name. */
  protected abstract Transport newTransport(String host);

  /** The host part of endpoints at which a transport of this name listens and is dialled. */
  protected abstract String address(String host);

  /**
   * Bytes of buffers that the links of all transports have allocated and that were not released.
   */
  protected abstract long bufferBytesInUse();

  /** An endpoint that neither accepts nor refuses, if one can be had. */
  protected Optional<Endpoint> silentEndpoint() {
    return Optional.empty();
  }

  /**
   * Waits until a condition holds, for at most 30 s. A transport in virtual time moves it instead.
   */
  protected void await(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > MOST_WAIT_NANOS) {
        throw new AssertionError("Waited in vain for: " + what);
      }
      LockSupport.parkNanos(100_000);
    }
  }

  /**
   * Ends everything; then nothing may be left, and nothing may have been called that the SPI does
   * not allow.
   */
  @AfterEach
  void nothingIsLeft() {
    List<CompletionStage<Void>> closings = new ArrayList<>();
    transports.values().forEach(transport -> closings.add(transport.close()));
    for (CompletionStage<Void> closing : closings) {
      await("a transport to close", () -> closing.toCompletableFuture().isDone());
    }
    await(
        "all links to be down",
        () -> probes.stream().allMatch(probe -> probe.ups.get() == probe.downs.get()));
    await("all buffers to be released", () -> bufferBytesInUse() == 0);
    for (LinkProbe probe : probes) {
      assertThat(probe.violations).as("calls against the SPI").isEmpty();
    }
  }

  final Transport transport(String host) {
    return transports.computeIfAbsent(host, this::newTransport);
  }

  final LinkProbe probe() {
    LinkProbe probe = new LinkProbe();
    probes.add(probe);
    return probe;
  }

  /** Two ends of a link that are up: bob has dialled alice. */
  record Pair(LinkProbe near, LinkProbe far) {}

  final Pair connect() {
    return connect(probe(), probe());
  }

  final Pair connect(LinkProbe near, LinkProbe far) {
    Transport.Listening listening = listen("alice", () -> far);
    transport("bob").dial(listening.endpoint(), DIAL_TIMEOUT, near);
    await("both ends to be up", () -> near.ups.get() == 1 && far.ups.get() == 1);
    return new Pair(near, far);
  }

  final Transport.Listening listen(String host, Transport.LinkAcceptor acceptor) {
    return get(transport(host).listen(new Endpoint(address(host), 0), acceptor));
  }

  final <T> T get(CompletionStage<T> stage) {
    await("a result", () -> stage.toCompletableFuture().isDone());
    return stage.toCompletableFuture().join();
  }

  final @Nullable Throwable failure(CompletionStage<?> stage) {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    AtomicBoolean done = new AtomicBoolean();
    stage.whenComplete(
        (result, error) -> {
          failure.set(error);
          done.set(true);
        });
    await("a failure", done::get);
    return failure.get();
  }

  /** Uses a probe on its loop, and waits until that is done. */
  final void run(LinkProbe probe, Consumer<LinkProbe> use) {
    runOn(probe.up().loop(), () -> use.accept(probe));
  }

  /** Uses a link on its loop, and waits until that is done. */
  final void call(LinkProbe probe, Consumer<Link> use) {
    run(probe, it -> it.call(use));
  }

  final void runOn(OwnerLoop loop, Runnable task) {
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    AtomicBoolean done = new AtomicBoolean();
    loop.execute(
        () -> {
          try {
            task.run();
          } catch (Throwable e) {
            failures.add(e);
          } finally {
            done.set(true);
          }
        });
    await("a task on the loop", done::get);
    assertThat(failures).isEmpty();
  }

  final void awaitDown(LinkProbe probe) {
    await("the link to go down", () -> probe.downs.get() == 1);
  }
}
