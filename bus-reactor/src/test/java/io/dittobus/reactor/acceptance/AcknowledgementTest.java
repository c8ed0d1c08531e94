// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.reactor.inbound.ReceivedMessage;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** SEMANTICS: <i>Acks mean something</i>. */
class AcknowledgementTest {

  @Test
  @DisplayName(
      "an ack comes after onNext has returned, without further traffic, on a busy link too")
  void afterOnNext() {
    try (Pair pair = new Pair()) {
      Pair.Ends busy = pair.open();
      busy.alices().receive().onErrorComplete().subscribe();
      Disposable noise =
          busy.bobs()
              .send(Flux.<byte[]>generate(s -> s.next(new byte[8000])))
              .onErrorComplete()
              .subscribe();
      Pair.Ends ends = pair.open();
      AtomicLong returned = new AtomicLong();
      ends.alices()
          .receive()
          .onErrorComplete()
          .subscribe(
              new BaseSubscriber<ByteBuf>() {
                @Override
                protected void hookOnNext(ByteBuf message) {
                  returned.incrementAndGet();
                }
              });
      for (long sequence = 1; sequence <= 200; sequence++) {
        long acked = Pair.block(ends.bobs().sink().emitAcked(new byte[10]));
        assertThat(acked).isEqualTo(sequence);
        assertThat(returned.get()).isGreaterThanOrEqualTo(sequence);
      }
      assertThat(noise.isDisposed()).isFalse();
      noise.dispose();
      ends.bobs().dispose();
      busy.bobs().dispose();
    }
  }

  @Test
  @DisplayName("deliverOn: an ack comes after onNext has returned on that scheduler")
  void deliverOn() throws Exception {
    try (Pair pair = new Pair()) {
      Pair.Ends ends = pair.open();
      CountDownLatch release = new CountDownLatch(1);
      AtomicReference<@Nullable String> thread = new AtomicReference<>();
      ends.alices()
          .receive()
          .deliverOn(Schedulers.boundedElastic())
          .onErrorComplete()
          .subscribe(
              message -> {
                thread.set(Thread.currentThread().getName());
                try {
                  release.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      CountDownLatch acked = new CountDownLatch(1);
      ends.bobs().sink().emitAcked(new byte[10]).subscribe(sequence -> acked.countDown());
      Pair.await(() -> thread.get() != null);
      Pair.Ends other = pair.open();
      other.alices().receive().onErrorComplete().subscribe();
      Pair.block(other.bobs().sink().emitAcked(new byte[1]));
      assertThat(acked.getCount()).as("not acked while onNext runs").isEqualTo(1);
      assertThat(thread.get()).contains("boundedElastic");
      release.countDown();
      assertThat(acked.await(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  @DisplayName(
      "by hand, in any order: the acked prefix is exactly the acknowledged one, and cumulative")
  void byHand() {
    try (Pair pair = new Pair()) {
      for (long seed = 0; seed < 20; seed++) {
        Random random = new Random(seed);
        Pair.Ends ends = pair.open();
        int total = 100;
        ConcurrentLinkedQueue<ReceivedMessage> held = new ConcurrentLinkedQueue<>();
        ends.alices()
            .receive()
            .withAck()
            .onErrorComplete()
            .subscribe(
                new BaseSubscriber<ReceivedMessage>() {
                  @Override
                  protected void hookOnSubscribe(Subscription subscription) {
                    subscription.request(Long.MAX_VALUE);
                  }

                  @Override
                  protected void hookOnNext(ReceivedMessage message) {
                    held.add(message);
                  }
                });
        ends.bobs().send(Flux.range(1, total).map(i -> new byte[i])).block(Pair.PATIENCE);
        Pair.await(() -> held.size() == total);
        List<ReceivedMessage> left = new ArrayList<>(held);
        BitSet acked = new BitSet();
        while (!left.isEmpty()) {
          ReceivedMessage next =
              Objects.requireNonNull(left.remove(random.nextInt(Math.min(5, left.size()))));
          acked.set((int) next.sequence());
          next.acknowledge();
          long prefix = acked.nextClearBit(1) - 1L;
          assertThat(ends.bobs().ackedSequence()).as("seed %d", seed).isLessThanOrEqualTo(prefix);
          if (random.nextInt(10) == 0) {
            Pair.await(() -> ends.bobs().ackedSequence() == prefix);
          }
        }
        Pair.await(() -> ends.bobs().ackedSequence() == total);
        ends.bobs().dispose();
      }
    }
  }
}
