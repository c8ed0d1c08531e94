// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.examples.support.Complaints;
import io.dittobus.examples.support.DemandClock;
import io.dittobus.examples.support.ProgramFailure;
import io.dittobus.examples.support.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;

/** The pieces of the file, read one by one as they are asked for. */
final class FileSource {

  private final BigFile file;
  private final Sha256 sha256 = new Sha256();
  private final DemandClock clock = new DemandClock();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong messages = new AtomicLong();

  FileSource(BigFile file) {
    this.file = file;
  }

  /** The pieces; to be subscribed to once. */
  Flux<FileChunk> chunks() {
    Flux<FileChunk> chunks =
        Flux.using(
            () -> Files.newInputStream(file.path()),
            in -> Flux.generate((SynchronousSink<FileChunk> sink) -> read(in, sink)),
            FileSource::close);
    return clock.watch(chunks.subscribeOn(Schedulers.boundedElastic()));
  }

  private void read(InputStream in, SynchronousSink<FileChunk> sink) {
    try {
      long left = file.bytes() - bytes.get();
      byte[] data = in.readNBytes((int) Math.min(left, Plan.CHUNK_BYTES));
      if (data.length == 0) {
        sink.complete();
        return;
      }
      sha256.add(data, 0, data.length);
      bytes.addAndGet(data.length);
      sink.next(new FileChunk(messages.getAndIncrement(), data));
    } catch (IOException e) {
      sink.error(new ProgramFailure("cannot read " + file.path() + ": " + Complaints.reason(e), e));
    }
  }

  private static void close(InputStream in) {
    try {
      in.close();
    } catch (IOException e) {
      // It was only read.
    }
  }

  /** The SHA-256 of what was read; once, when all was. */
  byte[] hash() {
    return sha256.finish();
  }

  /** Bytes read so far. */
  long bytes() {
    return bytes.get();
  }

  /** Pieces made of them. */
  long messageCount() {
    return messages.get();
  }

  /** How long nobody asked for more, so far. */
  long heldNanos() {
    return clock.heldNanos(System.nanoTime());
  }

  /** How often nobody did, for at least a millisecond. */
  long stalls() {
    return clock.stalls();
  }
}
