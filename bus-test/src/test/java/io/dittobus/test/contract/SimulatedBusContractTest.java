// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.contract;

import io.dittobus.api.DittoBusFactory;
import io.dittobus.api.options.BusOptions;
import io.dittobus.test.MemoryBus;
import io.dittobus.test.memory.SimulatedNetwork;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** The bus in memory and in virtual time. */
class SimulatedBusContractTest extends BusContract {

  private final SimulatedNetwork network = new SimulatedNetwork(42);

  @Override
  protected void closeNetwork() {
    network.close();
  }

  @Override
  protected DittoBusFactory factory(String host, BusOptions options) {
    return MemoryBus.on(network, host).options(options);
  }

  @Override
  protected void await(String what, BooleanSupplier condition) {
    try {
      network.runUntil(condition, Duration.ofMinutes(2));
    } catch (AssertionError e) {
      throw new AssertionError("Waited in vain for: " + what, e);
    }
  }
}
