// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.result.ErrorCode;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.transport.Link;
import io.dittobus.core.transport.LinkHandler;
import io.dittobus.test.MemoryBus;
import io.dittobus.test.memory.NetworkOptions;
import io.dittobus.test.memory.SimulatedNetwork;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A bus and a peer that does as it likes. */
class RawLinkTest {

  /** Little is on the way at a time, the rest waits at the link. */
  private final SimulatedNetwork network =
      new SimulatedNetwork(1, NetworkOptions.simulated().withBuffers(64 * 1024, 100));

  private final SimulatedBus alice = SimulatedBus.start(network, "alice", true);

  /** Says something when the link is up, and is silent from then on. */
  private record Saying(Consumer<ByteBuf> words) implements LinkHandler {
    @Override
    public void linkUp(Link link) {
      ByteBuf out = link.allocator().buffer();
      words.accept(out);
      link.write(out);
      link.flush();
    }

    @Override
    public void bytesReceived(ByteBuf bytes) {}

    @Override
    public void readCompleted() {}

    @Override
    public void writabilityChanged() {}

    @Override
    public void linkDown(@Nullable Throwable cause) {}
  }

  private void dial(Consumer<ByteBuf> words) {
    network.transport("raw").listen(MemoryBus.endpoint("raw"), () -> new Saying(words));
    network.runUntilIdle();
    alice.bus().connect(MemoryBus.endpoint("raw"), null);
  }

  /** CLOSED says that there is a session already; but with whom? */
  @ParameterizedTest
  @EnumSource(value = EndCause.Kind.class, names = "LINK_LOST", mode = EnumSource.Mode.EXCLUDE)
  void whoIsRejectedBeforeHelloIsToldAtOnce(EndCause.Kind kind) {
    dial(out -> FrameWriter.reject(out, EndCause.local(kind, "go away")));
    network.runUntil(() -> !alice.connectFailures.isEmpty(), Duration.ofSeconds(1));
    assertThat(alice.connectFailures).hasSize(1);
    assertThat(alice.connectFailures.get(0).code())
        .isIn(ErrorCode.REJECTED, ErrorCode.NOT_ADMITTED, ErrorCode.HANDSHAKE_FAILED);
    String said = kind == EndCause.Kind.FORBIDDEN ? "refused" : "go away";
    assertThat(alice.connectFailures.get(0)).hasMessageContaining(said);
    SimulatedBus.disposeAll(network, alice);
  }

  /** A link that takes nothing counts bytes, not the room around them. */
  @Test
  void whatWaitsForALinkPinsLittleMoreThanItsSize() {
    SimulatedBus bob = SimulatedBus.start(network, "bob", false);
    alice.connectAndWait(bob);
    StreamProbe near = alice.openAndWait(bob);
    network.runUntilIdle();
    network.connections().get(0).stall("alice", Duration.ofSeconds(10));
    for (int i = 0; i < 2_000; i++) {
      near.stream.request(1);
      network.advance(Duration.ofMillis(2));
    }
    assertThat(network.peakPendingBytes()).as("bytes that wait").isGreaterThan(20_000L);
    assertThat(network.bufferBytesInUse()).as("what they pin").isLessThan(2_000_000);
    SimulatedBus.disposeAll(network, alice, bob);
  }
}
