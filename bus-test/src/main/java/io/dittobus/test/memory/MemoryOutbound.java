// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Random;

/**
 * The sending half of a link: what was written waits, what was flushed goes off in pieces of random
 * size as long as not too much is on the way. On the link's loop.
 */
final class MemoryOutbound {

  private static final int TINY = 8;
  private static final int SMALL = 512;
  private static final int LARGE = 16 * 1024;

  private final MemoryLink link;
  private final MemoryNetwork network;
  private final Random random;
  private final ArrayDeque<ByteBuf> written = new ArrayDeque<>();

  private long pendingBytes;
  private long flushedBytes;
  private long inFlightBytes;
  private long sentBytes;
  private long lastArrivalNanos;
  private boolean writable = true;
  private boolean ending;
  private boolean endSent;

  MemoryOutbound(MemoryLink link, MemoryNetwork network, Random random) {
    this.link = link;
    this.network = network;
    this.random = random;
    this.lastArrivalNanos = link.loop().nanoTime();
  }

  boolean isWritable() {
    return writable;
  }

  /** Grows with every byte, and with the end, that goes off. */
  long progress() {
    return sentBytes + (endSent ? 1 : 0);
  }

  boolean endSent() {
    return endSent;
  }

  void write(ByteBuf buffer) {
    if (!buffer.isReadable()) {
      buffer.release();
      return;
    }
    written.add(buffer);
    pendingBytes += buffer.readableBytes();
    network.notePending(pendingBytes);
    if (writable && pendingBytes > network.options().writeBufferBytes()) {
      writable = false;
      link.writabilityChanged();
    }
  }

  void flush() {
    flushedBytes = pendingBytes;
    transmit();
  }

  /** Sends everything, then the end. */
  void end() {
    ending = true;
    flush();
  }

  /** The other end has taken bytes. */
  void taken(long bytes) {
    if (!link.isDown()) {
      inFlightBytes -= bytes;
      transmit();
    }
  }

  void release() {
    written.forEach(ByteBuf::release);
    written.clear();
    pendingBytes = 0;
    flushedBytes = 0;
  }

  /** Lets something arrive at the other end, behind all that was sent. */
  void arriveBehind(Runnable arrival) {
    if (!link.other().loop().arriveAt(arrival, arrivalNanos())) {
      // The other host has closed; nobody is left to be told.
      endSent |= ending;
    }
  }

  private void transmit() {
    MemoryLink other = link.other();
    while (flushedBytes > 0 && inFlightBytes < network.options().inFlightBytes()) {
      long room = Math.min(flushedBytes, network.options().inFlightBytes() - inFlightBytes);
      ByteBuf piece = piece((int) Math.min(room, pieceBytes()));
      inFlightBytes += piece.readableBytes();
      if (!other.loop().arriveAt(() -> other.inbound().arrive(piece), arrivalNanos())) {
        piece.release();
      }
    }
    if (ending && !endSent && pendingBytes == 0) {
      endSent = true;
      arriveBehind(() -> other.inbound().arriveEnd());
    }
    if (!writable && pendingBytes <= network.options().writeBufferBytes() / 2) {
      writable = true;
      link.writabilityChanged();
    }
  }

  /** Copies bytes out of what was written, across the borders of buffers. */
  private ByteBuf piece(int bytes) {
    ByteBuf piece = network.allocator().buffer(bytes, bytes);
    while (piece.isWritable()) {
      ByteBuf first = written.element();
      piece.writeBytes(first, Math.min(first.readableBytes(), piece.writableBytes()));
      if (!first.isReadable()) {
        written.remove().release();
      }
    }
    pendingBytes -= bytes;
    flushedBytes -= bytes;
    sentBytes += bytes;
    return piece;
  }

  private int pieceBytes() {
    int kind = random.nextInt(10);
    return 1 + random.nextInt(kind == 0 ? TINY : kind <= 2 ? SMALL : LARGE);
  }

  /** When what leaves now arrives: never before what left earlier. */
  private long arrivalNanos() {
    long arrival = link.loop().nanoTime() + network.latencyNanos(random);
    if (arrival - lastArrivalNanos > 0) {
      lastArrivalNanos = arrival;
    }
    return lastArrivalNanos;
  }
}
