// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.dittobus.api.DittoBusFactory;
import io.dittobus.api.options.BusOptions;
import io.dittobus.test.contract.BusContract;

/** The bus over TCP. */
class TcpBusContractTest extends BusContract {

  @Override
  protected DittoBusFactory factory(String host, BusOptions options) {
    return TcpBus.builder().options(options).listen("127.0.0.1", 0).insecure();
  }
}
