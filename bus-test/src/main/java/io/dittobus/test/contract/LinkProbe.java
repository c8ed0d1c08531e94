// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.contract;

import io.dittobus.core.transport.Link;
import io.dittobus.core.transport.Transport;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A handler that sends and receives known bytes, and notes every call that the SPI does not allow.
 * Its counters may be read by any thread; all else runs on the link's loop.
 */
final class LinkProbe implements Transport.DialHandler {

  private static final int MOST_PER_WRITE = 40_000;

  final AtomicInteger ups = new AtomicInteger();
  final AtomicInteger downs = new AtomicInteger();
  final AtomicInteger dialFailures = new AtomicInteger();
  final AtomicInteger writabilityChanges = new AtomicInteger();
  final Queue<String> violations = new ConcurrentLinkedQueue<>();

  volatile @Nullable Link link;
  volatile @Nullable Throwable downCause;
  volatile @Nullable String dialLine;
  volatile long received;
  final AtomicLong sent = new AtomicLong();
  volatile boolean readComplete = true;

  private final List<ByteBuf> watched = new ArrayList<>();
  private volatile Consumer<Link> onUp = up -> {};
  private volatile Consumer<Link> onBytes = up -> {};
  private volatile Runnable onDown = () -> {};
  private @Nullable ByteSource expected;
  private @Nullable ByteSource source;
  private Random random = new Random(0);
  private long toSend;
  private boolean calling;

  /** Runs when the link comes up. */
  LinkProbe onUp(Consumer<Link> action) {
    onUp = action;
    return this;
  }

  /** Runs after bytes have come in. */
  LinkProbe onBytes(Consumer<Link> action) {
    onBytes = action;
    return this;
  }

  /** Runs when the link goes down. */
  LinkProbe onDown(Runnable action) {
    onDown = action;
    return this;
  }

  /** What has to come in. Before anything does. */
  LinkProbe expect(long seed) {
    expected = new ByteSource(seed);
    return this;
  }

  /** Sends this many more bytes, while the link is writable. On the loop. */
  void send(long seed, long bytes) {
    if (source == null) {
      source = new ByteSource(seed);
      random = new Random(seed);
    }
    toSend += bytes;
    pump();
  }

  /** Writes and flushes this many bytes at once, writable or not. On the loop. */
  void sendNow(long seed, int bytes) {
    ByteSource bytesToSend = source == null ? new ByteSource(seed) : source;
    source = bytesToSend;
    ByteBuf buffer = up().allocator().buffer(bytes);
    buffer.writeBytes(bytesToSend.next(bytes));
    watched.add(buffer);
    call(link -> link.write(buffer));
    call(Link::flush);
    sent.addAndGet(bytes);
  }

  /** Uses the link; nothing of this handler may be called meanwhile. On the loop. */
  void call(Consumer<Link> use) {
    boolean nested = calling;
    calling = true;
    try {
      use.accept(up());
    } finally {
      calling = nested;
    }
  }

  /** Buffers of {@link #sendNow} that were not released. On the loop. */
  long watchedInUse() {
    return watched.stream().filter(buffer -> buffer.refCnt() > 0).count();
  }

  Link up() {
    Link up = link;
    if (up == null) {
      throw new AssertionError("The link is not up");
    }
    return up;
  }

  @Override
  public void linkUp(Link up) {
    link = up;
    check("linkUp", true);
    if (ups.incrementAndGet() > 1) {
      violations.add("linkUp came twice");
    }
    up.sessionBegins();
    onUp.accept(up);
  }

  @Override
  public void bytesReceived(ByteBuf bytes) {
    check("bytesReceived", false);
    readComplete = false;
    if (!bytes.isReadable()) {
      violations.add("bytesReceived without bytes");
    }
    // At once: under paranoid leak detection, a look at each byte would be noted.
    byte[] got = new byte[bytes.readableBytes()];
    bytes.readBytes(got);
    long before = received;
    if (expected != null && !Arrays.equals(got, expected.next(got.length))) {
      violations.add("bytes " + before + " to " + (before + got.length) + " are wrong");
      expected = null;
    }
    received = before + got.length;
    onBytes.accept(up());
  }

  @Override
  public void readCompleted() {
    check("readCompleted", false);
    readComplete = true;
  }

  @Override
  public void writabilityChanged() {
    check("writabilityChanged", false);
    writabilityChanges.incrementAndGet();
    pump();
  }

  @Override
  public void linkDown(@Nullable Throwable cause) {
    check("linkDown", false);
    downCause = cause;
    if (watchedInUse() > 0) {
      violations.add(watchedInUse() + " written buffers were not released before linkDown");
    }
    onDown.run();
    if (downs.incrementAndGet() > 1) {
      violations.add("linkDown came twice");
    }
  }

  @Override
  public void dialFailed(String line, Throwable cause) {
    dialLine = line;
    if (ups.get() > 0) {
      violations.add("dialFailed after linkUp");
    }
    if (dialFailures.incrementAndGet() > 1) {
      violations.add("dialFailed came twice");
    }
  }

  private void pump() {
    while (toSend > 0 && downs.get() == 0 && up().isWritable()) {
      ByteSource bytesToSend = source;
      if (bytesToSend == null) {
        return;
      }
      int size = (int) Math.min(toSend, random.nextInt(MOST_PER_WRITE >> random.nextInt(12)));
      ByteBuf buffer = up().allocator().buffer(Math.max(1, size));
      buffer.writeBytes(bytesToSend.next(size));
      call(link -> link.write(buffer));
      toSend -= size;
      sent.addAndGet(size);
      if (random.nextInt(4) == 0) {
        call(Link::flush);
      }
    }
    if (downs.get() == 0) {
      call(Link::flush);
    }
  }

  private void check(String callback, boolean first) {
    if (!up().loop().inLoop()) {
      violations.add(callback + " off the link's loop");
    }
    if (calling) {
      violations.add(callback + " from within a call of the link");
    }
    if (!first && ups.get() == 0) {
      violations.add(callback + " before linkUp");
    }
    if (downs.get() > 0) {
      violations.add(callback + " after linkDown");
    }
  }
}
