// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.fake.FakeStream;
import io.dittobus.reactor.fake.TaskQueue;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/** Delivery on another thread: acknowledged there, bounded, and never more than was requested. */
class DeliverOnTest {

  private final TaskQueue tasks = new TaskQueue();
  private final TaskQueue elsewhere = new TaskQueue();
  private final Scheduler scheduler = Schedulers.fromExecutor(elsewhere);
  private final FakeStream fake = new FakeStream(tasks, FlowOptions.defaults());
  private final ReactorStream stream = ReactorStream.of(fake, false);

  @AfterEach
  void theContractWasHeld() {
    settle();
    assertThat(fake.violations).isEmpty();
  }

  private void settle() {
    while (tasks.runOne() | elsewhere.runOne()) {
      // goes on
    }
  }

  private void send(int messages) {
    for (int i = 1; i <= messages; i++) {
      fake.remoteSend(("m" + i).getBytes(UTF_8));
    }
    tasks.runAll();
  }

  @Test
  void acknowledgesAfterOnNextOnTheSchedulerAndNotBefore() {
    List<String> seen = new ArrayList<>();
    stream
        .receive()
        .deliverOn(scheduler)
        .asString()
        .subscribe(s -> seen.add(s + " " + fake.acknowledged.size()));
    settle();
    send(2);
    assertThat(seen).isEmpty();
    assertThat(fake.acknowledged).isEmpty();
    settle();
    assertThat(seen).containsExactly("m1 0", "m2 1");
    assertThat(fake.acknowledged).containsExactly(1L, 2L);
  }

  @Test
  void asksForNoMoreThanIsDemandedNorThanMayWait() {
    Probe<byte[]> probe = new Probe<>();
    stream.receive().deliverOn(scheduler, 8).asByteArray().subscribe(probe);
    settle();
    assertThat(fake.requested()).isZero();
    probe.request(3);
    settle();
    assertThat(fake.requested()).isEqualTo(3);
    probe.request(Long.MAX_VALUE);
    settle();
    assertThat(fake.requested()).isEqualTo(8);
    send(8);
    assertThat(fake.requested()).isEqualTo(8);
    settle();
    assertThat(fake.requested()).isEqualTo(16);
    assertThat(probe.values).hasSize(8);
  }

  @Test
  void messagesMayBeAcknowledgedByHand() {
    List<Long> seen = new ArrayList<>();
    stream
        .receive()
        .deliverOn(scheduler)
        .withAck()
        .subscribe(
            m -> {
              seen.add(m.sequence());
              if (m.asString().equals("m2")) {
                m.acknowledge();
              }
            });
    settle();
    send(3);
    settle();
    assertThat(seen).containsExactly(1L, 2L, 3L);
    assertThat(fake.acknowledged).containsExactly(2L);
  }

  @Test
  void completesAfterWhatWaited() {
    Probe<String> probe = new Probe<>();
    stream.receive().deliverOn(scheduler).asString().subscribe(probe);
    probe.request(2);
    settle();
    send(2);
    fake.remoteComplete();
    tasks.runAll();
    assertThat(probe.completed).isFalse();
    settle();
    assertThat(probe.values).containsExactly("m1", "m2");
    assertThat(probe.completed).isTrue();
  }

