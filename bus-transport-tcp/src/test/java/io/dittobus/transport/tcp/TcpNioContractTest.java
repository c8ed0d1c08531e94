// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

/** The contract on the transport of the Java platform. */
class TcpNioContractTest extends TcpContract {
  TcpNioContractTest() {
    super(false, "127.0.0.1", false);
  }
}
