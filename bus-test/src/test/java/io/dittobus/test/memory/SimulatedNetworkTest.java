// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.core.transport.Link;
import io.dittobus.core.transport.Transport;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is said of simulations beyond the contract of transports: time, chance and faults. */
class SimulatedNetworkTest {

  private static final Endpoint ALICE = new Endpoint("alice", 4040);

  /** Notes what happens, with the time. */
  private static final class Log implements Transport.DialHandler {
    final SimulatedNetwork network;
    final String name;
    final List<String> lines;
    @Nullable Link link;
    long received;
    boolean down;
    @Nullable Throwable cause;
    @Nullable String failure;

    Log(SimulatedNetwork network, String name, List<String> lines) {
      this.network = network;
      this.name = name;
      this.lines = lines;
    }

    private void note(String line) {
      lines.add(network.nanoTime() + " " + name + " " + line);
    }

    @Override
    public void linkUp(Link up) {
      link = up;
      note("up");
    }

    @Override
    public void bytesReceived(ByteBuf bytes) {
      received += bytes.readableBytes();
      note("received " + bytes.readableBytes());
    }

    @Override
    public void readCompleted() {
      note("read completed");
    }

    @Override
    public void writabilityChanged() {
      note("writable " + link().isWritable());
    }

    @Override
    public void linkDown(@Nullable Throwable why) {
      down = true;
      cause = why;
      note("down " + why);
    }

    @Override
    public void dialFailed(String line, Throwable why) {
      failure = line;
      note(line);
    }

    Link link() {
      Link up = link;
      if (up == null) {
        throw new AssertionError("not up");
      }
      return up;
    }

    void send(int bytes) {
      link()
          .loop()
          .execute(
              () -> {
                link().write(link().allocator().buffer(bytes).writeZero(bytes));
                link().flush();
              });
    }
  }

  private final List<String> lines = new ArrayList<>();
  private SimulatedNetwork network = new SimulatedNetwork(1);
  private Log far = new Log(network, "alice", lines);
  private Log near = new Log(network, "bob", lines);

  private MemoryConnection connect() {
    var unused = network.transport("alice").listen(ALICE, () -> far);
    network.transport("bob").dial(ALICE, Duration.ofSeconds(1), near);
    network.runUntilIdle();
    return network.connections("alice", "bob").get(0);
  }

  private List<String> run(long seed) {
    lines.clear();
    network = new SimulatedNetwork(seed);
    network.faults(Faults.stalls(0.1, Duration.ofMillis(50)).withCuts(0.001));
    far = new Log(network, "alice", lines);
    near = new Log(network, "bob", lines);
    connect();
    for (int i = 0; i < 50; i++) {
      near.send(10_000);
      far.send(5_000);
    }
    network.runUntilIdle();
    network.close();
    assertThat(network.bufferBytesInUse()).isZero();
    return List.copyOf(lines);
  }

  @Test
  void theSameSeedGivesTheSameRunAndAnotherSeedAnother() {
    List<String> first = run(7);
    assertThat(first).hasSizeGreaterThan(100);
    assertThat(run(7)).isEqualTo(first);
    assertThat(run(8)).isNotEqualTo(first);
  }

  @Test
  void nothingMovesUnlessDriven() {
    long before = network.nanoTime();
    AtomicBoolean ran = new AtomicBoolean();
    network.loop().execute(() -> ran.set(true));
    assertThat(ran).isFalse();
    network.runUntilIdle();
    assertThat(ran).isTrue();
    assertThat(network.nanoTime()).isEqualTo(before);
    network.advance(Duration.ofHours(1));
    assertThat(network.nanoTime() - before).isEqualTo(Duration.ofHours(1).toNanos());
  }

  @Test
  void longTimersDoNotKeepTheNetworkBusy() {
    List<String> ran = new ArrayList<>();
    network.loop().schedule(() -> ran.add("keepalive"), Duration.ofSeconds(5).toNanos());
    network.loop().schedule(() -> ran.add("ack"), Duration.ofMillis(1).toNanos());
    network.runUntilIdle();
    assertThat(ran).containsExactly("ack");
    network.advance(Duration.ofSeconds(5));
    assertThat(ran).containsExactly("ack", "keepalive");
  }