  @Test
  void failsAtOnceAndReleasesWhatWaited() {
    List<ByteBuf> discarded = new ArrayList<>();
    Probe<String> probe =
        new Probe<>(Operators.enableOnDiscard(Context.empty(), o -> discarded.add((ByteBuf) o)));
    stream.receive().deliverOn(scheduler).asString().subscribe(probe);
    probe.request(5);
    settle();
    fake.remoteSend(new byte[10_000]); // large: retained
    send(2); // small: copied
    fake.cut(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");
    tasks.runAll();
    settle();
    assertThat(probe.values).isEmpty();
    assertThat(probe.error).isInstanceOf(StreamException.class);
    assertThat(discarded).hasSize(3).allSatisfy(b -> assertThat(b.refCnt()).isZero());
    assertThat(fake.acknowledged).isEmpty();
  }

  @Test
  void cancellingReleasesWhatWaited() {
    List<ByteBuf> discarded = new ArrayList<>();
    Probe<String> probe =
        new Probe<>(Operators.enableOnDiscard(Context.empty(), o -> discarded.add((ByteBuf) o)));
    stream.receive().deliverOn(scheduler).asString().subscribe(probe);
    probe.request(5);
    settle();
    send(2);
    probe.cancel();
    settle();
    assertThat(discarded).hasSize(2).allSatisfy(b -> assertThat(b.refCnt()).isZero());
    assertThat(fake.inboundEnd().reason()).isEqualTo(BusCompletionReason.CANCELLED);
    assertThat(fake.acknowledged).isEmpty();
  }

  @Test
  void takeAcknowledgesWhatItTookAndCancels() {
    Probe<String> probe = new Probe<>();
    stream.receive().deliverOn(scheduler).asString().take(2).subscribe(probe);
    probe.request(10);
    settle();
    send(4);
    settle();
    assertThat(probe.values).containsExactly("m1", "m2");
    assertThat(fake.acknowledged).containsExactly(1L, 2L);
    assertThat(fake.inboundEnd().reason()).isEqualTo(BusCompletionReason.CANCELLED);
  }

  @Test
  void anOperatorThatFailsIsNotACancel() {
    stream
        .receive()
        .deliverOn(scheduler)
        .asString()
        .map(
            s -> {
              throw new IllegalStateException("the consumer fails");
            })
        .subscribe(v -> {}, e -> {});
    settle();
    send(2);
    settle();
    assertThat(fake.end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
    assertThat(fake.acknowledged).isEmpty();
  }

  @Test
  void anOnNextThatThrowsLeavesItsMessageUnacknowledgedAndEndsTheStream() {
    List<String> seen = new ArrayList<>();
    stream
        .receive()
        .deliverOn(scheduler)
        .subscribe(
            new CoreSubscriber<>() {
              @Override
              public void onSubscribe(Subscription s) {
                s.request(10);
              }

              @Override
              public void onNext(ByteBuf message) {
                seen.add(message.toString(UTF_8));
                throw new IllegalStateException("thrown by the subscriber");
              }

              @Override
              public void onError(Throwable error) {
                seen.add("error");
              }

              @Override
              public void onComplete() {
                seen.add("complete");
              }
            });
    settle();
    send(2);
    settle();
    assertThat(seen).containsExactly("m1");
    assertThat(fake.acknowledged).isEmpty();
    assertThat(fake.end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
  }

  @Test
  void aRequestOfNothingIsAnError() {
    Probe<String> probe = new Probe<>();
    stream.receive().deliverOn(scheduler).asString().subscribe(probe);
    probe.request(0);
    settle();
    assertThat(probe.error).isInstanceOf(IllegalArgumentException.class);
    assertThat(fake.end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
  }

  @Test
  void aSchedulerThatHasEndedFailsTheStream() {
    Scheduler ended = Schedulers.newSingle("ended");
    ended.dispose();
    Probe<String> probe = new Probe<>();
    stream.receive().deliverOn(ended).asString().subscribe(probe);
    probe.request(1);
    assertThat(probe.error).isInstanceOf(RejectedExecutionException.class);
    assertThat(fake.end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
  }

  /** Takes tasks until it is disposed of, and then drops those that it has, and takes no more. */
  private static final class Perishable implements Executor {
    private final TaskQueue tasks = new TaskQueue();
    private volatile boolean over;

    @Override
    public void execute(Runnable task) {
      if (over) {
        throw new RejectedExecutionException("over");
      }
      tasks.execute(task);
    }
  }

  /** A scheduler that ends with what it was to do still undone: {@code shutdownNow}, as it were. */
  @Test
  void aSchedulerThatEndsWhileMessagesWaitFailsTheStreamAndReleasesThem() {
    for (Ends how : Ends.values()) {
      Perishable perishable = new Perishable();
      FakeStream stream = new FakeStream(tasks, FlowOptions.defaults());
      Scheduler ending = Schedulers.fromExecutor(perishable);
      List<ByteBuf> discarded = new ArrayList<>();
      Probe<String> probe =
          new Probe<>(Operators.enableOnDiscard(Context.empty(), o -> discarded.add((ByteBuf) o)));
      ReactorStream.of(stream, false).receive().deliverOn(ending).asString().subscribe(probe);
      probe.request(5);
      perishable.tasks.runAll();
      stream.remoteSend("m1".getBytes(UTF_8));
      stream.remoteSend(new byte[10_000]);
      tasks.runAll();
      perishable.over = true; // its task will never run
      ending.dispose();
      how.signal(stream, probe);
      tasks.runAll();
      assertThat(probe.values).as(how.name()).isEmpty();
      assertThat(probe.terminals).as(how.name()).isEqualTo(how == Ends.CANCEL ? 0 : 1);
      if (how == Ends.LOST) {
        assertThat(probe.error).isInstanceOf(StreamException.class);
        assertThat(stream.end().reason()).isEqualTo(BusCompletionReason.PEER_LOST);
      } else if (how != Ends.CANCEL) {
        assertThat(probe.error)
            .as(how.name())
            .isInstanceOf(RejectedExecutionException.class)
            .hasMessageContaining("scheduler");
        assertThat(stream.end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
        assertThat(stream.end().text()).isEqualTo("the receiver's scheduler has ended");
      }
      assertThat(discarded)
          .as(how.name())
          .hasSize(how == Ends.MESSAGE ? 3 : 2)
          .allSatisfy(b -> assertThat(b.refCnt()).isZero());
      assertThat(stream.acknowledged).isEmpty();
      perishable.tasks.runAll(); // as some do, after all
      assertThat(probe.values).isEmpty();
      assertThat(stream.violations).isEmpty();
      stream.dispose();
      tasks.runAll();
    }
  }

  /** What comes next, of which it is noticed that the scheduler has ended. */
  private enum Ends {
    MESSAGE {
      @Override
      void signal(FakeStream stream, Probe<String> probe) {
        stream.remoteSend("m3".getBytes(UTF_8));
      }
    },
    DEMAND {
      @Override
      void signal(FakeStream stream, Probe<String> probe) {
        probe.request(1);
      }
    },
    COMPLETION {
      @Override
      void signal(FakeStream stream, Probe<String> probe) {
        stream.remoteComplete();
      }
    },
    LOST {
      @Override
      void signal(FakeStream stream, Probe<String> probe) {
        stream.cut(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");
      }
    },
    CANCEL {
      @Override
      void signal(FakeStream stream, Probe<String> probe) {
        probe.cancel();
      }
    };

    abstract void signal(FakeStream stream, Probe<String> probe);
  }

  @Test
  void aSchedulerWithoutWorkersFailsTheStream() {
    Scheduler broken =
        new Scheduler() {
          @Override
          public Disposable schedule(Runnable task) {
            throw new RejectedExecutionException("of the test");
          }

          @Override
          public Worker createWorker() {
            throw new RejectedExecutionException("of the test");
          }
        };
    Probe<String> probe = new Probe<>();
    stream.receive().deliverOn(broken).asString().subscribe(probe);
    assertThat(probe.error).hasMessage("of the test");
    assertThat(fake.end().reason()).isEqualTo(BusCompletionReason.APPLICATION_ERROR);
  }

  @Test
  void whatWasDeliveredBeforeTheSchedulerEndedEndsAsTheStreamDid() {
    Perishable perishable = new Perishable();
    Scheduler ending = Schedulers.fromExecutor(perishable);
    Probe<String> probe = new Probe<>();
    stream.receive().deliverOn(ending).asString().subscribe(probe);
    probe.request(5);
    perishable.tasks.runAll();
    send(1);
    perishable.tasks.runAll();
    perishable.over = true;
    ending.dispose();
    fake.remoteComplete();
    tasks.runAll();
    assertThat(probe.values).containsExactly("m1");
    assertThat(probe.error).isNull();
    assertThat(probe.completed).isTrue();
  }

  /** Or a few bytes would keep all that was read with them, and nobody would count it. */
  @Test
  void whatWaitsPinsLittleMoreThanItself() {
    List<Integer> seen = new ArrayList<>();
    stream.receive().deliverOn(scheduler).subscribe(m -> seen.add(m.readableBytes()));
    settle();
    fake.readBytes = 64 * 1024;
    for (int size : new int[] {0, 10, 5_000, 30_000}) {
      fake.remoteSend(new byte[size]);
      tasks.runAll();
      assertThat(fake.read.refCnt()).as("%d of 65,536 bytes", size).isZero();
    }
    fake.remoteSend(new byte[50_000]); // most of it: not worth a copy
    tasks.runAll();
    assertThat(fake.read.refCnt()).isOne();
    settle();
    assertThat(seen).containsExactly(0, 10, 5_000, 30_000, 50_000);
    assertThat(fake.read.refCnt()).isZero();
  }

  @Test
  void boundsAreChecked() {
    assertThatThrownBy(() -> stream.receive().deliverOn(scheduler, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** A subscriber that blocks holds its own thread only; what waits meanwhile stays bounded. */
  @Test
  void aBlockingSubscriberHoldsItsOwnThreadOnly() throws InterruptedException {
    CountDownLatch release = new CountDownLatch(1);
    ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
    stream
        .receive()
        .deliverOn(Schedulers.boundedElastic(), 4)
        .asString()
        .subscribe(
            s -> {
              await(release);
              seen.add(s);
            });
    Awaitility.await().until(() -> fake.requested() == 4);
    send(30); // returns: the stream's own thread is not held
    assertThat(fake.acknowledged).isEmpty();
    assertThat(fake.requested()).isLessThanOrEqualTo(5);
    release.countDown();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              tasks.runAll();
              return seen.size() == 30;
            });
    assertThat(seen.peek()).isEqualTo("m1");
    Awaitility.await().until(() -> fake.acknowledged.size() == 30);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Random interleavings of the two threads, demand, ends: 2,000 schedules, and a few with real
   * threads.
   */
  @Test
  void anySchedule() {
    for (long seed = 1; seed <= 2_000; seed++) {
      try {
        schedule(new Random(seed));
      } catch (Throwable failure) {
        throw new AssertionError("seed " + seed, failure);
      }
    }
  }

  private static void schedule(Random random) {
    TaskQueue tasks = new TaskQueue();
    TaskQueue elsewhere = new TaskQueue();
    FakeStream fake = new FakeStream(tasks, FlowOptions.defaults());
    ReactorStream stream = ReactorStream.of(fake, false);
    List<ByteBuf> discarded = new ArrayList<>();
    Probe<String> probe =
        new Probe<>(Operators.enableOnDiscard(Context.empty(), o -> discarded.add((ByteBuf) o)));
    int maxWaiting = 1 + random.nextInt(6);
    stream
        .receive()
        .deliverOn(Schedulers.fromExecutor(elsewhere), maxWaiting)
        .asString()
        .subscribe(probe);
    int messages = random.nextInt(40);
    int sent = 0;
    long demand = 0;
    boolean cancelled = false;
    boolean cut = false;
    for (int step = 0; step < 300; step++) {
      switch (random.nextInt(10)) {
        case 0 -> {
          int n = 1 + random.nextInt(5);
          demand += n;
          probe.request(n);
        }
        case 1, 2 -> {
          if (sent < messages && !cut) {
            fake.remoteSend(("m" + ++sent).getBytes(UTF_8));
          }
        }
        case 3 -> {
          if (random.nextInt(100) == 0) {
            cancelled = true;
            probe.cancel();
          } else if (random.nextInt(100) == 0) {
            cut = true;
            fake.cut(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");
          }
        }
        case 4, 5, 6 -> elsewhere.runOne();
        default -> tasks.runOne();
      }
      assertThat(fake.requested()).isLessThanOrEqualTo(demand);
      assertThat(fake.requested() - probe.values.size()).isLessThanOrEqualTo(maxWaiting);
      assertThat(fake.acknowledged).hasSize(probe.values.size());
    }
    if (!cut) {
      fake.remoteComplete();
    }
    probe.request(messages + 1);
    while (tasks.runOne() | elsewhere.runOne()) {
      // goes on
    }
    for (int i = 0; i < probe.values.size(); i++) {
      assertThat(probe.values.get(i)).isEqualTo("m" + (i + 1));
    }
    if (!cancelled) {
      assertThat(probe.terminals).isEqualTo(1);
      if (!cut) {
        assertThat(probe.completed).isTrue();
        assertThat(probe.values).hasSize(sent);
      }
    }
    assertThat(discarded).allSatisfy(b -> assertThat(b.refCnt()).isZero());
    assertThat(fake.violations).isEmpty();
  }

  @Test
  void anyScheduleOfThreads() throws InterruptedException {
    for (int round = 0; round < 30; round++) {
      ExecutorService executor = Executors.newSingleThreadExecutor();
      try {
        FakeStream live = new FakeStream(executor, FlowOptions.defaults());
        ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
        boolean[] completed = {false};
        ReactorStream.of(live, false)
            .receive()
            // Threads that may block, as the queue of the fake's executor has a lock.
            .deliverOn(Schedulers.boundedElastic(), 1 + round)
            .asString()
            .subscribe(seen::add, e -> {}, () -> completed[0] = true);
        for (int i = 1; i <= 1_000; i++) {
          live.remoteSend(("m" + i).getBytes(UTF_8));
        }
        live.remoteComplete();
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> completed[0]);
        assertThat(seen).hasSize(1_000);
        int next = 1;
        for (String message : seen) {
          assertThat(message).isEqualTo("m" + next++);
        }
        assertThat(live.violations).isEmpty();
      } finally {
        executor.shutdownNow();
        executor.awaitTermination(10, TimeUnit.SECONDS);
      }
    }
  }
}
