// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.reactor.codec.Codecs;
import io.dittobus.reactor.fake.FakeStream;
import io.dittobus.reactor.fake.TaskQueue;
import io.dittobus.reactor.outbound.SendOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * Sending under random credit, sizes, pauses, cancels and errors. What holds after each step: taken
 * plus requested is within credit plus prefetch; and when everything is at rest and there is
 * credit, room and something to send, nothing waits. A failure tells its seed.
 */
class SendPropertyTest {

  /** A publisher that emits when told to, as far as it was asked. */
  private static final class Source implements Publisher<ByteBuf>, Subscription {
    private final List<ByteBuf> all = new ArrayList<>();
    private Subscriber<? super ByteBuf> to;
    private long requested;
    private long emitted;
    private boolean cancelled;
    private boolean over;

    @Override
    public void subscribe(Subscriber<? super ByteBuf> subscriber) {
      to = subscriber;
      subscriber.onSubscribe(this);
    }

    @Override
    public void request(long n) {
      assertThat(n).isPositive();
      requested += n;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    boolean mayEmit() {
      return emitted < requested && !cancelled && !over;
    }

    void emit(int size, long number) {
      ByteBuf message = Unpooled.buffer(Math.max(8, size)).writeLong(number);
      message.writeZero(Math.max(0, size - 8));
      all.add(message);
      emitted++;
      to.onNext(message);
    }
  }

  @Test
  void anySchedule() {
    for (long seed = 1; seed <= 5_000; seed++) {
      try {
        new Schedule(seed).run();
      } catch (Throwable failure) {
        throw new AssertionError("seed " + seed, failure);
      }
    }
  }

  private static final class Schedule {
    private final Random random;
    private final TaskQueue tasks = new TaskQueue();
    private final FlowOptions flow;
    private final FakeStream fake;
    private final ReactorStream stream;
    private final SendOptions options;
    private final Source source = new Source();
    private final Probe<Void> done = new Probe<>();
    private final boolean complete;
    private final int messages;
    private final int maxSize;
    private boolean disturbed;

    Schedule(long seed) {
      random = new Random(seed);
      flow =
          new FlowOptions(
              0,
              random.nextBoolean() ? 1 + random.nextInt(4) : 64,
              random.nextBoolean() ? 1 + random.nextInt(300) : 1 << 20);
      fake = new FakeStream(tasks, flow);
      stream = ReactorStream.of(fake, false);
      options =
          new SendOptions(
              random.nextBoolean() ? 0 : random.nextInt(10),
              random.nextBoolean() ? 1 + random.nextInt(3) : 64);
      complete = random.nextBoolean();
      messages = random.nextInt(60);
      maxSize = random.nextBoolean() ? 16 : 400;
    }

    void run() {
      (complete
              ? stream.sendAndComplete(source, Codecs.buffer(), options)
              : stream.send(source, Codecs.buffer(), options))
          .subscribe(done);
      boolean disturbing = random.nextInt(3) == 0;
      for (int i = 0; i < 400; i++) {
        if (disturbing && random.nextInt(100) == 0) {
          disturb();
        } else {
          step();
        }
        check();
      }
      if (!disturbed) {
        runToTheEnd();
        assertThat(done.completed).isTrue();
        assertThat(fake.written).hasSize(messages);
      }
      fake.cut(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");
      tasks.runAll();
      assertThat(done.terminals).isLessThanOrEqualTo(1);
      for (int i = 0; i < fake.written.size(); i++) {
        assertThat(Unpooled.wrappedBuffer(fake.written.get(i)).readLong()).isEqualTo(i);
      }
      assertThat(source.all).allSatisfy(b -> assertThat(b.refCnt()).isZero());
      assertThat(fake.violations).isEmpty();
    }

    private void step() {
      switch (random.nextInt(8)) {
        case 0 -> fake.grant(random.nextInt(20) == 0 ? Long.MAX_VALUE : random.nextInt(4));
        case 1 -> fake.write(1 + random.nextInt(5));
        case 2 -> fake.remoteAck(1 + random.nextInt(5));
        case 3, 4, 5 -> publish();
        default -> tasks.runOne();
      }
    }

    private void publish() {
      if (source.over || source.cancelled) {
        return;
      }
      if (source.emitted == messages) {
        source.over = true;
        source.to.onComplete();
      } else if (source.mayEmit()) {
        source.emit(random.nextInt(maxSize), source.emitted);
      }
    }

    private void disturb() {
      disturbed = true;
      switch (random.nextInt(5)) {
        case 0 -> done.cancel();
        case 1 -> fake.remoteCancel();
        case 2 -> fake.cut(BusCompletionReason.APPLICATION_ERROR, StreamEnd.Origin.REMOTE, "");
        case 3 -> stream.sink().tryEmitComplete();
        default -> {
          if (!source.over && !source.cancelled) {
            source.over = true;
            source.to.onError(new IllegalStateException("source"));
          }
        }
      }
    }

    private void check() {
      long credit = fake.grantedMessages();
      long allowed = credit == Long.MAX_VALUE ? credit : credit + options.prefetch();
      assertThat(source.requested).isLessThanOrEqualTo(allowed);
      assertThat(source.requested - source.emitted).isLessThanOrEqualTo(options.maxBatch());
    }

    /** At rest, either the source has something to do or the other side has. */
    private void runToTheEnd() {
      for (int i = 0; i < 10_000 && !done.isOver(); i++) {
        tasks.runAll();
        publish();
        tasks.runAll();
        if (fake.queuedMessages() == 0
            && source.emitted < messages
            && fake.emittedSequence() < fake.grantedMessages()) {
          assertThat(source.mayEmit())
              .as("credit %s, emitted %s: asked for more", fake.grantedMessages(), source.emitted)
              .isTrue();
        }
        switch (i % 3) {
          case 0 -> fake.grant(1);
          case 1 -> fake.write(1);
          default -> fake.remoteAck(1);
        }
      }
      tasks.runAll();
    }
  }

