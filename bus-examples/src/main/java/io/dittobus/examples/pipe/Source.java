// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import io.dittobus.examples.support.Complaints;
import io.dittobus.examples.support.DemandClock;
import io.dittobus.examples.support.ProgramFailure;
import io.dittobus.examples.support.Sha256;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;

/**
 * What is sent: the bytes of a file or of standard input, cut into messages, none of which is read
 * before it was asked for. Then an empty message, which ends the data, and one with the SHA-256.
 */
final class Source {

  private final String name;
  private final Cutter cutter;
  private final Sha256 sha256 = new Sha256();
  private final DemandClock clock = new DemandClock();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong messages = new AtomicLong();
  private volatile byte @Nullable [] hash;

  Source(String name, Cutter cutter) {
    this.name = name;
    this.cutter = cutter;
  }

  /** The messages; to be subscribed to once. Read on a thread that may block. */
  Flux<byte[]> messages() {
    Flux<byte[]> data = Flux.generate(this::read);
    Flux<byte[]> end = Flux.defer(() -> Flux.just(new byte[0], finish()));
    return clock.watch(Flux.concat(data, end).subscribeOn(Schedulers.boundedElastic()));
  }

  private void read(SynchronousSink<byte[]> sink) {
    byte[] message;
    try {
      message = cutter.next();
    } catch (IOException e) {
      sink.error(new ProgramFailure("cannot read " + name + ": " + Complaints.reason(e), e));
      return;
    }
    if (message == null) {
      sink.complete();
      return;
    }
    sha256.add(message, 0, message.length);
    bytes.addAndGet(message.length);
    messages.incrementAndGet();
    sink.next(message);
  }

  private byte[] finish() {
    byte[] all = sha256.soFar();
    hash = all;
    return all;
  }

  /** The SHA-256, once everything was read. */
  byte @Nullable [] hash() {
    return hash;
  }

  /** Bytes read so far. */
  long bytes() {
    return bytes.get();
  }

  /** Messages that were made of them. */
  long messageCount() {
    return messages.get();
  }

  /** How long nobody asked for more, so far. */
  long heldNanos() {
    return clock.heldNanos(System.nanoTime());
  }
}
