// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import io.dittobus.examples.support.Pause;
import io.dittobus.examples.support.ProgramFailure;
import io.dittobus.examples.support.RateLimiter;
import io.dittobus.examples.support.Sha256;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What is received, in this order: messages of data, which are written; an empty one; one with the
 * sender's SHA-256. Messages are taken by one thread at a time, which may block; the counters may
 * be read by any.
 */
final class Reception {

  private static final int HASH_BYTES = 32;

  private final Output out;
  private final @Nullable RateLimiter limiter;
  private final Pause pause = new Pause();
  private final Sha256 sha256 = new Sha256();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong messages = new AtomicLong();

  private boolean begun;
  private boolean dataEnded;
  private byte @Nullable [] expectedHash;

  /**
   * A reception.
   *
   * @param limiter how fast it takes the data, or null: as fast as it can
   */
  Reception(Output out, @Nullable RateLimiter limiter) {
    this.out = out;
    this.limiter = limiter;
  }

  /** Takes a message; when this returns, it was written. */
  void accept(ByteBuf message) {
    if (!begun) {
      begun = true;
      out.begin();
    }
    if (expectedHash != null) {
      throw new ProgramFailure("the sender goes on after its end: it is no pipe of this version");
    }
    if (dataEnded) {
      expectedHash = ByteBufUtil.getBytes(message);
    } else if (message.isReadable()) {
      write(message);
    } else {
      dataEnded = true;
    }
  }

  private void write(ByteBuf message) {
    int size = message.readableBytes();
    for (ByteBuffer part : message.nioBuffers()) {
      sha256.add(part);
      out.write(part);
    }
    bytes.addAndGet(size);
    messages.incrementAndGet();
    if (limiter != null) {
      pause.hold(limiter.pass(size, System.nanoTime()));
    }
  }

  /** Nothing more will come: whoever waits for its turn need not. Any thread. */
  void hurry() {
    pause.end();
  }

  /**
   * Everything was taken: closes the output.
   *
   * @return the SHA-256 of what was written
   * @throws ProgramFailure if the end is missing
   */
  byte[] finish() {
    byte[] expected = expectedHash;
    if (expected == null || expected.length != HASH_BYTES) {
      throw new ProgramFailure("the sender ended without its hash: it is no pipe of this version");
    }
    out.close();
    return sha256.soFar();
  }

  /** Whether this hash is the sender's. */
  boolean isExpected(byte[] hash) {
    return Arrays.equals(hash, expectedHash);
  }

  /** Bytes written so far. */
  long bytes() {
    return bytes.get();
  }

  /** Messages that brought them. */
  long messageCount() {
    return messages.get();
  }
}
