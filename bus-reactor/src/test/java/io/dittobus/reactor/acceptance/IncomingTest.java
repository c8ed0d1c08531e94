// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.reactor.codec.Codecs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Streams that a peer opens: who gets them, how many, with what, and what the others hear. */
class IncomingTest {

  private static final int MOST = 20;

  private final Pair pair =
      new Pair(BusOptions.defaults().toBuilder().maxIncomingStreams(MOST).build());
  private final List<ReactorStream> opened = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(ReactorStream::dispose);
    pair.close();
  }

  private ReactorStream open(StreamOptions options) {
    ReactorStream stream = Pair.block(pair.bob.openStream(pair.aliceAddress, options));
    opened.add(stream);
    return stream;
  }

  private ReactorStream open(String label) {
    return open(StreamOptions.reliable(label));
  }

  private StreamEnd refused(String label) {
    Watcher<ReactorStream> watcher = new Watcher<>();
    pair.bob.openStream(pair.aliceAddress, StreamOptions.reliable(label)).subscribe(watcher);
    watcher.request(1);
    StreamEnd end = ((StreamException) watcher.failure()).end();
    assertThat(end.origin()).isEqualTo(StreamEnd.Origin.REMOTE);
    assertThat(end.isFailure()).isTrue();
    assertThat(pair.bob.peers()).as("the session lives on").containsExactly(pair.aliceAddress);
    return end;
  }

  @Test
  @DisplayName("demand is the limit: as many opens succeed as streams were requested")
  void demand() {
    assertThat(refused("any").reason()).isEqualTo(BusCompletionReason.REFUSED_NO_HANDLER);
    Watcher<ReactorStream> incoming = new Watcher<>();
    pair.alice.incomingStreams().subscribe(incoming);
    assertThat(refused("any").reason()).isEqualTo(BusCompletionReason.REFUSED_LIMIT);
    for (int round = 1; round <= 3; round++) {
      incoming.request(2);
      open("first");
      open("second");
      incoming.awaitCount(2 * round);
      StreamEnd end = refused("third");
      assertThat(end.reason()).isEqualTo(BusCompletionReason.REFUSED_LIMIT);
      assertThat(end.text()).isEqualTo("no further streams are taken now");
    }
    assertThat(incoming.values)
        .extracting(ReactorStream::label)
        .containsExactly("first", "second", "first", "second", "first", "second");
    ReactorStream taken = incoming.values.element();
    assertThat(taken.peer()).isEqualTo(pair.bob.address());
    assertThat(taken.streamID()).isEqualTo(opened.get(0).streamID());

    incoming.request(1).cancel();
    assertThat(refused("any").reason()).isEqualTo(BusCompletionReason.REFUSED_NO_HANDLER);
    Watcher<byte[]> received = new Watcher<>();
    taken.receive().asByteArray().subscribe(received);
    received.request(1);
    assertThat(Pair.block(opened.get(0).sink().emitAcked(new byte[1])))
        .as("a stream that was taken goes on without the Flux it came from")
        .isEqualTo(1);
  }

  @Test
  @DisplayName("a label that nobody handles is refused at once, while others are handled")
  void noHandler() {
    Disposable route = pair.alice.streams("handled").handle(ReactorStream::onClose).subscribe();
    StreamEnd end = refused("handled/not");
    assertThat(end.reason()).isEqualTo(BusCompletionReason.REFUSED_NO_HANDLER);
    assertThat(end.text()).isEqualTo("nobody handles this label");
    ReactorStream goesOn = open("handled");
    route.dispose();
    assertThat(refused("handled").reason()).isEqualTo(BusCompletionReason.REFUSED_NO_HANDLER);
    assertThat(goesOn.isDisposed()).isFalse();
    pair.alice.streams("handled").handle(ReactorStream::onClose).subscribe();
    open("handled");
  }

  @Test
  @DisplayName("a route takes as many as its concurrency at a time, and more when some are over")
  void concurrency() {
    pair.alice.streams("few").concurrency(2).handle(ReactorStream::onClose).subscribe();
    open("few");
    open("few");
    for (int round = 0; round < 3; round++) {
      StreamEnd end = refused("few");
      assertThat(end.reason()).isEqualTo(BusCompletionReason.REFUSED_LIMIT);
      assertThat(end.text()).isEqualTo("at most 2 streams of this label at a time");
      ReactorStream over = opened.get(round);
      over.dispose();
      Pair.block(over.onClose());
      open("few");
    }
  }

  @Test
  @DisplayName("a bus takes as many streams of a peer as maxIncomingStreams says")
  void limitOfTheBus() {
    pair.alice.streams("many").handle(ReactorStream::onClose).subscribe();
    for (int i = 0; i < MOST; i++) {
      open("many");
    }
    assertThat(refused("many").reason()).isEqualTo(BusCompletionReason.REFUSED_LIMIT);
    opened.get(7).dispose();
    Pair.block(opened.get(7).onClose());
    open("many");
  }

  @Test
  @DisplayName("a peer that is out of reach is waited for up to the timeout; oneself is an error")
  void outOfReach() {
    StreamOptions hasty = StreamOptions.reliable("x").withOpenTimeout(Duration.ofMillis(50));
    assertThatThrownBy(
            () ->
                pair.bob.openStream(PeerIdentity.ephemeral().address(), hasty).block(Pair.PATIENCE))
        .isInstanceOfSatisfying(
            StreamException.class,
            e -> assertThat(e.reason()).isEqualTo(BusCompletionReason.TIMED_OUT));
    assertThatThrownBy(() -> pair.bob.openStream(pair.bob.address(), hasty).block(Pair.PATIENCE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @DisplayName("empty messages are messages: each has its onNext, its place and its ack")
  void emptyMessages() {
    Queue<String> got = new ConcurrentLinkedQueue<>();
    pair.alice
        .streams("empty")
        .handle(stream -> stream.receive().asString().doOnNext(got::add).then())
        .subscribe();
    ReactorStream stream = open("empty");
    stream
        .sendAndComplete(Flux.just("", "a", "", "", "b", ""), Codecs.string())
        .block(Pair.PATIENCE);
    assertThat(got).containsExactly("", "a", "", "", "b", "");
    assertThat(stream.ackedSequence()).isEqualTo(6);
  }

  @Test
  @DisplayName("each label has its handler, whatever it is called")
  void manyLabels() {
    Map<String, String> got = new ConcurrentHashMap<>();
    List<String> labels =
        new ArrayList<>(List.of("a", "A", "a/v1", "ä€\uD83D\uDE00 \n", "x".repeat(255)));
    for (int i = labels.size(); i < MOST; i++) {
      labels.add("label/" + i);
    }
    for (String label : labels) {
      pair.alice
          .streams(label)
          .handle(
              stream ->
                  stream
                      .receive()
                      .asString()
                      .doOnNext(text -> got.merge(label, stream.label() + text, String::concat))
                      .then())
          .subscribe();
    }
    List<ReactorStream> streams = labels.stream().map(this::open).toList();
    assertThat(streams).extracting(ReactorStream::streamID).doesNotHaveDuplicates();
    Flux.fromIterable(streams)
        .flatMap(s -> s.sendAndComplete(Flux.just("=" + s.label()), Codecs.string()), MOST)
        .then()
        .block(Pair.PATIENCE);
    assertThat(got).hasSize(MOST);
    got.forEach((label, text) -> assertThat(text).isEqualTo(label + "=" + label));
  }

  @Test
  @DisplayName("metadata goes with the open, and back with the answer")
  void metadata() {
    Metadata there =
        Metadata.of("tenant", "ä").with("raw", new byte[] {0, -1}).with("large", new byte[4_000]);
    Metadata back = Metadata.of("version", "7");
    Queue<Metadata> seen = new ConcurrentLinkedQueue<>();
    pair.alice
        .streams("meta")
        .metadata(back)
        .handle(
            stream -> {
              seen.add(stream.remoteMetadata());
              return Mono.empty();
            })
        .subscribe();
    ReactorStream stream = open(StreamOptions.reliable("meta").withMetadata(there));
    assertThat(stream.remoteMetadata()).isEqualTo(back);
    Pair.await(() -> !seen.isEmpty());
    assertThat(seen).containsExactly(there);
    assertThat(seen.element().bytes("raw")).contains(new byte[] {0, -1});
    assertThat(seen.element().text("tenant"))
        .map(text -> text.getBytes(StandardCharsets.UTF_8).length)
        .contains(2);

    Watcher<ReactorStream> incoming = new Watcher<>();
    pair.alice.incomingStreams().subscribe(incoming);
    incoming.request(1);
    ReactorStream unhandled = open(StreamOptions.reliable("other").withMetadata(there));
    incoming.awaitCount(1);
    assertThat(incoming.values.element().remoteMetadata()).isEqualTo(there);
    assertThat(unhandled.remoteMetadata().isEmpty()).isTrue();
  }
}
