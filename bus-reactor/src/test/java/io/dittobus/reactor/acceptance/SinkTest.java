// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.reactor.codec.Codecs;
import io.dittobus.reactor.inbound.ReceivedMessage;
import io.dittobus.reactor.outbound.BusSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Sinks.EmitResult;

/** SEMANTICS on the sink: what it takes, when it says no, and that no never ends the stream. */
class SinkTest {

  private static final int LARGEST = 4_000;

  /** What a message costs of the queue and of the window beside its bytes. */
  private static final int COST = 32;

  private final Pair pair =
      new Pair(
          BusOptions.defaults().toBuilder()
              .maxMessageSize(LARGEST)
              .windows(BusOptions.MIN_WINDOW, BusOptions.MIN_WINDOW)
              .windowBudgets(0, 0)
              .build());
  private Pair.@Nullable Ends ends;

  @AfterEach
  void close() {
    if (ends != null) {
      ends.bobs().dispose();
    }
    pair.close();
  }

  private Pair.Ends open() {
    return open(FlowOptions.defaults(), 0);
  }

  private Pair.Ends open(FlowOptions bobs, int prefetch) {
    Pair.Ends opened = pair.open(bobs, FlowOptions.defaults().withPrefetch(prefetch));
    ends = opened;
    return opened;
  }

  private static byte[] bytes(int size) {
    return new byte[size];
  }

  /** Emits as long as it is taken, and returns how often it was. */
  private static int fill(BusSink sink, int size) {
    int taken = 0;
    EmitResult result = sink.tryEmitNext(bytes(size));
    while (result == EmitResult.OK) {
      taken++;
      result = sink.tryEmitNext(bytes(size));
    }
    assertThat(result).isEqualTo(EmitResult.FAIL_OVERFLOW);
    return taken;
  }

  @ParameterizedTest(name = "requested {0}, prefetch {1}, queue {2}")
  @CsvSource({"0,0,1", "0,0,16", "5,0,3", "0,4,3", "7,9,11"})
  @DisplayName(
      "takes exactly credit and queue, then overflows; with more credit exactly so much more")
  void overflow(int requested, int prefetch, int queue) {
    ReactorStream bobs = open(FlowOptions.defaults().withMaxQueuedMessages(queue), prefetch).bobs();
    Watcher<byte[]> watcher = new Watcher<>();
    ends.alices().receive().asByteArray().subscribe(watcher);
    int credit = prefetch + requested;
    if (requested > 0) {
      watcher.request(requested);
    }
    Pair.await(() -> bobs.grantedMessages() == credit);
    assertThat(fill(bobs.sink(), 1)).isEqualTo(credit + queue);
    for (int more = 1; more <= 5; more++) {
      // What was delivered makes no room by itself: only more credit does.
      Pair.await(() -> bobs.sentSequence() == bobs.grantedMessages());
      assertThat(bobs.sink().tryEmitNext(bytes(1))).isEqualTo(EmitResult.FAIL_OVERFLOW);
      long before = bobs.grantedMessages();
      watcher.request(more);
      long after = before + more;
      Pair.await(() -> bobs.grantedMessages() == after);
      assertThat(fill(bobs.sink(), 1)).isEqualTo(more);
    }
    watcher.request(Long.MAX_VALUE);
    assertThat(bobs.sink().tryEmitComplete()).isEqualTo(EmitResult.OK);
    watcher.awaitCompletion();
    assertThat(watcher.count()).isEqualTo(credit + queue + 15);
  }

  @Test
  @DisplayName("bytes bound it too; one message of any size is taken where none waits")
  void overflowOfBytes() {
    BusSink sink = open(FlowOptions.defaults().withMaxQueuedBytes(1_000), 0).bobs().sink();
    assertThat(sink.tryEmitNext(bytes(LARGEST))).isEqualTo(EmitResult.OK);
    assertThat(sink.tryEmitNext(bytes(0))).isEqualTo(EmitResult.FAIL_OVERFLOW);
    Watcher<byte[]> watcher = new Watcher<>();
    ends.alices().receive().asByteArray().subscribe(watcher);
    watcher.request(1).awaitCount(1);
    Pair.await(() -> sink.tryEmitNext(bytes(100 - COST)) == EmitResult.OK);
    assertThat(fill(sink, 100 - COST)).as("beside the first").isEqualTo(9);
  }

  @Test
  @DisplayName("a window full of unacknowledged messages stalls the stream, until one is acked")
  void windowOfUnacked() {
    int size = 1_024 - COST;
    ReactorStream bobs = open(FlowOptions.defaults().withMaxQueuedBytes(10 * 1_024), 0).bobs();
    Watcher<ReceivedMessage> watcher = new Watcher<>();
    ends.alices().receive().withAck().subscribe(watcher);
    watcher.request(Long.MAX_VALUE);
    int inWindow = BusOptions.MIN_WINDOW / 1_024;
    Pair.await(
        () -> {
          bobs.sink().tryEmitNext(bytes(size));
          return bobs.sentSequence() == inWindow && bobs.emittedSequence() == inWindow + 10;
        });
    watcher.awaitCount(inWindow);
    assertThat(bobs.sink().tryEmitNext(bytes(size))).isEqualTo(EmitResult.FAIL_OVERFLOW);
    watcher.values.forEach(ReceivedMessage::acknowledge);
    Pair.await(() -> bobs.sink().tryEmitNext(bytes(size)) == EmitResult.OK);
  }

