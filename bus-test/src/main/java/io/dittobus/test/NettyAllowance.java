// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Tells BlockHound, where it is in use, of the one place where an event loop may park that is no
 * fault of anyone's: when two threads of Netty's default allocator meet, it makes more room under a
 * short lock of its own. Netty's integration allows the like for its older allocator only.
 */
public final class NettyAllowance implements BlockHoundIntegration {

  @Override
  public void applyTo(BlockHound.Builder builder) {
    builder.allowBlockingCallsInside(
        "io.netty.buffer.AdaptivePoolingAllocator$MagazineGroup", "tryExpandMagazines");
  }
}