  @Test
  void whatATaskThrowsComesOutWithTheSeed() {
    network
        .loop()
        .execute(
            () -> {
              throw new IllegalStateException("boom");
            });
    assertThatThrownBy(network::runUntilIdle)
        .hasMessage("boom")
        .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessage("seed 1"));
    assertThatThrownBy(() -> network.runUntil(() -> false, Duration.ofSeconds(1)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("seed 1");
  }

  @Test
  void anotherThreadIsTurnedAway() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread other =
        new Thread(
            () -> {
              try {
                network.loop().execute(() -> {});
              } catch (IllegalStateException e) {
                thrown.set(e);
              }
            });
    other.start();
    other.join();
    assertThat(thrown.get()).hasMessageContaining("A simulation runs in one thread");
  }

  @Test
  void aStallHoldsOneDirectionAndLosesNothing() {
    MemoryConnection connection = connect();
    connection.stall("bob", Duration.ofSeconds(3));
    network.advance(Duration.ZERO);
    near.send(1_000);
    far.send(1_000);
    network.advance(Duration.ofMillis(2_990));
    assertThat(near.received).isEqualTo(1_000);
    assertThat(far.received).isZero();
    network.advance(Duration.ofMillis(10));
    assertThat(far.received).isEqualTo(1_000);
  }

  @Test
  void aCutIsNoticedAtBothEndsAtDifferentTimes() {
    MemoryConnection connection = connect();
    near.send(1_000);
    connection.cut();
    network.runUntilIdle();
    assertThat(far.received).isZero();
    assertThat(near.cause).hasMessage("connection lost");
    assertThat(far.cause).hasMessage("connection lost");
    List<Long> times =
        lines.stream()
            .filter(line -> line.contains(" down "))
            .map(line -> Long.parseLong(line.substring(0, line.indexOf(' '))))
            .toList();
    assertThat(times).hasSize(2).doesNotHaveDuplicates();
    assertThat(network.connections()).isEmpty();
    assertThat(network.bufferBytesInUse()).isZero();
  }

  @Test
  void aHalfOpenConnectionIsHeldAndNotTold() {
    MemoryConnection connection = connect();
    connection.halfOpen("alice");
    network.runUntilIdle();
    assertThat(far.down).isTrue();
    near.send(1_000_000);
    network.advance(Duration.ofMinutes(5));
    assertThat(near.down).isFalse();
    near.link().loop().execute(() -> assertThat(near.link().isWritable()).isFalse());
    near.link().loop().execute(near.link()::abort);
    network.runUntilIdle();
    assertThat(near.down).isTrue();
    assertThat(network.bufferBytesInUse()).isZero();
  }

  @Test
  void hostsRefuseOnCommandAndByChance() {
    var unused = network.transport("alice").listen(ALICE, () -> far);
    Transport bob = network.transport("bob");
    network.reachability("alice", Reachability.REFUSING);
    bob.dial(ALICE, Duration.ofSeconds(1), near);
    network.runUntilIdle();
    assertThat(near.failure).isEqualTo("cannot connect to alice:4040: connection refused");

    network.reachability("alice", Reachability.OPEN);
    network.faults(Faults.NONE.withRefusals(1));
    Log second = new Log(network, "bob", lines);
    bob.dial(ALICE, Duration.ofSeconds(1), second);
    network.runUntilIdle();
    assertThat(second.failure).isEqualTo("cannot connect to alice:4040: connection refused");
  }

  @Test
  void aHostMayComeBackAfterItsTransportWasClosed() {
    Transport first = network.transport("alice");
    assertThatThrownBy(() -> network.transport("alice")).hasMessageContaining("alice");
    var unused = first.close();
    connect();
    assertThat(near.link).isNotNull();
  }

  @Test
  void whatIsBufferedIsBounded() {
    MemoryConnection connection = connect();
    connection.lose();
    network.runUntilIdle();
    Link link = near.link();
    long[] written = new long[1];
    link.loop()
        .execute(
            () -> {
              while (link.isWritable()) {
                link.write(link.allocator().buffer(1_000).writeZero(1_000));
                link.flush();
                written[0] += 1_000;
              }
            });
    network.runUntilIdle();
    assertThat(written[0]).isBetween(128L * 1024, 128L * 1024 + 2_000);
    assertThat(network.peakPendingBytes()).isBetween(64L * 1024, 64L * 1024 + 2_000);
  }
}
