// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.MessageResult;
import io.dittobus.test.memory.Faults;
import io.dittobus.test.memory.SimulatedNetwork;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Every message that was taken ends once, however its stream ends: both who waits for it and who
 * hears of all are told, and what they are told fits what has arrived at the other end.
 */
class MessageEndsTest {

  private static final int SEEDS = 400;
  private static final int STEPS = 60;

  /** One run of two buses with some streams, until all is over. */
  private static final class Run {
    final Random random;
    final SimulatedNetwork network;
    final SimulatedBus alice;
    final SimulatedBus bob;
    final boolean mayCut;
    final List<StreamProbe> ends = new ArrayList<>();

    Run(int seed, boolean mayCut) {
      this.random = new Random(seed * 0x9E3779B97F4A7C15L);
      this.network = new SimulatedNetwork(seed);
      this.alice = SimulatedBus.start(network, "alice", random.nextBoolean());
      this.bob = SimulatedBus.start(network, "bob", !alice.hasLargerKey());
      this.mayCut = mayCut;
    }

    void run() {
      alice.connectAndWait(bob);
      alice.flow = flow();
      bob.flow = flow();
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        SimulatedBus opener = random.nextBoolean() ? alice : bob;
        opener.openAndWait(
            opener == alice ? bob : alice, StreamOptions.of(mode(), "test").withFlow(flow()));
      }
      ends.addAll(alice.opened);
      ends.addAll(alice.accepted);
      ends.addAll(bob.opened);
      ends.addAll(bob.accepted);
      network.faults(Faults.stalls(0.1, Duration.ofMillis(5)));
      for (int i = 0; i < STEPS; i++) {
        step();
        network.advance(Duration.ofNanos(random.nextInt(1_500_000)));
      }
      for (StreamProbe end : ends) {
        end.stream.close(Duration.ofMillis(random.nextInt(100)));
        network.advance(Duration.ofNanos(random.nextInt(1_500_000)));
      }
      network.runUntil(() -> ends.stream().allMatch(end -> end.end != null), SimulatedBus.BOUND);
      SimulatedBus.disposeAll(network, alice, bob);
      check();
    }

    private ReliabilityMode mode() {
      return random.nextInt(2) == 0
          ? ReliabilityMode.RELIABLE
          : ReliabilityMode.of(1 + random.nextInt(2));
    }

    /** In the unreliable modes little waits for the link, so that some is dropped for that. */
    private FlowOptions flow() {
      int bytes = random.nextBoolean() ? 1 << 20 : 1 + random.nextInt(2000);
      return FlowOptions.defaults().withMaxQueuedBytes(bytes);
    }

    private void step() {
      StreamProbe end = ends.get(random.nextInt(ends.size()));
      int what = random.nextInt(100);
      if (what < 60) {
        emit(end);
      } else if (what < 88) {
        end.stream.request(1 + random.nextInt(30));
      } else if (what < 97) {
        endStream(end);
      } else if (what < 98) {
        SimulatedBus bus = random.nextBoolean() ? alice : bob;
        bus.bus().close(Duration.ofMillis(random.nextInt(50)));
      } else if (mayCut && !network.connections().isEmpty()) {
        network.connections().get(0).cut();
      }
    }

    private void emit(StreamProbe end) {
      int messages = 1 + random.nextInt(20);
      EnqueueResult result = EnqueueResult.OK;
      while (messages-- > 0 && result == EnqueueResult.OK) {
        int bytes = random.nextInt(20) == 0 ? 200_000 : random.nextInt(300);
        ByteBuf message = network.allocator().buffer(bytes).writeZero(bytes);
        boolean expires = !end.stream.reliability().isReliable() && random.nextInt(3) == 0;
        MessageOptions options =
            expires
                ? MessageOptions.none()
                    .withTimeToLive(Duration.ofNanos(1 + random.nextInt(300_000)))
                : MessageOptions.none();
        result = end.enqueue(message, options);
      }
    }

    private void endStream(StreamProbe end) {
      Duration deadline = Duration.ofMillis(random.nextInt(40));
      switch (random.nextInt(7)) {
        case 0 -> end.stream.complete();
        case 1 -> end.stream.error(random.nextInt(100), "an error");
        case 2 -> end.stream.cancel();
        case 3 -> end.stream.close(deadline);
        case 4 -> end.stream.dispose();
        case 5 -> end.stream.fail(random.nextInt(100), "a failure");
        default -> end.throwsAt = end.received + 1;
      }
    }

    private void check() {
      for (StreamProbe opener : ends) {
        for (StreamProbe acceptor : ends) {
          if (opener != acceptor && opener.stream.streamID() == acceptor.stream.streamID()) {
            opener.checkMessages(acceptor);
            if (!mayCut) {
              opener.checkAgreement(acceptor);
            }
          }
        }
        assertThat(opener.faults)
            .as("stream %s, seed %d, may cut: %s", opener.stream, network.seed(), mayCut)
            .isEmpty();
      }
    }
  }

  private static void everyMessageEndsOnce(boolean mayCut) {
    Map<MessageResult, Integer> seen = new EnumMap<>(MessageResult.class);
    for (int seed = 0; seed < SEEDS; seed++) {
      Run run = new Run(seed, mayCut);
      run.run();
      for (StreamProbe end : run.ends) {
        end.ended.values().forEach(result -> seen.merge(result, 1, Integer::sum));
      }
    }
    // The runs come to all ends, or they would show little.
    EnumSet<MessageResult> expected = EnumSet.complementOf(EnumSet.of(MessageResult.SENT));
    if (!mayCut) {
      expected.remove(MessageResult.DROPPED_NO_LINK);
    }
    assertThat(seen)
        .containsOnlyKeys(expected.toArray(MessageResult[]::new))
        .allSatisfy((result, times) -> assertThat(times).as("%s", result).isGreaterThan(50));
  }

  @Test
  void onALinkThatLasts() {
    everyMessageEndsOnce(false);
  }

  @Test
  void onALinkThatIsCut() {
    everyMessageEndsOnce(true);
  }
}
