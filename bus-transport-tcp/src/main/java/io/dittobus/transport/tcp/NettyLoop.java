// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.dittobus.core.transport.OwnerLoop;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** An event loop of Netty's as the owner of links. */
final class NettyLoop implements OwnerLoop {

  private static final Timer FORGOTTEN = () -> {};

  private final EventLoop eventLoop;

  NettyLoop(EventLoop eventLoop) {
    this.eventLoop = eventLoop;
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  @Override
  public boolean inLoop() {
    return eventLoop.inEventLoop();
  }

  @Override
  public void execute(Runnable task) {
    // The loop has ended, and with it all that could have wanted this task: the SPI says that it is
    // dropped.
    boolean unused = tryExecute(task);
  }

  /** The same; false if the loop has ended. */
  boolean tryExecute(Runnable task) {
    try {
      eventLoop.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      assert eventLoop.isShuttingDown() : e;
      return false;
    }
  }

  @Override
  public Timer schedule(Runnable task, long delayNanos) {
    if (delayNanos < 0) {
      throw new IllegalArgumentException("A delay is at least 0; this is " + delayNanos);
    }
    try {
      Future<?> future = eventLoop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
      return () -> cancel(future);
    } catch (RejectedExecutionException e) {
      assert eventLoop.isShuttingDown() : e;
      return FORGOTTEN;
    }
  }

  private void cancel(Future<?> timer) {
    try {
      timer.cancel(false);
    } catch (RejectedExecutionException e) {
      assert eventLoop.isShuttingDown() : e; // then it never runs
    }
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  /** The event loop. */
  @Override
  public String toString() {
    return eventLoop.toString();
  }
}
