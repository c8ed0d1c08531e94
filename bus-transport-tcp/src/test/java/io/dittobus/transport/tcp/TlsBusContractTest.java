// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.dittobus.api.DittoBusFactory;
import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.options.BusOptions;
import io.dittobus.test.contract.BusContract;

/** The bus over TLS, with a network secret: BoringSSL, or the platform's where there is none. */
class TlsBusContractTest extends BusContract {

  private static final NetworkSecret SECRET = NetworkSecret.random();

  @Override
  protected DittoBusFactory factory(String host, BusOptions options) {
    return TcpBus.builder()
        .options(options)
        .listen("127.0.0.1", 0)
        .admission(Admission.networkSecret(SECRET));
  }
}
