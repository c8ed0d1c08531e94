// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Both streams at the sending side: the file, and beside it the readings. */
final class Transfer {

  private final Plan plan;
  private final FileSource file;
  private final ReadingsSource readings = new ReadingsSource();
  private final AtomicLong mostAhead = new AtomicLong();
  private volatile @Nullable ReactorStream fileStream;
  private volatile @Nullable Report latest;

  Transfer(Plan plan, FileSource file) {
    this.plan = plan;
    this.file = file;
  }

  /** Sends everything; comes with what the other process found, when it has found it. */
  Mono<Report> run(ReactorBus bus, Endpoint endpoint) {
    StreamOptions fileOptions = StreamOptions.reliable(Plan.FILE).withMetadata(plan.toMetadata());
    return bus.connect(endpoint)
        .flatMap(
            peer ->
                Mono.zip(
                    bus.openStream(peer, StreamOptions.reliable(Plan.READINGS)),
                    bus.openStream(peer, fileOptions)))
        .flatMap(streams -> send(streams.getT1(), streams.getT2()));
  }

  private Mono<Report> send(ReactorStream readingsStream, ReactorStream stream) {
    fileStream = stream;
    // Done when the other side has acknowledged every piece, and the end.
    Mono<Void> fileSent =
        stream
            .sendAndComplete(file.chunks().doOnNext(chunk -> noteAhead(stream)), FileChunk.CODEC)
            .cache();
    Mono<Void> readingsSent = readings.sendTo(readingsStream, fileSent);
    Mono<Report> lastReport =
        stream.receive().as(Report.CODEC).doOnNext(report -> latest = report).last();
    return Mono.zip(
        lastReport, Mono.when(fileSent, readingsSent).thenReturn(true), (report, done) -> report);
  }

  private void noteAhead(ReactorStream stream) {
    mostAhead.accumulateAndGet(file.messageCount() - stream.ackedSequence(), Math::max);
  }

  Plan plan() {
    return plan;
  }

  FileSource file() {
    return file;
  }

  ReadingsSource readings() {
    return readings;
  }

  /** Whether the stream of the file is open. */
  boolean hasBegun() {
    return fileStream != null;
  }

  /** Pieces that the other side has acknowledged. */
  long ackedMessages() {
    ReactorStream stream = fileStream;
    return stream == null ? 0 : stream.ackedSequence();
  }

  /** Pieces that may be sent before the other side asks for more. */
  long creditLeft() {
    ReactorStream stream = fileStream;
    return stream == null ? 0 : stream.grantedMessages() - stream.emittedSequence();
  }

  /** Pieces that were read and not acknowledged, at most. */
  long mostAhead() {
    return mostAhead.get();
  }

  /** What the other side reported last. */
  @Nullable Report latest() {
    return latest;
  }
}
