// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

/** The contract over the platform's TLS. */
class TlsContractTest extends TcpContract {
  TlsContractTest() {
    super(false, "127.0.0.1", true);
  }
}
