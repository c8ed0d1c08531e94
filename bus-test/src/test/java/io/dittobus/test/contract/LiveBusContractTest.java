// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.contract;

import io.dittobus.api.DittoBusFactory;
import io.dittobus.api.options.BusOptions;
import io.dittobus.test.DittoBusTest;
import io.dittobus.test.TestNetwork;

/** The bus in memory and in real time. */
class LiveBusContractTest extends BusContract {

  private final TestNetwork network = DittoBusTest.network();

  @Override
  protected void closeNetwork() {
    network.close();
  }

  @Override
  protected DittoBusFactory factory(String host, BusOptions options) {
    return network.factory(host).options(options);
  }
}
