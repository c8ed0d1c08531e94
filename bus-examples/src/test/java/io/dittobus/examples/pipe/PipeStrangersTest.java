// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.examples.support.RunningProgram;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.transport.tcp.TcpBus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The other side is a program that does something else: this test's own. */
class PipeStrangersTest extends PipeProcesses {

  private static final byte[] WRONG_HASH = new byte[32];
  private static final byte[] END_OF_DATA = new byte[0];

  private final ReactorBus stranger = bus();

  @AfterEach
  void disposeOfStranger() {
    stranger.dispose();
  }

  private static ReactorBus bus() {
    TcpBus.Builder builder =
        TcpBus.builder().listen("127.0.0.1", 0).admission(Admission.networkSecret(SECRET));
    return Objects.requireNonNull(ReactorBus.start(builder).block(PATIENCE));
  }

  /** A sender to the stranger, which does this with the stream. */
  private RunningProgram sendTo(Function<ReactorStream, Publisher<?>> handler) throws Exception {
    stranger.streams(BusSettings.LABEL).handle(handler).subscribe();
    Endpoint endpoint = stranger.listenEndpoints().get(0);
    return pipe("send", endpoint.toString(), file("file", 100_000).toString());
  }

  /** A listener to which the stranger sends these messages. */
  private RunningProgram listenTo(Metadata metadata, byte[]... messages) throws Exception {
    Path copy = folder.resolve("copy");
    RunningProgram listener = listen("--out", copy.toString());
    StreamOptions options = StreamOptions.reliable(BusSettings.LABEL).withMetadata(metadata);
    stranger
        .connect(Endpoint.parse(endpoint(listener)))
        .flatMap(peer -> stranger.openStream(peer, options))
        .flatMap(
            stream ->
                Mono.when(stream.sendAndComplete(Flux.just(messages)), stream.receive().then()))
        .onErrorComplete() // what the listener makes of it is looked at there
        .block(PATIENCE);
    return listener;
  }

  @Test
  void anotherHashIsNoticedByTheSender() throws Exception {
    RunningProgram sender =
        sendTo(
            stream ->
                stream.receive().then(Mono.defer(() -> stream.sendAndComplete(just(WRONG_HASH)))));
    assertFailed(sender, 1, "the hashes differ", "the receiver has 00000000");
  }

  private static Mono<byte[]> just(byte[] message) {
    return Mono.just(message);
  }

  @Test
  void noAnswerIsNoticedByTheSender() throws Exception {
    RunningProgram sender =
        sendTo(
            stream ->
                stream.receive().then(Mono.defer(() -> stream.sendAndComplete(Flux.empty()))));
    assertFailed(sender, 1, "the other side ended without an answer");
  }

  @Test
  void noHandlerIsNoticedByTheSender() throws Exception {
    Endpoint endpoint = stranger.listenEndpoints().get(0);
    RunningProgram sender = pipe("send", endpoint.toString(), file("file", 1).toString());
    assertFailed(sender, 1, "the other side refused: ");
  }

  @Test
  void anotherHashIsNoticedByTheReceiver() throws Exception {
    RunningProgram listener =
        listenTo(Metadata.empty(), "data".getBytes(UTF_8), END_OF_DATA, WRONG_HASH);
    assertFailed(listener, 1, "the hashes differ");
  }

  @Test
  void aMissingHashIsNoticedByTheReceiver() throws Exception {
    RunningProgram listener = listenTo(Metadata.empty(), "data".getBytes(UTF_8), END_OF_DATA);
    assertFailed(listener, 1, "the sender ended without its hash", "not the whole (4 bytes)");
  }

  @Test
  void dataAfterTheEndIsNoticedByTheReceiver() throws Exception {
    RunningProgram listener =
        listenTo(Metadata.empty(), END_OF_DATA, WRONG_HASH, "data".getBytes(UTF_8));
    assertFailed(listener, 1, "the sender goes on after its end", "not the whole (0 bytes)");
  }

  @Test
  void aNameCannotSteerTheTerminalAndASizeNeedNotBeOne() throws Exception {
    Metadata metadata =
        Metadata.of(BusSettings.FILE_NAME, "a\u001b[31m\nb").with(BusSettings.FILE_BYTES, "many");
    RunningProgram listener = listenTo(metadata, END_OF_DATA);
    assertFailed(listener, 1, "the sender ended without its hash");
    assertThat(listener.err()).contains("pipe: receiving a?[31m b from peer ");
  }

  @Test
  void anotherSecretIsRefusedAndTheListenerWaitsOn() throws Exception {
    Path copy = folder.resolve("copy");
    RunningProgram listener = listen("--out", copy.toString());
    Path secret = folder.resolve("secret");
    NetworkSecret.random().save(secret);
    Path sent = file("file", 1_000);
    RunningProgram wrong = send(listener, sent, "--secret-file", secret.toString());
    assertFailed(wrong, 1, "does not admit this peer");
    RunningProgram right = send(listener, sent);
    assertThat(right.status()).as(right::err).isZero();
    assertThat(listener.status()).as(listener::err).isZero();
    assertThat(listener.err()).contains("does not know the network secret");
    assertThat(copy).hasSameBinaryContentAs(sent);
  }

  @Test
  void withoutEncryptionBothSidesSaySo() throws Exception {
    Path copy = folder.resolve("copy");
    RunningProgram listener = listen("--out", copy.toString(), "--insecure");
    Path sent = file("file", 1_000);
    assertThat(send(listener, sent).status()).isEqualTo(1);
    RunningProgram right = send(listener, sent, "--insecure");
    assertThat(right.status()).as(right::err).isZero();
    assertThat(listener.status()).as(listener::err).isZero();
    assertThat(copy).hasSameBinaryContentAs(sent);
  }

  @Test
  void aSecretThatIsNoneIsSaidWithoutRepeatingIt() throws Exception {
    Path secret = folder.resolve("secret");
    Files.writeString(secret, "hunter2");
    for (String permissions : List.of("rw-r--r--", "rw-------")) {
      Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString(permissions));
      RunningProgram program = pipe("listen", "--secret-file", secret.toString());
      assertFailed(
          program, 2, permissions.equals("rw-------") ? "16 to 256 random bytes" : "chmod 600");
      assertThat(program.err()).contains("network secret").doesNotContain("hunter2");
    }
  }
}
