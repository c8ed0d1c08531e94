// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.MessageCallback;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.core.flow.Charge;
import io.dittobus.core.stream.SendHalf;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmitQueueTest {

  private static final long BOUND_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final int MESSAGE_BYTES = 8;
  private static final int MESSAGES_PER_THREAD = 6_000;
  private static final int MAX_SIZE = 1 << 20;
  private static final FlowOptions FLOW = FlowOptions.defaults();

  private static ByteBuf bytes(int count) {
    return Unpooled.buffer(count).writeZero(count);
  }

  private static EnqueueResult offer(EmitQueue queue, int bytes) {
    return queue.offer(Emission.of(bytes(bytes)));
  }

  // One thread: exact bounds

  /** Small parts of large buffers: bytes that wait are bounded, so what they pin has to be too. */
  @ParameterizedTest
  @ValueSource(ints = {1, 100, 5_000})
  void pinsLittleMoreThanWhatWaits(int bytes) {
    EmitQueue queue = new EmitQueue(FLOW, MAX_SIZE, 0, 0);
    for (int i = 0; i < 10; i++) {
      ByteBuf large = Unpooled.buffer(1 << 20).writeZero(1 << 20).setByte(7, i);
      ByteBuf part = large.slice(7, bytes).retainedSlice();
      large.release();
      assertThat(queue.offer(Emission.of(part))).isEqualTo(EnqueueResult.OK);
      assertThat(large.refCnt()).as("given up").isZero();
      ByteBuf queued = Objects.requireNonNull(queue.poll()).message();
      assertThat(queued.readableBytes()).isEqualTo(bytes);
      assertThat(queued.getByte(0)).isEqualTo((byte) i);
      queued.release();
    }
    ByteBuf most = Unpooled.buffer(10_000).writeZero(6_000);
    assertThat(queue.offer(Emission.of(most))).isEqualTo(EnqueueResult.OK);
    assertThat(Objects.requireNonNull(queue.poll()).message()).as("taken as it is").isSameAs(most);
    most.release();
  }

  @ParameterizedTest
  @CsvSource({"0,1", "0,256", "1,1", "5,3", "1000,256"})
  void overflowsExactlyBeyondWhatIsGrantedAndMayWait(int granted, int maxQueued) {
    EmitQueue queue = new EmitQueue(FLOW.withMaxQueuedMessages(maxQueued), MAX_SIZE, granted, 0);
    for (int i = 0; i < granted + maxQueued; i++) {
      assertThat(queue.isReady()).isTrue();
      assertThat(offer(queue, 1)).as("message %d", i + 1).isEqualTo(EnqueueResult.OK);
    }
    assertThat(queue.takeRoomWanted()).isFalse();
    assertThat(queue.isReady()).isFalse();
    assertThat(offer(queue, 1)).isEqualTo(EnqueueResult.OVERFLOW);
    assertThat(queue.emitted()).isEqualTo(granted + maxQueued);
    assertThat(queue.takeRoomWanted()).isTrue();

    // What was polled or written makes no room beyond that, a grant does.
    Object first = queue.poll();
    assertThat(first).isNotNull();
    queue.release(Charge.of(1));
    assertThat(offer(queue, 1)).isEqualTo(EnqueueResult.OVERFLOW);
    queue.grant(granted + 2);
    assertThat(offer(queue, 1)).isEqualTo(EnqueueResult.OK);
    assertThat(offer(queue, 1)).isEqualTo(EnqueueResult.OK);
    assertThat(offer(queue, 1)).isEqualTo(EnqueueResult.OVERFLOW);
  }

  @Test
  void overflowsExactlyBeyondTheBytesThatMayWait() {
    int most = Math.toIntExact(3 * Charge.of(100));
    EmitQueue queue = new EmitQueue(FLOW.withMaxQueuedBytes(most), MAX_SIZE, 1000, 0);
    for (int i = 0; i < 3; i++) {
      assertThat(offer(queue, 100)).isEqualTo(EnqueueResult.OK);
    }
    assertThat(queue.queuedBytes()).isEqualTo(most);
    assertThat(offer(queue, 0)).isEqualTo(EnqueueResult.OVERFLOW);
    queue.release(Charge.of(100));
    assertThat(offer(queue, 101)).isEqualTo(EnqueueResult.OVERFLOW);
    assertThat(offer(queue, 100)).isEqualTo(EnqueueResult.OK);
    assertThat(queue.emitted()).isEqualTo(4);
  }

  @Test
  void oneMessageBeyondTheBytesIsTakenWhenNothingWaits() {
    EmitQueue queue = new EmitQueue(FLOW.withMaxQueuedBytes(10), MAX_SIZE, 1000, 0);
    assertThat(offer(queue, 5000)).isEqualTo(EnqueueResult.OK);
    assertThat(offer(queue, 0)).isEqualTo(EnqueueResult.OVERFLOW);
    queue.release(Charge.of(5000));
    assertThat(offer(queue, 5000)).isEqualTo(EnqueueResult.OK);
  }

  @Test
  void whatIsTooLargeAndWhatComesAfterTheEndIsNotTaken() {
    EmitQueue queue = new EmitQueue(FLOW, 10, 1000, 0);
    assertThat(offer(queue, 11)).isEqualTo(EnqueueResult.TOO_LARGE);
    assertThat(offer(queue, 10)).isEqualTo(EnqueueResult.OK);
    assertThat(queue.terminate()).isTrue();
    queue.cancel();
    assertThat(queue.terminate()).isFalse();
    assertThat(offer(queue, 1)).isEqualTo(EnqueueResult.TERMINATED);
    assertThat(queue.emitted()).isEqualTo(1);
    assertThat(queue.isDrained()).isFalse();
    assertThat(queue.poll()).isNotNull();
    assertThat(queue.isDrained()).isTrue();

    EmitQueue cancelled = new EmitQueue(FLOW, 10, 1000, 0);
    cancelled.cancel();
    assertThat(offer(cancelled, 1)).isEqualTo(EnqueueResult.CANCELLED);
  }

  // Many threads

  /** Those who found no room wait here until they are told that there is some. */
  private static final class Room {
    private long told;

    synchronized long told() {
      return told;
    }

    synchronized void tell() {
      told++;
      notifyAll();
    }

    /** Returns false if nobody is told for too long. */
    synchronized boolean awaitNews(long known) throws InterruptedException {
      long end = System.nanoTime() + BOUND_NANOS;
      while (told == known) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
      return true;
    }
  }

  /** Emits numbered messages until it has emitted all or the queue has ended; returns how many. */
  private static int emit(EmitQueue queue, int thread, int messages, Room room)
      throws InterruptedException {
    int taken = 0;
    while (taken < messages) {
      long known = room.told();
      ByteBuf message = Unpooled.buffer(MESSAGE_BYTES).writeInt(thread).writeInt(taken);
      MessageCallback callback = taken % 3 == 0 ? (sequence, end) -> {} : null;
      EnqueueResult result =
          queue.offer(new Emission(message, MESSAGE_BYTES, false, SendHalf.NO_DEADLINE, callback));
      if (result == EnqueueResult.OK) {
        taken++;
      } else if (result != EnqueueResult.OVERFLOW) {
        return taken;
      } else if (!room.awaitNews(known)) {
        throw new AssertionError("nobody said that there is room, after " + taken);
      }
    }
    return taken;
  }

  /** The loop's side: drains, writes what is granted, grants more, tells of room. */
  private static final class Loop {
    final EmitQueue queue;
    final FlowOptions flow;
    final Room room;
    final Random random;
    final int mostGranted;
    final int[] next;
    final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
    long granted;
    long written;

    Loop(EmitQueue queue, FlowOptions flow, Room room, int threads, long seed, int mostGranted) {
      this.queue = queue;
      this.flow = flow;
      this.room = room;
      this.random = new Random(seed);
      this.mostGranted = mostGranted;
      this.next = new int[threads];
    }

    void turn() {
      Emission polled;
      while ((polled = queue.poll()) != null) {
        ByteBuf message = polled.message();
        int thread = message.getInt(0);
        assertThat(message.getInt(4)).as("of thread %d", thread).isEqualTo(next[thread]++);
        waiting.add(message);
      }
      assertThat(queue.emitted()).isLessThanOrEqualTo(granted + flow.maxQueuedMessages());
      assertThat(queue.queuedBytes()).isLessThanOrEqualTo(flow.maxQueuedBytes());
      long freed = 0;
      while (written < granted && !waiting.isEmpty()) {
        waiting.remove();
        written++;
        freed += Charge.of(MESSAGE_BYTES);
      }
      if (freed > 0) {
        queue.release(freed);
        tellIfWanted();
      }
      if (granted - written < mostGranted) {
        granted += 1 + random.nextInt(mostGranted);
        queue.grant(granted);
        tellIfWanted();
      }
    }

    private void tellIfWanted() {
      if (queue.takeRoomWanted()) {
        room.tell();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void manyThreadsLoseNothingAndKeepTheirOrderAndTheBounds(int threads) throws Exception {
    FlowOptions flow =
        FLOW.withMaxQueuedMessages(16)
            .withMaxQueuedBytes(Math.toIntExact(12 * Charge.of(MESSAGE_BYTES)));
    int drained = run(flow, threads, MESSAGES_PER_THREAD, threads, Integer.MAX_VALUE, 50);
    assertThat(drained).isEqualTo(threads * MESSAGES_PER_THREAD);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void whatIsTakenBeforeTheEndIsSeenAndNothingIsTakenAfterIt(int threads) throws Exception {
    for (int seed = 0; seed < 15; seed++) {
      int endAfter = new Random(seed).nextInt(1000);
      int drained =
          run(FLOW.withMaxQueuedMessages(4), threads, MESSAGES_PER_THREAD, seed, endAfter, 50);
      assertThat(drained).as("seed %d", seed).isGreaterThanOrEqualTo(endAfter);
    }
  }

  /** At each message someone finds no room just as some comes. */
  @Test
  void whoFindsNoRoomIsToldOfTheNext() throws Exception {
    int messages = 60_000;
    int drained = run(FLOW.withMaxQueuedMessages(1), 1, messages, 1, Integer.MAX_VALUE, 1);
    assertThat(drained).isEqualTo(messages);
  }

  @Test
  void theFirstMessagesOfTwoThreadsAreBothThere() throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      for (int i = 0; i < 5_000; i++) {
        EmitQueue queue = new EmitQueue(FLOW, MAX_SIZE, 2, 0);
        AtomicInteger ready = new AtomicInteger();
        Future<EnqueueResult> theirs = other.submit(() -> together(ready, queue));
        assertThat(together(ready, queue)).isEqualTo(EnqueueResult.OK);
        assertThat(theirs.get(BOUND_NANOS, TimeUnit.NANOSECONDS)).isEqualTo(EnqueueResult.OK);
        assertThat(queue.poll()).as("round %d", i).isNotNull();
        assertThat(queue.poll()).as("round %d", i).isNotNull();
        assertThat(queue.isDrained()).isTrue();
      }
    } finally {
      other.shutdownNow();
    }
  }

  private static EnqueueResult together(AtomicInteger ready, EmitQueue queue) {
    ready.incrementAndGet();
    long start = System.nanoTime();
    while (ready.get() < 2 && System.nanoTime() - start < BOUND_NANOS) {
      Thread.onSpinWait();
    }
    return offer(queue, 1);
  }

  /** Returns how many messages the loop has seen; ends the queue after so many of them. */
  private static int run(
      FlowOptions flow, int threads, int messages, long seed, int endAfter, int mostGranted)
      throws Exception {
    EmitQueue queue = new EmitQueue(flow, MAX_SIZE, 0, 0);
    Room room = new Room();
    Loop loop = new Loop(queue, flow, room, threads, seed, mostGranted);
    ExecutorService emitters = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Integer>> emitting = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int thread = i;
        Callable<Integer> task = () -> emit(queue, thread, messages, room);
        emitting.add(emitters.submit(task));
      }
      long start = System.nanoTime();
      boolean ended = false;
      while (!emitting.stream().allMatch(Future::isDone)) {
        loop.turn();
        if (!ended && queue.drained() >= endAfter) {
          ended = true;
          assertThat(queue.terminate()).isTrue();
          room.tell();
        }
        assertThat(System.nanoTime() - start).as("seed %d hangs", seed).isLessThan(BOUND_NANOS);
      }
      loop.turn();
      int taken = 0;
      for (Future<Integer> each : emitting) {
        taken += each.get();
      }
      assertThat(queue.isDrained()).as("seed %d", seed).isTrue();
      assertThat(queue.drained()).as("seed %d", seed).isEqualTo(taken);
      assertThat(queue.emitted()).as("seed %d", seed).isEqualTo(taken);
      assertThat(queue.queuedBytes())
          .as("seed %d", seed)
          .isEqualTo(loop.waiting.size() * Charge.of(MESSAGE_BYTES));
      return taken;
    } finally {
      emitters.shutdownNow();
    }
  }
}
