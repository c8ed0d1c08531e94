// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Random;

/**
 * The receiving half of a link: what has arrived waits while reading is suspended or the direction
 * stalls. The room that it takes is given back to the sender when the handler has taken it. On the
 * link's loop.
 */
final class MemoryInbound {

  private final MemoryLink link;
  private final MemoryNetwork network;
  private final Random random;
  private final ArrayDeque<ByteBuf> arrived = new ArrayDeque<>();

  private boolean endArrived;
  private boolean suspended;
  private boolean lost;
  private boolean delivering;
  private long stalledUntilNanos;

  MemoryInbound(MemoryLink link, MemoryNetwork network, Random random) {
    this.link = link;
    this.network = network;
    this.random = random;
    this.stalledUntilNanos = link.loop().nanoTime();
  }

  void arrive(ByteBuf piece) {
    if (lost || link.isDown()) {
      piece.release();
      return;
    }
    drawFaults();
    arrived.add(piece);
    if (link.isClosing()) {
      discard();
    } else {
      deliverLater();
    }
  }

  void arriveEnd() {
    if (lost || link.isDown()) {
      return;
    }
    endArrived = true;
    deliverLater();
  }

  void suspend(boolean suspend) {
    suspended = suspend;
    deliverLater();
  }

  void stall(long nanos) {
    long until = link.loop().nanoTime() + nanos;
    if (until - stalledUntilNanos > 0) {
      stalledUntilNanos = until;
    }
  }

  /** From now on nothing arrives. */
  void lose() {
    lost = true;
    release();
  }

  boolean isLost() {
    return lost;
  }

  /** Throws away what has arrived, as if it had been taken. */
  void discard() {
    giveBack(release());
  }

  /** Runs an action now, or when the stall is over. */
  void afterStall(Runnable action) {
    long wait = stalledUntilNanos - link.loop().nanoTime();
    if (wait <= 0) {
      action.run();
    } else {
      link.loop().arriveAt(() -> afterStall(action), stalledUntilNanos);
    }
  }

  /** Delivers in a moment, so that what arrives at the same time comes together. */
  void deliverLater() {
    if (!delivering) {
      delivering = true;
      link.loop().execute(() -> afterStall(this::deliver));
    }
  }

  private void deliver() {
    delivering = false;
    if (link.isUp() && !suspended && !arrived.isEmpty()) {
      deliverBytes();
    }
    boolean read = !suspended || link.isClosing();
    if (endArrived && !lost && arrived.isEmpty() && read && (link.isUp() || link.isClosing())) {
      link.ended();
    }
  }

  private void deliverBytes() {
    long taken = 0;
    try {
      while (!arrived.isEmpty() && !suspended && link.isUp()) {
        ByteBuf piece = arrived.remove();
        taken += piece.readableBytes();
        try {
          link.handler().bytesReceived(piece);
        } finally {
          piece.release();
        }
      }
      if (link.isUp()) {
        link.handler().readCompleted();
      }
    } catch (RuntimeException | Error e) {
      link.failed(e);
      throw e;
    } finally {
      giveBack(taken);
    }
  }

  private long release() {
    long bytes = 0;
    while (!arrived.isEmpty()) {
      ByteBuf piece = arrived.remove();
      bytes += piece.readableBytes();
      piece.release();
    }
    return bytes;
  }

  private void giveBack(long bytes) {
    if (bytes > 0 && !lost) {
      MemoryLink other = link.other();
      long latency = network.latencyNanos(random);
      other.loop().arriveAt(() -> other.outbound().taken(bytes), link.loop().nanoTime() + latency);
    }
  }

  private void drawFaults() {
    Faults faults = network.faults();
    if (faults.stallChance() > 0 && random.nextDouble() < faults.stallChance()) {
      stall((long) (random.nextDouble() * faults.maxStall().toNanos()));
    }
    if (faults.cutChance() > 0 && random.nextDouble() < faults.cutChance()) {
      link.lostByChance();
    }
  }
}
