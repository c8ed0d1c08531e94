// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.modes;

import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.examples.demo.receiver.Settings;
import io.dittobus.reactor.ReactorBus;
import java.util.EnumMap;
import java.util.Map;

/** Sends single messages, reliable and unreliable ones, and notes their results. Any thread. */
final class SinglesFeed {

  private static final byte[] MESSAGE = {1};

  private final ReactorBus bus;
  private final DittoAddress peer;
  private final Map<BusSingleSendResult, Long> results = new EnumMap<>(BusSingleSendResult.class);
  private long reliableSent;
  private long unreliableSent;

  SinglesFeed(ReactorBus bus, DittoAddress peer) {
    this.bus = bus;
    this.peer = peer;
  }

  void sendReliable() {
    synchronized (this) {
      reliableSent++;
    }
    bus.sendMessage(peer, Settings.SINGLES_LABEL, MESSAGE)
        .subscribe(
            nothing -> {},
            error -> ended(resultOf(error)),
            () -> ended(BusSingleSendResult.DELIVERED));
  }

  void sendUnreliable() {
    synchronized (this) {
      unreliableSent++;
    }
    bus.sendUnreliableMessage(peer, Settings.SINGLES_LABEL, MESSAGE)
        .subscribe(this::ended, error -> ended(resultOf(error)));
  }

  private static BusSingleSendResult resultOf(Throwable error) {
    if (error instanceof DittoBusException known) {
      for (BusSingleSendResult result : BusSingleSendResult.values()) {
        if (result.errorCode() == known.code()) {
          return result;
        }
      }
    }
    return BusSingleSendResult.UNKNOWN;
  }

  private synchronized void ended(BusSingleSendResult result) {
    results.merge(result, 1L, Long::sum);
  }

  synchronized long count(BusSingleSendResult result) {
    return results.getOrDefault(result, 0L);
  }

  synchronized long reliableSent() {
    return reliableSent;
  }

  synchronized long unreliableSent() {
    return unreliableSent;
  }

  synchronized boolean allEnded() {
    long ended = results.values().stream().mapToLong(Long::longValue).sum();
    return ended == reliableSent + unreliableSent;
  }
}
