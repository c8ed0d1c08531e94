// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.contract;

import io.dittobus.api.DittoBusFactory;
import io.dittobus.api.options.BusOptions;
import io.dittobus.transport.tcp.TcpBus;

/** Over TCP. */
class TcpReactorContractTest extends ReactorBusContract {

  @Override
  DittoBusFactory factory(String host, BusOptions options) {
    return TcpBus.builder().options(options).listen("127.0.0.1", 0).insecure();
  }
}
