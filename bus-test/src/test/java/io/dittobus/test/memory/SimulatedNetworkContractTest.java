// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.core.transport.Transport;
import io.dittobus.test.contract.TransportContract;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;

class SimulatedNetworkContractTest extends TransportContract {

  private final SimulatedNetwork network = new SimulatedNetwork(42);

  @AfterEach
  void closeNetwork() {
    network.close();
  }

  @Override
  protected Transport newTransport(String host) {
    return network.transport(host);
  }

  @Override
  protected String address(String host) {
    return host;
  }

  @Override
  protected long bufferBytesInUse() {
    return network.bufferBytesInUse();
  }

  @Override
  protected Optional<Endpoint> silentEndpoint() {
    network.transport("silent");
    network.reachability("silent", Reachability.SILENT);
    return Optional.of(new Endpoint("silent", 4040));
  }

  @Override
  protected void await(String what, BooleanSupplier condition) {
    try {
      network.runUntil(condition, Duration.ofMinutes(1));
    } catch (AssertionError e) {
      throw new AssertionError("Waited in vain for: " + what, e);
    }
  }
}
