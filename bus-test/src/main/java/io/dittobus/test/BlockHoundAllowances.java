// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Tells BlockHound, where it is in use, of the places where a thread may park for a moment that are
 * no fault of anyone's:
 *
 * <ul>
 *   <li>when two threads of Netty's default allocator meet, it makes more room under a short lock
 *       of its own; Netty's integration allows the like for its older allocator only
 *   <li>the loops of the network in memory and in real time have a short lock each
 * </ul>
 */
public final class BlockHoundAllowances implements BlockHoundIntegration {

  private static final String LIVE_LOOP = "io.dittobus.test.memory.LiveLoop";

  @Override
  public void applyTo(BlockHound.Builder builder) {
    builder
        .allowBlockingCallsInside(
            "io.netty.buffer.AdaptivePoolingAllocator$MagazineGroup", "tryExpandMagazines")
        .allowBlockingCallsInside(LIVE_LOOP, "add")
        .allowBlockingCallsInside(LIVE_LOOP, "remove")
        .allowBlockingCallsInside(LIVE_LOOP, "end");
  }
}
