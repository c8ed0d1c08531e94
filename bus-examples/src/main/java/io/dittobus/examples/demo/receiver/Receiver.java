// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.receiver;

import io.dittobus.examples.support.NetworkSecretOptions;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.reactor.codec.Codecs;
import io.dittobus.transport.tcp.TcpBus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The process that receives. Prints the port where it listens, and lives until its standard input
 * ends, which it does when the sender's process has ended in whatever way.
 *
 * <p>Arguments: messages of the file, milliseconds of the steady and of the slow phase and of a
 * third of the last one, sabotage.
 */
final class Receiver {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(20);

  private static final Duration SENDER_ENDS_WITHIN = Duration.ofSeconds(10);

  private final long messages;
  private final Duration steady;
  private final Duration slow;
  private final Duration third;
  private final Sabotage sabotage;

  private Receiver(String[] args) {
    messages = Long.parseLong(args[0]);
    steady = Duration.ofMillis(Long.parseLong(args[1]));
    slow = Duration.ofMillis(Long.parseLong(args[2]));
    third = Duration.ofMillis(Long.parseLong(args[3]));
    sabotage = Sabotage.valueOf(args[4]);
  }

  /** The arguments for {@link #main}. */
  static String[] arguments(Settings settings) {
    return new String[] {
      Long.toString(settings.messages()),
      Long.toString(settings.steady().toMillis()),
      Long.toString(settings.slow().toMillis()),
      Long.toString(settings.third().toMillis()),
      settings.sabotage().name()
    };
  }

  /** Runs it. */
  @SuppressWarnings("SystemOut") // standard output is how the sender learns of the port
  public static void main(String[] args) {
    try {
      int port = new Receiver(args).start();
      System.out.println(port);
      System.out.flush();
      awaitEndOfInput();
      System.exit(0);
    } catch (IOException | RuntimeException e) {
      System.err.println("demo: the receiver failed: " + e.getMessage());
      System.exit(1);
    }
  }

  /** A Ctrl-C goes to both processes; the sender's is the one to say how this one ends. */
  private static void awaitEndOfInput() throws IOException {
    CountDownLatch ended = new CountDownLatch(1);
    Thread hook = new Thread(() -> await(ended), "outlive-sender");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      while (System.in.read() >= 0) {
        // Only the end matters.
      }
    } finally {
      ended.countDown();
    }
  }

  private static void await(CountDownLatch ended) {
    try {
      boolean unused = ended.await(SENDER_ENDS_WITHIN.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int start() {
    ReactorBus bus =
        ReactorBus.start(
                TcpBus.builder()
                    .listen("127.0.0.1", 0)
                    .options(Settings.busOptions())
                    .admission(new NetworkSecretOptions().admission()))
            .blockOptional(START_TIMEOUT)
            .orElseThrow();
    bus.streams(Settings.FILE_LABEL).handle(this::receiveFile).subscribe();
    bus.streams(Settings.READINGS_LABEL).handle(Receiver::receiveReadings).subscribe();
    new ModesReceiver(third).serve(bus);
    return bus.listenEndpoints().get(0).port();
  }

  private Publisher<?> receiveFile(ReactorStream stream) {
    Checker checker = new Checker();
    Sabotage.Saboteur saboteur = sabotage.saboteur(messages);
    Pace pace =
        new Pace(
            messages,
            steady,
            slow,
            phase -> stream.sink().tryEmitNext(text(Settings.PHASE + phase)));
    return stream
        .receive()
        .deliverOn(Schedulers.boundedElastic(), Settings.CREDIT_MESSAGES) // there we may block
        .asByteArray()
        .doOnNext(
            message -> {
              pace.awaitTurn();
              saboteur.pass(message, checker::accept);
            })
        .doOnComplete(() -> saboteur.end(checker::accept))
        .then(Mono.defer(() -> report(stream, checker)));
  }

  private static Publisher<?> receiveReadings(ReactorStream stream) {
    Checker checker = new Checker();
    return stream
        .receive()
        .asByteArray()
        .doOnNext(checker::accept)
        .then(Mono.defer(() -> report(stream, checker)));
  }

  private static Mono<Void> report(ReactorStream stream, Checker checker) {
    return stream.sendAndComplete(
        Mono.fromSupplier(() -> Settings.REPORT + checker.findings().toText()), Codecs.string());
  }

  private static byte[] text(String line) {
    return line.getBytes(StandardCharsets.UTF_8);
  }
}
