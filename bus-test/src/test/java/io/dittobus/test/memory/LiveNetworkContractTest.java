// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.core.transport.Transport;
import io.dittobus.test.contract.TransportContract;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;

class LiveNetworkContractTest extends TransportContract {

  private final LiveNetwork network = new LiveNetwork(42);

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
}
