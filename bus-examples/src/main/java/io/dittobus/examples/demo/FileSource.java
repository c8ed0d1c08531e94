// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.examples.demo.receiver.Settings;
import io.dittobus.examples.support.DemandClock;
import io.dittobus.examples.support.Sha256;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;

/** The file as messages, read only as they are asked for, and hashed as they are read. */
final class FileSource {

  private final Path file;
  private final DemandClock clock = new DemandClock();
  private final Sha256 digest = new Sha256();
  private final AtomicLong messages = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private volatile String sha256 = "";

  FileSource(Path file) {
    this.file = file;
  }

  /** How long nobody asked for more: the sender had no credit. */
  DemandClock clock() {
    return clock;
  }

  /** Messages taken so far. */
  long messages() {
    return messages.get();
  }

  /** Bytes of the file in them. */
  long bytes() {
    return bytes.get();
  }

  /** Hash of the file in hex; empty before its end. */
  String sha256() {
    return sha256;
  }

  /** The messages, once. Reads on a thread that may block. */
  Flux<ByteBuf> messagesFlux() {
    return clock.watch(
        Flux.generate(this::open, this::next, FileSource::close)
            .subscribeOn(Schedulers.boundedElastic()));
  }

  private FileChannel open() throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  private FileChannel next(FileChannel channel, SynchronousSink<ByteBuf> sink) {
    ByteBuf message =
        PooledByteBufAllocator.DEFAULT.directBuffer(Settings.INDEX_BYTES + Settings.CHUNK_BYTES);
    message.writeLong(messages.get());
    try {
      while (message.isWritable() && message.writeBytes(channel, message.writableBytes()) >= 0) {
        // Until the message is full or the file at its end.
      }
    } catch (IOException e) {
      message.release();
      throw new UncheckedIOException(e);
    }
    int read = message.readableBytes() - Settings.INDEX_BYTES;
    if (read == 0) {
      message.release();
      sha256 = Sha256.hex(digest.soFar());
      sink.complete();
      return channel;
    }
    digest.add(message.nioBuffer(Settings.INDEX_BYTES, read));
    messages.incrementAndGet();
    bytes.addAndGet(read);
    sink.next(message);
    return channel;
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // It was only read from.
    }
  }
}
