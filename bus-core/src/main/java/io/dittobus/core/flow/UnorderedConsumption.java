// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.flow;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Consumption where each message gives its room back by itself, whatever becomes of those before
 * it: one that is never consumed takes no more than its own place (SM-3). Holds the messages that
 * are not consumed, which are as many as credit lets in.
 */
public final class UnorderedConsumption implements Consumption {

  /** Charges of the messages that are not consumed, in the order in which they came. */
  private final Map<Long, Long> open = new LinkedHashMap<>();

  private long received;
  private long released;
  private long releasedOffset;

  @Override
  public void received(long charge) {
    received++;
    open.put(received, charge);
  }

  @Override
  public boolean consume(long message) {
    if (message < 1 || message > received) {
      throw new IllegalArgumentException(
          "Message " + message + " was not received; the last one is " + received);
    }
    Long charge = open.remove(message);
    if (charge == null) {
      return false;
    }
    released++;
    releasedOffset += charge;
    return true;
  }

  @Override
  public boolean consumeUpTo(long message) {
    boolean changed = false;
    while (consumed() < Math.min(message, received)) {
      changed |= consume(consumed() + 1);
    }
    return changed;
  }

  @Override
  public long received() {
    return received;
  }

  @Override
  public long consumed() {
    return open.isEmpty() ? received : open.keySet().iterator().next() - 1;
  }

  @Override
  public long released() {
    return released;
  }

  @Override
  public long releasedOffset() {
    return releasedOffset;
  }
}
