// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.DittoBusStream;
import io.dittobus.api.IncomingStream;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.test.MemoryBus;
import io.dittobus.test.memory.LiveNetwork;
import io.dittobus.test.memory.NetworkOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A session cannot end, as an application holds its loop; the peer comes again and again. */
class SupersededTest {

  private final LiveNetwork network = new LiveNetwork(1, NetworkOptions.live().withLoopsPerHost(8));
  private final AtomicBoolean held = new AtomicBoolean();
  private final AtomicBoolean released = new AtomicBoolean();

  /** Counts its connections. */
  private static class Counting implements DittoBusCallback {
    final AtomicInteger connected = new AtomicInteger();
    final AtomicInteger disconnected = new AtomicInteger();
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger openFailures = new AtomicInteger();

    int sessions() {
      return connected.get() - disconnected.get();
    }

    @Override
    public void peerConnected(DittoAddress peer) {
      connected.incrementAndGet();
    }

    @Override
    public void newIncomingStream(IncomingStream stream) {
      stream.accept(Metadata.empty(), FlowOptions.defaults());
    }

    @Override
    public void streamOpenSucceeded(@Nullable Object openCtx, DittoBusStream stream) {
      opened.incrementAndGet();
    }

    @Override
    public void streamOpenFailed(@Nullable Object openCtx, StreamEnd end) {
      openFailures.incrementAndGet();
    }

    @Override
    public void peerDisconnected(DittoAddress peer, StreamEnd end) {
      disconnected.incrementAndGet();
    }
  }

  private final Counting alice =
      new Counting() {
        @Override
        public void newIncomingStream(IncomingStream stream) {
          held.set(true);
          while (!released.get()) {
            Thread.onSpinWait();
          }
          stream.refuse(BusCompletionReason.REFUSED_FORBIDDEN, "");
        }
      };

  private DittoBus start(String host, PeerIdentity identity, DittoBusCallback callback) {
    return MemoryBus.on(network, host)
        .identity(identity)
        .start(callback)
        .toCompletableFuture()
        .join();
  }

  @Test
  void oneLifeOfThePeerIsLeft() {
    PeerIdentity identity = PeerIdentity.ephemeral();
    try {
      DittoBus bus = start("alice", PeerIdentity.ephemeral(), alice);
      DittoBus first = start("life0", identity, new DittoBusCallback() {});
      first.connect(MemoryBus.endpoint("alice"), null);
      first.openStreamToAddress(bus.localAddress(), StreamOptions.reliable("x"), null);
      await().untilTrue(held);

      List<Counting> lives = new ArrayList<>();
      for (int i = 1; i <= 5; i++) {
        Counting life = new Counting();
        lives.add(life);
        start("life" + i, identity, life).connect(MemoryBus.endpoint("alice"), null);
        bus.openStreamToAddress(identity.address(), StreamOptions.reliable("x"), null);
      }
      assertThat(alice.connected).hasValue(1);
      assertThat(alice.opened).hasValue(0);
      released.set(true);
      await().until(() -> alice.disconnected.get() == alice.connected.get() - 1);
      // What was asked for in the life that has ended ended with it.
      await().until(() -> alice.opened.get() + alice.openFailures.get() == 5);
      await().until(() -> lives.stream().mapToInt(Counting::sessions).sum() == 1);
    } finally {
      released.set(true);
      network.close();
    }
    assertThat(network.bufferBytesInUse()).isZero();
  }
}
