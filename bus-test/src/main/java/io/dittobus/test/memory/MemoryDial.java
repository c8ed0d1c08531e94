// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.core.transport.OwnerLoop;
import io.dittobus.core.transport.Transport.DialHandler;
import io.dittobus.core.transport.Transport.LinkAcceptor;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A dial under way, until there is a link that is up or a line that says why there is none. On its
 * loop.
 */
final class MemoryDial implements MemoryTransport.Ending {

  private final MemoryNetwork network;
  private final MemoryTransport transport;
  private final Endpoint endpoint;
  private final Duration timeout;
  private final DialHandler handler;
  private final MemoryLoop loop;
  private final Random random;

  private OwnerLoop.@Nullable Timer timer;
  private @Nullable MemoryLink link;
  private boolean decided;

  MemoryDial(
      MemoryNetwork network,
      MemoryTransport transport,
      Endpoint endpoint,
      Duration timeout,
      DialHandler handler) {
    this.network = network;
    this.transport = transport;
    this.endpoint = endpoint;
    this.timeout = timeout;
    this.handler = handler;
    this.loop = transport.takeLoop();
    this.random = network.newRandom();
  }

  @Override
  public MemoryLoop loop() {
    return loop;
  }

  @Override
  public void end() {
    failed("the transport is closed");
  }

  void start() {
    if (decided) {
      return;
    }
    timer =
        loop.schedule(
            () -> failed("no answer within " + timeout.toMillis() + " ms"), timeout.toNanos());
    arriveLater(this::arrived);
  }

  /** The dial has come to the other host. */
  private void arrived() {
    if (decided) {
      return;
    }
    MemoryTransport target = network.host(endpoint.host());
    if (target == null) {
      fail("unknown host " + endpoint.host(), new UnknownHostException(endpoint.host()));
      return;
    }
    LinkAcceptor acceptor = target.acceptor(endpoint.port());
    switch (network.reachability(target.host())) {
      case SILENT -> {}
      case REFUSING -> failed("connection refused");
      case OPEN -> {
        if (acceptor == null || random.nextDouble() < network.faults().refuseChance()) {
          failed("connection refused");
        } else {
          connect(target, acceptor);
        }
      }
    }
  }

  private void connect(MemoryTransport target, LinkAcceptor acceptor) {
    MemoryConnection connection = new MemoryConnection(network, transport, loop, target, endpoint);
    MemoryLink near = connection.dialler();
    MemoryLink far = connection.acceptor();
    link = near;
    connection.begin();
    far.loop()
        .arriveAt(() -> far.up(acceptor::accept), loop.nanoTime() + network.latencyNanos(random));
    near.whenDownBeforeUp(() -> failed("connection reset"));
    arriveLater(
        () ->
            near.up(
                () -> {
                  decide();
                  return handler;
                }));
  }

  private void arriveLater(Runnable arrival) {
    loop.arriveAt(arrival, loop.nanoTime() + network.latencyNanos(random));
  }

  private void failed(String why) {
    fail("cannot connect to " + endpoint + ": " + why, new ConnectException(why));
  }

  private void fail(String line, Throwable cause) {
    if (decided) {
      return;
    }
    decide();
    if (link != null) {
      link.abort();
    }
    handler.dialFailed(line, cause);
  }

  private void decide() {
    decided = true;
    if (timer != null) {
      timer.cancel();
    }
    transport.remove(this);
  }
}
