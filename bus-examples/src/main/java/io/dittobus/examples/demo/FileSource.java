// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;

/** The file as messages, read only as they are asked for, and hashed as they are read. */
final class FileSource {

  /** Bytes of the file in each message but the last. */
  static final int CHUNK_BYTES = 16 * 1024;

  private final Path file;
  private final CreditMeter meter = new CreditMeter();
  private final MessageDigest digest = Hashes.sha256();
  private final AtomicLong messages = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private volatile String sha256 = "";

  FileSource(Path file) {
    this.file = file;
  }

  /** Messages of a file of this size. */
  static long messagesOf(long fileBytes) {
    return (fileBytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
  }

  CreditMeter meter() {
    return meter;
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
    return Flux.generate(this::open, this::next, FileSource::close)
        .doOnRequest(meter::requested)
        .doOnNext(message -> meter.taken())
        .doFinally(signal -> meter.ended())
        .subscribeOn(Schedulers.boundedElastic());
  }

  private FileChannel open() throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  private FileChannel next(FileChannel channel, SynchronousSink<ByteBuf> sink) {
    ByteBuf message =
        PooledByteBufAllocator.DEFAULT.directBuffer(Checker.INDEX_BYTES + CHUNK_BYTES);
    message.writeLong(messages.get());
    try {
      while (message.isWritable() && message.writeBytes(channel, message.writableBytes()) >= 0) {
        // Until the message is full or the file at its end.
      }
    } catch (IOException e) {
      message.release();
      throw new UncheckedIOException(e);
    }
    int read = message.readableBytes() - Checker.INDEX_BYTES;
    if (read == 0) {
      message.release();
      sha256 = Hashes.hexSoFar(digest);
      sink.complete();
      return channel;
    }
    digest.update(message.nioBuffer(Checker.INDEX_BYTES, read));
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
