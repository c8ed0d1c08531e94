// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.reactor.fake.FakeStream;
import io.dittobus.reactor.fake.TaskQueue;
import io.dittobus.reactor.outbound.BusSink;
import io.dittobus.reactor.outbound.SendOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks.EmitResult;

/**
 * Whatever comes between: each emission ends once, those that were taken are written in the order
 * in which they were emitted, the bounds hold, and no buffer is kept.
 */
class EmitPropertyTest {

  private static final long SEEDS = 400;

  static LongStream seeds() {
    return LongStream.range(0, SEEDS);
  }

  private record Emission(String text, ByteBuf message, Probe<Void> probe) {}

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void anyOrderOfEvents(long seed) {
    Random random = new Random(seed);
    TaskQueue tasks = new TaskQueue();
    int queue = 1 + random.nextInt(4);
    int maxWaiters = random.nextInt(5);
    FakeStream fake =
        new FakeStream(
            tasks, FlowOptions.defaults().withMaxQueuedMessages(queue).withMaxWaiters(maxWaiters));
    ReactorStream stream = ReactorStream.of(fake, false);
    BusSink sink = stream.sink();
    Probe<Void> sending = new Probe<>();
    int ofSend = random.nextBoolean() ? 0 : random.nextInt(30);
    if (ofSend > 0) { // beside them
      stream
          .send(Flux.range(0, ofSend).map(i -> ("s" + i).getBytes(UTF_8)), options(random))
          .subscribe(sending);
    }
    List<Emission> emissions = new ArrayList<>();
    List<String> taken = new ArrayList<>();
    boolean ended = false;
    int steps = 20 + random.nextInt(60);
    for (int i = 0; i < steps; i++) {
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> {
          Emission emission = emit(sink, "e" + i);
          emissions.add(emission);
          if (random.nextInt(3) == 0) {
            emission.probe().cancel();
          }
        }
        case 3 -> {
          String text = "t" + i;
          boolean others = emissions.stream().anyMatch(EmitPropertyTest::waits);
          EmitResult result = sink.tryEmitNext(text.getBytes(UTF_8));
          assertThat(result == EmitResult.OK && others).as("overtaken").isFalse();
          if (result == EmitResult.OK) {
            taken.add(text);
          }
        }
        case 4 -> fake.grant(1 + random.nextInt(3));
        case 5 -> fake.write(1 + random.nextInt(3));
        case 6, 7 -> tasks.runOne();
        case 8 -> {
          if (!emissions.isEmpty()) {
            emissions.get(random.nextInt(emissions.size())).probe().cancel();
          }
        }
        default -> {
          if (random.nextInt(12) == 0) {
            ended = true;
            end(random, fake, stream);
          }
        }
      }
      long waiting = emissions.stream().filter(EmitPropertyTest::waits).count();
      assertThat(waiting).isLessThanOrEqualTo(maxWaiters);
    }
    settle(fake, tasks);
    for (Emission emission : emissions) {
      assertThat(emission.probe().terminals).as(emission.text()).isLessThanOrEqualTo(1);
      assertThat(waits(emission)).as("%s still waits", emission.text()).isFalse();
      if (emission.probe().error != null && !ended) {
        assertThat(((DittoBusException) emission.probe().error).code())
            .isEqualTo(ErrorCode.OVERFLOW);
      }
      assertThat(emission.message().refCnt()).as("buffer of %s", emission.text()).isZero();
    }
    List<String> all = fake.written.stream().map(m -> new String(m, UTF_8)).toList();
    List<String> sent = all.stream().filter(text -> text.startsWith("s")).toList();
    assertThat(sent).isEqualTo(IntStream.range(0, sent.size()).mapToObj(i -> "s" + i).toList());
    if (ofSend > 0) {
      assertThat(sending.terminals).as("ends of the send").isEqualTo(1);
      assertThat(ended || sending.completed).isTrue();
      assertThat(ended || sent.size() == ofSend).isTrue();
    }
    List<String> written = all.stream().filter(text -> !text.startsWith("s")).toList();
    assertThat(written).isSortedAccordingTo((a, b) -> Integer.compare(number(a), number(b)));
    assertThat(written).doesNotHaveDuplicates();
    if (!ended) {
      assertThat(written).containsAll(taken);
      emissions.stream()
          .filter(emission -> emission.probe().completed)
          .forEach(emission -> assertThat(written).contains(emission.text()));
    }
    assertThat(fake.violations).isEmpty();
    fake.dispose();
    tasks.runAll();
  }

  private static SendOptions options(Random random) {
    return new SendOptions(random.nextInt(4), 1 + random.nextInt(8));
  }

  private static int number(String text) {
    return Integer.parseInt(text.substring(1));
  }

  private static Emission emit(BusSink sink, String text) {
    ByteBuf message = Unpooled.copiedBuffer(text, UTF_8);
    Probe<Void> probe = new Probe<>();
    sink.emit(message).doOnCancel(() -> probe.cancelled = true).subscribe(probe);
    probe.request(1);
    return new Emission(text, message, probe);
  }

  private static boolean waits(Emission emission) {
    return !emission.probe().isOver() && !emission.probe().cancelled;
  }

  private static void end(Random random, FakeStream fake, ReactorStream stream) {
    BusSink sink = stream.sink();
    switch (random.nextInt(6)) {
      case 0 -> fake.remoteCancel();
      case 1 -> sink.tryEmitComplete();
      case 2 -> sink.tryEmitError(1, "of the test");
      case 3 -> fake.cut(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");
      case 4 -> stream.close(Duration.ofMinutes(1)).subscribe();
      default -> fake.close(Duration.ofSeconds(1));
    }
  }

  /** The other side takes all that there is. */
  private static void settle(FakeStream fake, TaskQueue tasks) {
    fake.grant(Long.MAX_VALUE);
    int before;
    do {
      before = fake.written.size();
      tasks.runAll();
      fake.write(Integer.MAX_VALUE);
      fake.remoteAck(Integer.MAX_VALUE);
      tasks.runAll();
    } while (fake.written.size() > before);
  }
}
