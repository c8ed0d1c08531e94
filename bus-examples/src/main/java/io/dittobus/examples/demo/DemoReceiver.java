// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.examples.support.Pause;
import io.dittobus.examples.support.ProcessMemory;
import io.dittobus.examples.support.Program;
import io.dittobus.examples.support.RateLimiter;
import io.dittobus.examples.support.Sha256;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.transport.tcp.TcpBus;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * The second process of the demo: takes both streams, counts what arrives, and reports. Started by
 * {@link Demo}; prints its port, and lives until its standard input ends, which it does when the
 * first process does, however that ends.
 */
final class DemoReceiver {

  private static final Duration REPORT_EVERY = Duration.ofMillis(250);
  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(1);

  private final @Nullable Sabotage sabotage;
  private final Sinks.Empty<Void> readingsDone = Sinks.empty();
  private final Pause pause = new Pause();

  // Guarded by this.
  private final DeliveryCheck file = new DeliveryCheck();
  private final DeliveryCheck readings = new DeliveryCheck();
  private final Sha256 sha256 = new Sha256();
  private double cpuLoad = -1;

  private DemoReceiver(@Nullable Sabotage sabotage) {
    this.sabotage = sabotage;
  }

  /**
   * Runs the process.
   *
   * @param arguments empty, or the name of a sabotage
   */
  public static void main(String[] arguments) throws IOException {
    Sabotage sabotage = arguments.length == 0 ? null : Sabotage.valueOf(arguments[0]);
    ReactorBus bus =
        Objects.requireNonNull(
            ReactorBus.start(TcpBus.builder().listen("127.0.0.1", 0).insecure()).block());
    new DemoReceiver(sabotage).serve(bus);
    System.out.println(bus.listenEndpoints().get(0).port());
    while (System.in.read() >= 0) {
      // Nothing comes; only its end counts.
    }
    bus.close(CLOSE_WITHIN).block();
    System.exit(Program.OK);
  }

  private void serve(ReactorBus bus) {
    bus.streams(Plan.READINGS).handle(this::takeReadings).subscribe();
    bus.streams(Plan.FILE).handle(this::takeFile).subscribe();
  }

  private Mono<Void> takeReadings(ReactorStream stream) {
    return stream
        .receive()
        .as(Reading.CODEC)
        .doOnNext(this::accept)
        .then()
        .doOnTerminate(readingsDone::tryEmitEmpty)
        .onErrorComplete(); // the first process is gone, and nobody is left to be told
  }

  private Mono<Void> takeFile(ReactorStream stream) {
    Plan plan = Plan.from(stream.remoteMetadata());
    RateLimiter limiter = new RateLimiter(plan.slowBytesPerSecond());
    Sabotage.Saboteur saboteur =
        sabotage == null ? null : new Sabotage.Saboteur(sabotage, plan.messages() / 3);
    Mono<Void> taken =
        stream
            .receive()
            // A thread that may block; never more than this many messages are asked for ahead.
            .deliverOn(Schedulers.boundedElastic(), Plan.DEMAND)
            .as(FileChunk.CODEC)
            .doOnNext(chunk -> accept(chunk, saboteur))
            .doOnNext(
                chunk -> {
                  if (plan.isSlow(chunk.index())) {
                    pause.hold(limiter.pass(chunk.data().length, System.nanoTime()));
                  }
                })
            .then(readingsDone.asMono());
    Flux<Report> reports =
        Flux.interval(REPORT_EVERY)
            .onBackpressureDrop()
            .map(tick -> report(new byte[0]))
            .takeUntilOther(taken)
            .concatWith(Mono.fromSupplier(this::lastReport));
    stream.onClose().subscribe(end -> pause.end());
    return stream.sendAndComplete(reports, Report.CODEC).onErrorComplete();
  }

  private synchronized void accept(Reading reading) {
    readings.accept(reading.index());
    cpuLoad = reading.cpuLoad();
  }

  private synchronized void accept(FileChunk arrived, Sabotage.@Nullable Saboteur saboteur) {
    if (saboteur == null) {
      check(arrived);
    } else {
      saboteur.apply(arrived).forEach(this::check);
    }
  }

  private synchronized void check(FileChunk chunk) {
    file.accept(chunk.index());
    sha256.add(chunk.data(), 0, chunk.data().length);
  }

  private synchronized Report lastReport() {
    return report(sha256.finish());
  }

  private synchronized Report report(byte[] hash) {
    return new Report(file.count(), readings.count(), cpuLoad, ProcessMemory.peakBytes(), hash);
  }
}
