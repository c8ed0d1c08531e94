// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import io.dittobus.reactor.ReactorBus;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

/**
 * Waits for the work of a bus, and closes the bus: in order when the work is done, and quickly when
 * the process is told to end (Ctrl-C, SIGTERM), so that the other side hears of it.
 */
public final class Interruptible {

  private static final Duration IN_ORDER = Duration.ofSeconds(5);
  private static final Duration QUICKLY = Duration.ofSeconds(1);

  private Interruptible() {}

  /**
   * Blocks until the work has ended and the bus is closed.
   *
   * @param onInterrupt what to do first when the process is told to end; the work is cancelled then
   * @return what the work came to
   * @throws RuntimeException what it failed with
   */
  public static <T> T await(ReactorBus bus, Mono<T> work, Runnable onInterrupt) {
    CompletableFuture<T> result = work.toFuture();
    Thread hook = new Thread(() -> interrupt(bus, result, onInterrupt), "interrupt");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      T value = result.get();
      close(bus, IN_ORDER);
      return value;
    } catch (CancellationException | InterruptedException e) {
      throw new ProgramFailure("interrupted", e);
    } catch (ExecutionException e) {
      close(bus, QUICKLY);
      throw Exceptions.propagate(e.getCause() == null ? e : e.getCause());
    } finally {
      remove(hook);
    }
  }

  private static void interrupt(ReactorBus bus, CompletableFuture<?> result, Runnable onInterrupt) {
    if (!result.isDone()) {
      onInterrupt.run();
      result.cancel(true);
    }
    close(bus, QUICKLY);
  }

  private static void close(ReactorBus bus, Duration deadline) {
    bus.close(deadline).timeout(deadline.plus(QUICKLY), Mono.empty()).block();
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs already, and ends the process.
    }
  }
}
