// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.options.BusOptions;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Bounds the single messages that wait for one peer at this end. Any thread. */
final class SingleRoom {

  private final BusOptions options;
  private final AtomicInteger messages = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();

  SingleRoom(BusOptions options) {
    this.options = options;
  }

  /** Takes a place, if there is one. */
  boolean enter(long charge) {
    if (messages.incrementAndGet() > options.maxQueuedSingleMessages()) {
      messages.decrementAndGet();
      return false;
    }
    long now;
    do {
      now = bytes.get();
      if (now > 0 && now + charge > options.maxQueuedSingleBytes()) {
        messages.decrementAndGet();
        return false;
      }
    } while (!bytes.compareAndSet(now, now + charge));
    return true;
  }

  /** Gives a place back. */
  void leave(long charge) {
    messages.decrementAndGet();
    bytes.addAndGet(-charge);
  }

  /** Whether nobody is in it. */
  boolean isEmpty() {
    return messages.get() == 0;
  }
}
