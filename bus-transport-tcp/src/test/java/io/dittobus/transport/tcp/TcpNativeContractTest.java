// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import reactor.netty.resources.LoopResources;

/** The contract on the native transport of this platform, if there is one, over IPv6. */
class TcpNativeContractTest extends TcpContract {
  TcpNativeContractTest() {
    super(true, "::1", false);
  }

  @BeforeEach
  void onlyWhereItIs() {
    Assumptions.assumeTrue(LoopResources.hasNativeSupport(), "no native transport");
  }
}
