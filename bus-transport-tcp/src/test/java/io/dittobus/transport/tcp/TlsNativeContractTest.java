// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.netty.handler.ssl.OpenSsl;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;

/** The contract over BoringSSL and the native transport, where they are. */
class TlsNativeContractTest extends TcpContract {
  TlsNativeContractTest() {
    super(true, "127.0.0.1", true);
  }

  @BeforeEach
  void onlyWhereItIs() {
    Assumptions.assumeTrue(OpenSsl.isAvailable(), "no BoringSSL");
  }
}
