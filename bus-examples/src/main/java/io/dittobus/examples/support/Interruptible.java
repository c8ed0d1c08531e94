// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import io.dittobus.reactor.ReactorBus;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

/**
 * Waits for the work of a bus, and closes the bus: in order when the work is done, quickly when it
 * failed, and within 3 s when the process is told to end (Ctrl-C, SIGTERM), so that what is under
 * way gets through and the other side hears of it. What did not is said.
 */
public final class Interruptible {

  private static final Duration IN_ORDER = Duration.ofSeconds(5);
  private static final Duration INTERRUPTED = Duration.ofSeconds(3);
  private static final Duration QUICKLY = Duration.ofSeconds(1);

  private Interruptible() {}

  /**
   * Blocks until the work has ended and the bus is closed. The work begins when an interrupt can be
   * heard.
   *
   * @param onInterrupt what to do first when the process is told to end; the work is cancelled then
   * @return what the work came to
   * @throws RuntimeException what it failed with
   */
  public static <T> T await(ReactorBus bus, Mono<T> work, Runnable onInterrupt) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread hook = new Thread(() -> interrupt(result), "interrupt");
    Runtime.getRuntime().addShutdownHook(hook);
    Disposable running =
        work.switchIfEmpty(Mono.error(() -> new IllegalStateException("The work came to nothing")))
            .subscribe(result::complete, result::completeExceptionally);
    try {
      T value = result.get();
      close(bus, IN_ORDER);
      return value;
    } catch (CancellationException | InterruptedException e) {
      onInterrupt.run();
      running.dispose();
      close(bus, INTERRUPTED);
      throw new ProgramFailure("interrupted" + unfinished(bus), e);
    } catch (ExecutionException e) {
      close(bus, QUICKLY);
      throw Exceptions.propagate(e.getCause() == null ? e : e.getCause());
    } finally {
      remove(hook);
    }
  }

  /** Runs while the JVM shuts down, which takes as long as this does. */
  private static void interrupt(CompletableFuture<?> result) {
    result.cancel(true);
    Program.awaitLastWord();
  }

  private static void close(ReactorBus bus, Duration deadline) {
    bus.close(deadline).timeout(deadline.plus(QUICKLY), Mono.empty()).block();
  }

  /** What the bus could not bring to its end, or nothing. */
  private static String unfinished(ReactorBus bus) {
    return bus.closeReport()
        .timeout(QUICKLY, Mono.empty())
        .blockOptional()
        .filter(report -> !report.isClean())
        .map(report -> "; " + report.describe())
        .orElse("");
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs already, and ends the process.
    }
  }
}
