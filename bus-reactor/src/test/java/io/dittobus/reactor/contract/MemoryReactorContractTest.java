// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.contract;

import io.dittobus.api.DittoBusFactory;
import io.dittobus.api.options.BusOptions;
import io.dittobus.test.DittoBusTest;
import io.dittobus.test.TestNetwork;

/** In memory, in real time. */
class MemoryReactorContractTest extends ReactorBusContract {

  private final TestNetwork network = DittoBusTest.network();

  @Override
  void closeNetwork() {
    network.close();
  }

  @Override
  DittoBusFactory factory(String host, BusOptions options) {
    return network.factory(host).options(options);
  }
}