  // Ends

  static Stream<Arguments> ownEnds() {
    return Stream.<Named<Consumer<ReactorStream>>>of(
            Named.of("complete", stream -> stream.sink().tryEmitComplete()),
            Named.of("error", stream -> stream.sink().tryEmitError(1, "enough")),
            Named.of("close", stream -> stream.close().subscribe()),
            Named.of("dispose", ReactorStream::dispose))
        .map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource
  @DisplayName("after an end of its own it is terminated, at once and for ever")
  void ownEnds(Consumer<ReactorStream> end) {
    ReactorStream bobs = open().bobs();
    end.accept(bobs);
    assertThat(bobs.sink().tryEmitNext(bytes(1))).isEqualTo(EmitResult.FAIL_TERMINATED);
    bobs.dispose();
    Pair.block(bobs.onClose());
    refusesAll(bobs.sink(), EmitResult.FAIL_TERMINATED, ErrorCode.TERMINATED);
  }

  @Test
  @DisplayName("after a cancel of the other side it is cancelled, and keeps to that")
  void cancelled() {
    ReactorStream bobs = open().bobs();
    Watcher<ByteBuf> watcher = new Watcher<>();
    ends.alices().receive().subscribe(watcher);
    watcher.cancel();
    Pair.await(() -> bobs.sink().tryEmitNext(bytes(1)) != EmitResult.OK);
    Pair.await(() -> bobs.sink().tryEmitComplete() == EmitResult.FAIL_CANCELLED);
    refusesAll(bobs.sink(), EmitResult.FAIL_CANCELLED, ErrorCode.STREAM_CANCELLED);
    bobs.dispose();
    Pair.block(bobs.onClose());
    refusesAll(bobs.sink(), EmitResult.FAIL_CANCELLED, ErrorCode.STREAM_CANCELLED);
  }

  @Test
  @DisplayName("after the other side cut the stream it is terminated")
  void cutThere() {
    ReactorStream bobs = open().bobs();
    ends.alices().dispose();
    Pair.block(bobs.onClose());
    refusesAll(bobs.sink(), EmitResult.FAIL_TERMINATED, ErrorCode.TERMINATED);
  }

  private static void refusesAll(BusSink sink, EmitResult result, ErrorCode code) {
    ByteBuf buffer = Unpooled.buffer().writeByte(1);
    assertThat(sink.tryEmitNext(buffer)).isEqualTo(result);
    assertThat(buffer.release()).as("it stayed the caller's").isTrue();
    assertThat(sink.tryEmitComplete()).isEqualTo(result);
    assertThat(sink.tryEmitError(1, "x")).isEqualTo(result);
    assertThat(sink.tryEmitError(new IllegalStateException())).isEqualTo(result);
    assertThatThrownBy(() -> sink.emitAcked(bytes(1)).block(Pair.PATIENCE))
        .isInstanceOfSatisfying(DittoBusException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @ParameterizedTest(name = "completed before: {0}")
  @ValueSource(booleans = {true, false})
  @DisplayName("close lets what waits for room go first, within its deadline")
  void closeAfterWhatWaits(boolean completes) {
    ReactorStream bobs = open(FlowOptions.defaults().withMaxQueuedMessages(2), 0).bobs();
    List<Watcher<Void>> emitting = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Watcher<Void> watcher = new Watcher<>();
      bobs.sink().emit(bytes(i)).subscribe(watcher);
      emitting.add(watcher);
    }
    assertThat(emitting.get(5).isOver()).isFalse();
    if (completes) {
      assertThat(bobs.sink().tryEmitComplete()).isEqualTo(EmitResult.OK);
    }
    Watcher<Void> closing = new Watcher<>();
    bobs.close(Pair.PATIENCE).subscribe(closing);
    Watcher<byte[]> receiving = new Watcher<>();
    ends.alices().receive().asByteArray().subscribe(receiving);
    receiving.request(Long.MAX_VALUE);
    emitting.forEach(Watcher::awaitCompletion);
    closing.awaitCompletion();
    assertThat(List.copyOf(receiving.values))
        .extracting(message -> message.length)
        .containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(Pair.block(bobs.onClose()).isFailure()).isFalse();
  }

  // What it refuses to take

  @Test
  @DisplayName("too large, or null: the caller gets an exception, and the stream lives on")
  void refusesToTake() {
    BusSink sink = open().bobs().sink();
    Watcher<byte[]> watcher = new Watcher<>();
    ends.alices().receive().asByteArray().subscribe(watcher);
    watcher.request(Long.MAX_VALUE);
    ByteBuf large = Unpooled.buffer().writeZero(LARGEST + 1);
    assertThatThrownBy(() -> sink.tryEmitNext(large))
        .isInstanceOfSatisfying(
            DittoBusException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE))
        .hasMessageContaining("4001")
        .hasMessageContaining("4000");
    assertThat(large.release()).as("it stayed the caller's").isTrue();
    assertThatThrownBy(() -> sink.emitAcked(bytes(LARGEST + 1)).block(Pair.PATIENCE))
        .isInstanceOfSatisfying(
            DittoBusException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE));
    List<Runnable> nulls =
        List.of(
            () -> sink.tryEmitNext((byte[]) null),
            () -> sink.tryEmitNext((ByteBuf) null),
            () -> sink.emitAcked((byte[]) null).block(Pair.PATIENCE),
            () -> sink.emitAcked((ByteBuf) null).block(Pair.PATIENCE),
            () -> sink.tryEmitError(1, null),
            () -> sink.tryEmitError(null),
            () -> ends.bobs().unwrap().error(1, null),
            () -> ends.bobs().unwrap().fail(1, null),
            () -> ends.bobs().close(null),
            () -> ends.bobs().unwrap().close(null));
    for (Runnable call : nulls) {
      assertThatThrownBy(call::run).isInstanceOf(NullPointerException.class);
    }
    assertThat(Pair.block(sink.emitAcked(bytes(LARGEST)))).isEqualTo(1);
    assertThat(sink.tryEmitComplete()).isEqualTo(EmitResult.OK);
    watcher.awaitCompletion();
    assertThat(watcher.values).hasSize(1).first().isEqualTo(bytes(LARGEST));
  }

