// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.tck;

import io.dittobus.reactor.inbound.InboundFlux;
import org.testng.annotations.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** The same with {@code deliverOn}, which has a queue and a thread of its own. */
@Test
public class DeliverOnTckTest extends ReceiveTckTest {

  @Override
  Flux<byte[]> view(InboundFlux flux) {
    // Where threads may block: the subscribers of the TCK have a lock, which may park for a moment.
    return flux.deliverOn(Schedulers.boundedElastic(), 4).asByteArray();
  }
}
