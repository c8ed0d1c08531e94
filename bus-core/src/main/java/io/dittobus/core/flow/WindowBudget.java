// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.flow;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Bytes by which windows may exceed their minimum, shared by the windows of a session, which share
 * those of the bus (FC-8). Several sessions reserve from one bus budget at a time, hence atomic.
 */
public final class WindowBudget {

  private final @Nullable WindowBudget parent;
  private final AtomicLong free;

  /** A budget of this many bytes. */
  public WindowBudget(long bytes) {
    this(bytes, null);
  }

  /** A budget that is part of a larger one: bytes are taken from both. */
  public WindowBudget(long bytes, @Nullable WindowBudget parent) {
    this.free = new AtomicLong(bytes);
    this.parent = parent;
  }

  /** Reserves all of these bytes, or none. */
  public boolean reserve(long bytes) {
    if (!take(bytes)) {
      return false;
    }
    if (parent != null && !parent.reserve(bytes)) {
      free.addAndGet(bytes);
      return false;
    }
    return true;
  }

  private boolean take(long bytes) {
    long now;
    do {
      now = free.get();
      if (now < bytes) {
        return false;
      }
    } while (!free.compareAndSet(now, now - bytes));
    return true;
  }

  /** Gives reserved bytes back. */
  public void release(long bytes) {
    free.addAndGet(bytes);
    if (parent != null) {
      parent.release(bytes);
    }
  }

  /** Bytes that are free. */
  public long free() {
    return free.get();
  }
}