  // Threads

  /** One way to emit; returns whether the message was taken, or will be when there is room. */
  private enum Way {
    TRY {
      @Override
      boolean emit(BusSink sink, byte[] message, Set<EmitResult> seen) {
        EmitResult result = sink.tryEmitNext(message);
        seen.add(result);
        return result == EmitResult.OK;
      }
    },
    SPIN {
      @Override
      boolean emit(BusSink sink, byte[] message, Set<EmitResult> seen) {
        sink.emitNext(
            message,
            (signal, result) -> {
              seen.add(result);
              return true;
            });
        return true;
      }
    },
    WAIT {
      @Override
      boolean emit(BusSink sink, byte[] message, Set<EmitResult> seen) {
        // Not waited for: what the thread emits next comes after it all the same.
        return !sink.emit(message).toFuture().isCompletedExceptionally();
      }
    },
    ACKED {
      @Override
      boolean emit(BusSink sink, byte[] message, Set<EmitResult> seen) {
        return !sink.emitAcked(message).toFuture().isCompletedExceptionally();
      }
    },
    MANY {
      @Override
      boolean emit(BusSink sink, byte[] message, Set<EmitResult> seen) {
        EmitResult result = sink.asMany(Codecs.bytes()).tryEmitNext(message);
        seen.add(result);
        return result == EmitResult.OK;
      }
    };

    abstract boolean emit(BusSink sink, byte[] message, Set<EmitResult> seen);
  }

  @ParameterizedTest(name = "{0} threads")
  @ValueSource(ints = {1, 2, 4, 8})
  @DisplayName("emits from many threads in every way: nothing is lost, and each keeps its order")
  void threads(int threads) throws InterruptedException {
    ReactorStream bobs =
        open(FlowOptions.defaults().withMaxQueuedMessages(50).withMaxWaiters(20), 0).bobs();
    int each = 8_000 / threads;
    Watcher<byte[]> watcher = new Watcher<>();
    ends.alices().receive().asByteArray().subscribe(watcher);
    watcher.request(Long.MAX_VALUE);
    Set<EmitResult> seen = ConcurrentHashMap.newKeySet();
    List<Thread> running = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int thread = t;
      running.add(new Thread(() -> emitAll(bobs.sink(), thread, each, seen)));
    }
    running.forEach(Thread::start);
    for (Thread thread : running) {
      thread.join(Pair.PATIENCE.toMillis());
    }
    bobs.sink().tryEmitComplete(); // after those that wait for room
    watcher.awaitCompletion();
    assertThat(seen).containsAnyOf(EmitResult.OK).doesNotContain(EmitResult.FAIL_NON_SERIALIZED);
    assertThat(seen).isSubsetOf(EmitResult.OK, EmitResult.FAIL_OVERFLOW);
    int[] next = new int[threads];
    for (byte[] message : watcher.values) {
      ByteBuffer fields = ByteBuffer.wrap(message);
      int thread = fields.getInt();
      assertThat(fields.getInt()).as("of thread %d", thread).isEqualTo(next[thread]++);
    }
    assertThat(next).containsOnly(each);
  }

  private static void emitAll(BusSink sink, int thread, int messages, Set<EmitResult> seen) {
    Way[] ways = Way.values();
    Random random = new Random(thread);
    for (int i = 0; i < messages; i++) {
      byte[] message = ByteBuffer.allocate(8).putInt(thread).putInt(i).array();
      while (!ways[random.nextInt(ways.length)].emit(sink, message, seen)) {
        Thread.onSpinWait();
      }
    }
  }
}
