// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.examples.support.Complaints;
import io.dittobus.examples.support.Endpoints;
import io.dittobus.examples.support.Interruptible;
import io.dittobus.examples.support.Program;
import io.dittobus.examples.support.ProgramFailure;
import io.dittobus.examples.support.Progress;
import io.dittobus.examples.support.Sha256;
import io.dittobus.examples.support.Sizes;
import io.dittobus.examples.support.Text;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.transport.tcp.TcpBus;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Mono;

/** {@code pipe send}: opens a stream to the one who listens, and sends a file. */
@Command(
    name = "send",
    description = {
      "Sends a file or standard input to a 'pipe listen'.",
      "It is read only as fast as the other side asks for more.",
      ""
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PipeSend implements Callable<Integer> {

  private static final String STDIN = "-";
  private static final long MAX_CHUNK = 8 << 20;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "HOST:PORT",
      converter = Endpoints.class,
      description = "Where the other side listens.")
  private Endpoint endpoint = new Endpoint("127.0.0.1", 0);

  @Parameters(
      index = "1",
      paramLabel = "FILE",
      defaultValue = STDIN,
      description = "What to send; '-' (the default) is standard input.")
  private String file = STDIN;

  @Option(names = "--lines", description = "One message for each line, not for each chunk.")
  private boolean lines;

  @Option(
      names = "--chunk",
      paramLabel = "SIZE",
      converter = Sizes.class,
      defaultValue = "64K",
      description = {
        "Bytes in a message at most, 1 to 8M; longer lines are cut",
        "(default: ${DEFAULT-VALUE})."
      })
  private long chunk;

  @Mixin private BusSettings settings = new BusSettings();

  @Override
  public Integer call() throws IOException {
    if (chunk > MAX_CHUNK) {
      throw new ParameterException(spec.commandLine(), "--chunk is 1 to 8M bytes");
    }
    try (InputStream in = open()) {
      int size = (int) chunk;
      Source source = new Source(name(), lines ? Cutter.lines(in, size) : Cutter.chunks(in, size));
      return send(source, metadata());
    }
  }

  private int send(Source source, Metadata metadata) {
    ReactorBus bus = settings.start(TcpBus.builder());
    StreamOptions options = StreamOptions.reliable(BusSettings.LABEL).withMetadata(metadata);
    Mono<byte[]> transfer =
        bus.connect(endpoint)
            .doOnNext(peer -> Pauses.say(bus, peer))
            .flatMap(peer -> bus.openStream(peer, options))
            .flatMap(stream -> transfer(stream, source));

    long total = Long.parseLong(metadata.text(BusSettings.FILE_BYTES).orElse("0"));
    long begunNanos = System.nanoTime();
    byte[] answer =
        Progress.during(
            Pipe.NAME,
            () -> soFar(source, total, begunNanos),
            () -> Interruptible.await(bus, transfer, () -> {}));
    long nanos = System.nanoTime() - begunNanos;
    Program.say(
        Pipe.NAME,
        "sent %d bytes in %s, %s, %s, %s without credit"
            .formatted(
                source.bytes(),
                Text.count(source.messageCount(), "message"),
                Text.seconds(nanos),
                Text.rate(source.bytes(), nanos),
                Text.seconds(source.heldNanos())));
    return compare(Objects.requireNonNull(source.hash()), answer);
  }

  /** Sends everything; comes with the hash of what the other side has, once it has everything. */
  private static Mono<byte[]> transfer(ReactorStream stream, Source source) {
    Mono<byte[]> answer =
        stream
            .receive()
            .asByteArray()
            .single()
            .onErrorMap(
                NoSuchElementException.class,
                e -> new ProgramFailure("the other side ended without an answer", e));
    // Done when the other side has acknowledged the last message, not when it is on the wire.
    Mono<Boolean> sent = stream.sendAndComplete(source.messages()).thenReturn(true);
    return Mono.zip(answer, sent, (hash, done) -> hash);
  }

  private static int compare(byte[] sent, byte[] received) {
    Program.say(Pipe.NAME, "sha256 " + Sha256.hex(sent));
    if (Arrays.equals(sent, received)) {
      return Program.OK;
    }
    Program.say(
        Pipe.NAME,
        "the hashes differ, what arrived is spoiled: the receiver has " + Sha256.hex(received));
    return Program.FAILED;
  }

  private static String soFar(Source source, long total, long begunNanos) {
    long bytes = source.bytes();
    long nanos = System.nanoTime() - begunNanos;
    String of = total > 0 ? " of %s (%d %%)".formatted(Text.bytes(total), 100 * bytes / total) : "";
    return "sent %s%s, %s, %s without credit"
        .formatted(
            Text.bytes(bytes), of, Text.rate(bytes, nanos), Text.seconds(source.heldNanos()));
  }

  private String name() {
    return file.equals(STDIN) ? "standard input" : file;
  }

  private InputStream open() {
    if (file.equals(STDIN)) {
      return new FileInputStream(FileDescriptor.in);
    }
    try {
      Path path = Path.of(file);
      if (Files.isDirectory(path)) {
        throw new ProgramFailure(
            "cannot read " + file + ": it is a folder; give a file, or pipe an archive into this");
      }
      return Files.newInputStream(path);
    } catch (InvalidPathException e) {
      throw new ProgramFailure("cannot read " + file + ": not a name for a file", e);
    } catch (IOException e) {
      throw new ProgramFailure("cannot read " + file + ": " + Complaints.reason(e), e);
    }
  }

  private Metadata metadata() throws IOException {
    if (file.equals(STDIN)) {
      return Metadata.empty();
    }
    Path path = Path.of(file);
    Path last = path.getFileName();
    Metadata name = Metadata.of(BusSettings.FILE_NAME, last == null ? file : last.toString());
    return Files.isRegularFile(path)
        ? name.with(BusSettings.FILE_BYTES, Long.toString(Files.size(path)))
        : name;
  }
}
