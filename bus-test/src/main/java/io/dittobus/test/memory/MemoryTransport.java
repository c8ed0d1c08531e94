// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.core.transport.OwnerLoop;
import io.dittobus.core.transport.Transport;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A host: what it listens at, its links, its loops. Any thread. */
final class MemoryTransport implements Transport {

  private static final int FIRST_FREE_PORT = 49_152;
  private static final int LAST_PORT = 65_535;

  private final MemoryNetwork network;
  private final String host;
  private final MemoryLoop[] loops;
  private final CompletableFuture<Void> closed = new CompletableFuture<>();

  // Guarded by this.
  private final Map<Integer, LinkAcceptor> acceptors = new HashMap<>();

  /** Links that are not down and dials that are not decided: what close() has to end. */
  private final Set<Ending> endings = new LinkedHashSet<>();

  private int nextPort = FIRST_FREE_PORT;
  private int nextLoop;
  private boolean closing;

  /** Something that runs on a loop and can be ended there. */
  interface Ending {
    MemoryLoop loop();

    void end();
  }

  MemoryTransport(MemoryNetwork network, String host) {
    this.network = network;
    this.host = host;
    this.loops = new MemoryLoop[network.options().loopsPerHost()];
    for (int i = 0; i < loops.length; i++) {
      loops[i] = network.newLoop(host + "-" + i);
    }
  }

  @Override
  public void dial(Endpoint endpoint, Duration timeout, DialHandler handler) {
    MemoryDial dial = new MemoryDial(network, this, endpoint, timeout, handler);
    if (add(dial)) {
      dial.loop().execute(dial::start);
    } else {
      handler.dialFailed(
          "cannot connect to " + endpoint + ": the transport is closed",
          new ConnectException("closed"));
    }
  }

  @Override
  public synchronized CompletionStage<Listening> listen(Endpoint endpoint, LinkAcceptor acceptor) {
    String wrong = null;
    int port = endpoint.port() == 0 ? freePort() : endpoint.port();
    if (closing) {
      wrong = "the transport is closed";
    } else if (!isLocal(endpoint.host())) {
      wrong = "not an address of host " + host;
    } else if (acceptors.containsKey(port)) {
      wrong = "address already in use";
    }
    if (wrong != null) {
      return CompletableFuture.failedFuture(
          new DittoBusException(
              ErrorCode.LISTEN_FAILED, "cannot listen at " + endpoint + ": " + wrong));
    }
    acceptors.put(port, acceptor);
    return CompletableFuture.completedFuture(
        new MemoryListening(this, new Endpoint(endpoint.host(), port), acceptor));
  }

  private record MemoryListening(
      MemoryTransport transport, Endpoint endpoint, LinkAcceptor acceptor) implements Listening {
    @Override
    public CompletionStage<Void> stop() {
      synchronized (transport) {
        transport.acceptors.remove(endpoint.port(), acceptor);
      }
      return CompletableFuture.completedFuture(null);
    }
  }

  @Override
  public OwnerLoop loop() {
    return loops[0];
  }

  @Override
  public CompletionStage<Void> close() {
    List<Ending> all;
    synchronized (this) {
      if (closing) {
        return closed.copy();
      }
      closing = true;
      acceptors.clear();
      all = new ArrayList<>(endings);
    }
    for (Ending ending : all) {
      ending.loop().execute(ending::end);
    }
    if (all.isEmpty()) {
      endLoops();
    }
    return closed.copy();
  }

  String host() {
    return host;
  }

  @Override
  public synchronized boolean isClosing() {
    return closing;
  }

  synchronized @Nullable LinkAcceptor acceptor(int port) {
    return acceptors.get(port);
  }

  synchronized MemoryLoop takeLoop() {
    return loops[nextLoop++ % loops.length];
  }

  /** An address for the dialling end of a connection. */
  synchronized Endpoint takeAddress() {
    return new Endpoint(host, freePort());
  }

  /** Takes part in closing; false if it has begun already. */
  synchronized boolean add(Ending ending) {
    return !closing && endings.add(ending);
  }

  void remove(Ending ending) {
    boolean last;
    synchronized (this) {
      last = endings.remove(ending) && closing && endings.isEmpty();
    }
    if (last) {
      endLoops();
    }
  }

  private void endLoops() {
    for (MemoryLoop loop : loops) {
      loop.end();
    }
    closed.complete(null);
  }

  private int freePort() {
    do {
      nextPort = nextPort == LAST_PORT ? FIRST_FREE_PORT : nextPort + 1;
    } while (acceptors.containsKey(nextPort));
    return nextPort;
  }

  private boolean isLocal(String name) {
    return name.equals(host) || name.equals("0.0.0.0") || name.equals("::");
  }
}