  /**
   * The same with real threads: a publisher, the stream's executor, the network, and a sink beside
   * them.
   */
  @Test
  void anyScheduleOfThreads() throws InterruptedException {
    for (long seed = 1; seed <= 60; seed++) {
      ExecutorService executor = Executors.newSingleThreadExecutor();
      try {
        threads(new Random(seed), executor);
      } catch (Throwable failure) {
        throw new AssertionError("seed " + seed, failure);
      } finally {
        executor.shutdownNow();
        executor.awaitTermination(10, TimeUnit.SECONDS);
      }
    }
  }

  /** Lets the executor come to its end, or it would have more and more to do. */
  private static boolean settle(ExecutorService executor) {
    try {
      executor.submit(() -> {}).get();
      return true;
    } catch (InterruptedException | ExecutionException | RejectedExecutionException e) {
      return false;
    }
  }

  private static void threads(Random random, ExecutorService executor) {
    FlowOptions flow = new FlowOptions(0, 1 + random.nextInt(32), 1 + random.nextInt(2_000));
    FakeStream fake = new FakeStream(executor, flow);
    ReactorStream stream = ReactorStream.of(fake, false);
    int messages = 500;
    int maxSize = 8 + random.nextInt(400);
    AtomicLong taken = new AtomicLong();
    AtomicLong beyond = new AtomicLong();
    Probe<Void> done = new Probe<>();
    stream
        .sendAndComplete(
            Flux.range(0, messages)
                .doOnNext(
                    i -> {
                      if (taken.incrementAndGet() > fake.grantedMessages()) {
                        beyond.incrementAndGet();
                      }
                    })
                .map(i -> Unpooled.buffer(maxSize).writeLong(i).writeZero(i % (maxSize - 7)))
                .subscribeOn(Schedulers.parallel()), // which is where requests go, too
            Codecs.buffer())
        .subscribe(done);
    Thread network =
        new Thread(
            () -> {
              while (!done.isOver() && !Thread.currentThread().isInterrupted()) {
                fake.grant(1 + taken.get() % 5);
                fake.write(7);
                fake.remoteAck(5);
                if (!settle(executor)) {
                  return;
                }
              }
            });
    network.start();
    try {
      Awaitility.await().atMost(60, TimeUnit.SECONDS).until(done::isOver);
    } finally {
      network.interrupt();
    }
    assertThat(done.error).isNull();
    assertThat(fake.written).hasSize(messages);
    for (int i = 0; i < messages; i++) {
      assertThat(Unpooled.wrappedBuffer(fake.written.get(i)).readLong()).isEqualTo(i);
    }
    assertThat(beyond.get()).as("messages taken beyond the credit").isZero();
    assertThat(fake.violations).isEmpty();
  }
}
