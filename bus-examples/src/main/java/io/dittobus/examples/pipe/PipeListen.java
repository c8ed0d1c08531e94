// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.examples.support.Complaints;
import io.dittobus.examples.support.Interruptible;
import io.dittobus.examples.support.Program;
import io.dittobus.examples.support.ProgramFailure;
import io.dittobus.examples.support.Progress;
import io.dittobus.examples.support.RateLimiter;
import io.dittobus.examples.support.Sha256;
import io.dittobus.examples.support.Sizes;
import io.dittobus.examples.support.Text;
import io.dittobus.examples.support.WholeNumbers;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.transport.tcp.TcpBus;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** {@code pipe listen}: waits for one stream, and writes what comes. */
@Command(
    name = "listen",
    description = {"Waits for one 'pipe send', writes what it sends, and ends.", ""},
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PipeListen implements Callable<Integer> {

  /** Messages that may wait for the thread that writes; the window bounds their bytes. */
  private static final int MAX_WAITING = 1024;

  /** Told to the sender when this side gives up. */
  private static final long GAVE_UP = 1;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--host",
      paramLabel = "HOST",
      defaultValue = "127.0.0.1",
      description = {
        "Address to listen at (default: ${DEFAULT-VALUE}). The connection is not encrypted,",
        "and whoever can reach the address can send."
      })
  private String host = "127.0.0.1";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      converter = WholeNumbers.class,
      defaultValue = "0",
      description = "Port to listen at; 0 (the default) takes a free one and prints it.")
  private int port;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = Output.STDOUT,
      description = {
        "Where to write; a file that exists is overwritten. '-' (the default) is standard",
        "output, which gets the data and nothing else."
      })
  private String target = Output.STDOUT;

  @Option(
      names = "--slow",
      paramLabel = "RATE",
      converter = Sizes.class,
      description = {
        "Take no more than this many bytes per second, e.g. 5M. The sender is held: it reads",
        "its file no faster, and its memory stays flat."
      })
  private @Nullable Long slow;

  @Mixin private BusSettings settings = new BusSettings();

  private final Sinks.One<byte[]> outcome = Sinks.one();
  private final AtomicReference<@Nullable ReactorStream> current = new AtomicReference<>();
  private volatile long begunNanos;
  private volatile long totalBytes;

  @Override
  public Integer call() {
    if (port < 0 || port > 65_535) {
      throw new ParameterException(spec.commandLine(), "--port is 0 to 65535; this is " + port);
    }
    if (host.isBlank()) {
      throw new ParameterException(spec.commandLine(), "--host is empty");
    }
    ReactorBus bus = settings.start(TcpBus.builder().listen(host, port));
    try (Output out = Output.open(target)) {
      return serve(bus, out);
    } finally {
      bus.dispose();
    }
  }

  private int serve(ReactorBus bus, Output out) {
    Reception reception = new Reception(out, slow == null ? null : new RateLimiter(slow));
    Disposable route =
        bus.streams(BusSettings.LABEL)
            .concurrency(1)
            .handle(stream -> receive(bus, stream, reception))
            .subscribe();
    Mono<byte[]> once =
        outcome
            .asMono()
            .doOnSubscribe(s -> sayWhere(bus.listenEndpoints()))
            .doFinally(signal -> route.dispose());
    byte[] hash;
    try {
      hash =
          Progress.during(
              Pipe.NAME,
              () -> soFar(reception),
              () -> Interruptible.await(bus, once, this::giveUp));
    } catch (RuntimeException e) {
      throw current.get() == null ? e : incomplete(out, reception, e);
    }
    return report(reception, hash);
  }

  private static void sayWhere(List<Endpoint> endpoints) {
    endpoints.forEach(endpoint -> Program.say(Pipe.NAME, "listening on " + endpoint));
  }

  /** One transfer. Fails only for the outcome: the sender is told in words of our own. */
  private Mono<Void> receive(ReactorBus bus, ReactorStream stream, Reception reception) {
    if (!current.compareAndSet(null, stream)) {
      stream.sink().tryEmitError(GAVE_UP, "this listener serves one transfer, and had it");
      return Mono.empty();
    }
    begin(stream);
    Pauses.say(bus, stream.peer());
    return stream
        .receive()
        // Writing blocks, so it has a thread of its own. A message is acknowledged when it was
        // written, and no sooner.
        .deliverOn(Schedulers.boundedElastic(), MAX_WAITING)
        .doOnNext(message -> take(message, stream, reception))
        .then(Mono.fromCallable(reception::finish))
        .flatMap(hash -> stream.sendAndComplete(Mono.just(hash)).thenReturn(hash))
        .doOnNext(outcome::tryEmitValue)
        .onErrorResume(
            failure -> {
              tell(stream, failure);
              outcome.tryEmitError(failure);
              return Mono.empty();
            })
        .doOnSubscribe(s -> stream.onClose().subscribe(end -> reception.hurry()))
        .then();
  }

  /** If it fails, tells the sender before the bus does, which knows no more than that. */
  private static void take(ByteBuf message, ReactorStream stream, Reception reception) {
    try {
      reception.accept(message);
    } catch (RuntimeException failure) {
      tell(stream, failure);
      throw failure;
    }
  }

  /** Tells the sender why this side gives up; once is enough, more is without effect. */
  private static void tell(ReactorStream stream, Throwable failure) {
    stream.sink().tryEmitError(GAVE_UP, Complaints.of(failure));
  }

  private void begin(ReactorStream stream) {
    begunNanos = System.nanoTime();
    Metadata metadata = stream.remoteMetadata();
    totalBytes = metadata.text(BusSettings.FILE_BYTES).map(PipeListen::number).orElse(0L);
    Program.say(
        Pipe.NAME,
        "receiving "
            + metadata.text(BusSettings.FILE_NAME).map(Text::oneLine).orElse("a stream")
            + (totalBytes > 0 ? " (" + Text.bytes(totalBytes) + ")" : "")
            + " from peer "
            + stream.peer());
  }

  /** What a peer says is not to be relied on. */
  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private void giveUp() {
    ReactorStream stream = current.get();
    if (stream != null) {
      stream.sink().tryEmitError(GAVE_UP, "interrupted");
      stream.dispose();
    }
  }

  private static ProgramFailure incomplete(Output out, Reception reception, RuntimeException e) {
    return new ProgramFailure(
        "%s. What %s has is not the whole (%d bytes)"
            .formatted(Complaints.of(e), out.name(), reception.bytes()),
        e);
  }

  private int report(Reception reception, byte[] hash) {
    long nanos = System.nanoTime() - begunNanos;
    Program.say(
        Pipe.NAME,
        "received %d bytes in %s, %s, %s"
            .formatted(
                reception.bytes(),
                Text.count(reception.messageCount(), "message"),
                Text.seconds(nanos),
                Text.rate(reception.bytes(), nanos)));
    Program.say(Pipe.NAME, "sha256 " + Sha256.hex(hash));
    if (reception.isExpected(hash)) {
      return Program.OK;
    }
    Program.say(Pipe.NAME, "the hashes differ, what arrived is spoiled: send it again");
    return Program.FAILED;
  }

  private String soFar(Reception reception) {
    if (current.get() == null) {
      return "waiting for a sender";
    }
    long bytes = reception.bytes();
    long nanos = System.nanoTime() - begunNanos;
    String of =
        totalBytes > 0
            ? " of %s (%d %%)".formatted(Text.bytes(totalBytes), 100 * bytes / totalBytes)
            : "";
    return "received %s%s, %s".formatted(Text.bytes(bytes), of, Text.rate(bytes, nanos));
  }
}
