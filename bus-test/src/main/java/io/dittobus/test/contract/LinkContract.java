// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.core.transport.Link;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The promises of {@link Link} and {@link io.dittobus.core.transport.LinkHandler}. */
abstract class LinkContract extends ContractSupport {

  private static final int MIB = 1 << 20;

  /**
   * No carrier holds more than this between a writer that heeds writability and a reader that does
   * not read.
   */
  private static final long MOST_BUFFERED = 64L * MIB;

  @Test
  void bytesArriveWholeAndInOrderBothWaysAtOnce() {
    for (long seed = 1; seed <= 5; seed++) {
      LinkProbe near = probe().expect(seed + 100);
      LinkProbe far = probe().expect(seed);
      connect(near, far);
      long bytes = 3 * MIB + seed;
      final long nearSeed = seed;
      near.up().loop().execute(() -> near.send(nearSeed, bytes));
      far.up().loop().execute(() -> far.send(nearSeed + 100, bytes));
      await("all bytes, seed " + seed, () -> near.received == bytes && far.received == bytes);
      await("readCompleted after them", () -> near.readComplete && far.readComplete);
      assertThat(near.violations).as("seed %d", seed).isEmpty();
      assertThat(far.violations).as("seed %d", seed).isEmpty();
    }
  }

  @Test
  void bytesArriveWholeUnderSuspensions() {
    long bytes = 2 * MIB;
    AtomicLong calls = new AtomicLong();
    LinkProbe far = probe().expect(7);
    far.onBytes(
        link -> {
          if (calls.incrementAndGet() % 3 == 0) {
            link.suspendReading();
            link.loop().schedule(link::resumeReading, 200_000);
          }
        });
    Pair pair = connect(probe(), far);
    run(pair.near(), near -> near.send(7, bytes));
    await("all bytes", () -> far.received == bytes);
  }

  @Test
  void aReaderThatDoesNotReadMakesTheWriterStopAndGoOnLater() {
    LinkProbe far = probe().expect(3).onUp(Link::suspendReading);
    Pair pair = connect(probe(), far);
    LinkProbe near = pair.near();
    run(near, it -> it.send(3, MOST_BUFFERED));
    AtomicBoolean writable = new AtomicBoolean(true);
    AtomicLong before = new AtomicLong(-1);
    await(
        "the writer to be held",
        () -> {
          // Held is who is not writable and has not moved since the last look.
          run(near, it -> writable.set(it.up().isWritable()));
          return !writable.get() && before.getAndSet(near.sent.get()) == near.sent.get();
        });
    assertThat(near.sent.get()).isLessThan(MOST_BUFFERED);
    assertThat(far.received).as("delivered while suspended").isZero();
    int changes = near.writabilityChanges.get();

    long held = near.sent.get();
    call(far, Link::resumeReading);
    await("what was held to arrive", () -> far.received >= held);
    await("the writer to go on", () -> near.writabilityChanges.get() > changes);
    call(near, Link::abort);
    awaitDown(far);
  }

  @Test
  void suspendingFromWithinAReadStopsTheDelivery() {
    AtomicLong atSuspension = new AtomicLong(-1);
    LinkProbe far = probe().expect(4);
    far.onBytes(
        link -> {
          if (atSuspension.compareAndSet(-1, far.received)) {
            link.suspendReading();
          }
        });
    Pair pair = connect(probe(), far);
    run(pair.near(), near -> near.send(4, MIB));
    await("the first bytes", () -> atSuspension.get() >= 0);
    await("readCompleted also then", () -> far.readComplete);
    assertThat(far.received - atSuspension.get())
        .as("what one read had already taken in")
        .isLessThanOrEqualTo(64 * 1024);
    call(far, Link::resumeReading);
    await("the rest", () -> far.received == MIB);
  }

  @Test
  void closeSendsWhatIsQueuedThenBothEndsGoDownInOrder() {
    LinkProbe far = probe().expect(5);
    Pair pair = connect(probe(), far);
    run(
        pair.near(),
        near -> {
          near.sendNow(5, MIB);
          near.call(Link::close);
        });
    awaitDown(pair.near());
    awaitDown(far);
    assertThat(far.received).isEqualTo(MIB);
    assertThat(pair.near().downCause).isNull();
    assertThat(far.downCause).isNull();
  }

  @Test
  void closeSendsAlsoWhatWasWrittenAndNotFlushed() {
    LinkProbe far = probe();
    Pair pair = connect(probe(), far);
    call(
        pair.near(),
        link -> {
          link.write(link.allocator().buffer(10).writeZero(10));
          link.close();
        });
    awaitDown(pair.near());
    awaitDown(far);
    assertThat(far.received).isEqualTo(10);
  }

  @Test
  void unreadBytesAtTheClosingEndCostTheOtherNoByte() {
    for (long seed = 1; seed <= 5; seed++) {
      LinkProbe near = probe().onUp(Link::suspendReading);
      LinkProbe far = probe().expect(6);
      Pair pair = connect(near, far);
      // The closing end has not read a byte of what the other goes on sending for as long as it is
      // let.
      run(far, it -> it.send(60, MOST_BUFFERED));
      await("the other end to have sent much", () -> far.sent.get() > 64 * 1024);
      run(
          near,
          it -> {
            it.sendNow(6, MIB);
            it.call(Link::close);
          });
      awaitDown(near);
      awaitDown(far);
      assertThat(pair.far().received).as("seed %d", seed).isEqualTo(MIB);
      assertThat(far.downCause).isNull();
      assertThat(near.downCause).isNull();
      assertThat(near.received).as("delivered after close").isZero();
    }
  }

  @Test
  void bothMayCloseAtOnce() {
    Pair pair = connect();
    pair.near().up().loop().execute(() -> pair.near().call(Link::close));
    pair.far().up().loop().execute(() -> pair.far().call(Link::close));
    awaitDown(pair.near());
    awaitDown(pair.far());
    assertThat(pair.near().downCause).isNull();
    assertThat(pair.far().downCause).isNull();
  }

  @Test
  void aSuspendedReaderGetsEverythingBeforeTheEnd() {
    LinkProbe far = probe().expect(8).onUp(Link::suspendReading);
    Pair pair = connect(probe(), far);
    run(
        pair.near(),
        near -> {
          near.sendNow(8, 20_000);
          near.call(Link::close);
        });
    // Some native transports read once more when the other side has ended.
    for (int i = 0; i < 20; i++) {
      call(far, link -> {});
    }
    assertThat(far.received).as("delivered while suspended").isZero();
    assertThat(far.downs).as("ended before the last byte").hasValue(0);
    call(far, Link::resumeReading);
    awaitDown(far);
    assertThat(far.received).isEqualTo(20_000);
    assertThat(far.downCause).isNull();
  }

  @Test
  void closeEndsAlsoIfTheOtherEndNeverReads() {
    LinkProbe far = probe().onUp(Link::suspendReading);
    Pair pair = connect(probe(), far);
    LinkProbe near = pair.near();
    run(near, it -> it.send(9, MOST_BUFFERED));
    run(near, it -> it.call(Link::close));
    awaitDown(near);
  }

  @Test
  void abortTakesBothEndsDown() {
    Pair pair = connect();
    run(pair.near(), near -> near.sendNow(10, MIB));
    call(
        pair.near(),
        link -> {
          link.abort();
          link.abort();
          link.close();
        });
    awaitDown(pair.near());
    awaitDown(pair.far());
    assertThat(pair.near().downCause).isNotNull();
    assertThat(pair.far().downCause).isNotNull();
  }

  @Test
  void abortReleasesWhatIsQueued() {
    LinkProbe far = probe().onUp(Link::suspendReading);
    Pair pair = connect(probe(), far);
    run(
        pair.near(),
        near -> {
          for (int i = 0; i < 32; i++) {
            near.sendNow(11, MIB);
          }
          near.call(Link::abort);
        });
    // The probe looks at its buffers in linkDown.
    awaitDown(pair.near());
  }

  @Test
  void aCloseMayBecomeAnAbort() {
    LinkProbe far = probe().onUp(Link::suspendReading);
    Pair pair = connect(probe(), far);
    run(
        pair.near(),
        near -> {
          near.send(12, MOST_BUFFERED);
          near.call(Link::close);
          near.call(Link::abort);
        });
    awaitDown(pair.near());
    assertThat(pair.near().downCause).isNotNull();
  }

  @Test
  void aLinkMayBeEndedAsSoonAsItIsUp() {
    Pair closed = connect(probe().onUp(Link::close), probe());
    awaitDown(closed.near());
    awaitDown(closed.far());
    assertThat(closed.far().downCause).isNull();
  }

  @Test
  void theAcceptingEndMayCutALinkAsSoonAsItIsUp() {
    LinkProbe near = probe();
    LinkProbe far = probe().onUp(Link::abort);
    transport("bob").dial(listen("alice", () -> far).endpoint(), DIAL_TIMEOUT, near);
    awaitDown(far);
    // The dialling end may have seen the link come up, or not.
    await("the dialling end", () -> near.downs.get() + near.dialFailures.get() == 1);
    assertThat(far.downCause).isNotNull();
  }

  @Test
  void writingToALinkThatIsDownReleasesAndDoesNothingElse() {
    Pair pair = connect();
    call(pair.near(), Link::abort);
    awaitDown(pair.near());
    List<ByteBuf> buffers = new ArrayList<>();
    call(
        pair.near(),
        link -> {
          for (int i = 0; i < 3; i++) {
            ByteBuf buffer = link.allocator().buffer(100_000).writeZero(100_000);
            buffers.add(buffer);
            link.write(buffer);
            link.flush();
          }
          link.suspendReading();
          link.resumeReading();
          link.close();
          link.abort();
        });
    assertThat(buffers).allMatch(buffer -> buffer.refCnt() == 0);
  }

  @Test
  void emptyBuffersAreTakenAndReleased() {
    Pair pair = connect();
    List<ByteBuf> buffers = new ArrayList<>();
    call(
        pair.near(),
        link -> {
          buffers.add(link.allocator().buffer(16));
          buffers.add(link.allocator().buffer(16).writeInt(1));
          buffers.forEach(link::write);
          link.flush();
        });
    await("the bytes", () -> pair.far().received == 4);
    await("the buffers", () -> buffers.stream().allMatch(buffer -> buffer.refCnt() == 0));
  }

  @Test
  void aLinkTellsWhatItIs() throws InterruptedException {
    Pair pair = connect();
    for (LinkProbe probe : List.of(pair.near(), pair.far())) {
      Link link = probe.up();
      assertThat(link.remote()).isNotBlank();
      assertThat(link.loop().inLoop()).isFalse();
      call(
          probe,
          it -> {
            assertThat(it.isWritable()).isTrue();
            assertThat(it.mode()).isEqualTo(Link.Mode.BYTES);
            assertThat(it.maxUnitBytes()).isGreaterThanOrEqualTo(1_024);
            assertThat(it.loop().inLoop()).isTrue();
          });
      CountDownLatch asked = new CountDownLatch(1);
      Thread other =
          new Thread(
              () -> {
                assertThat(link.loop().inLoop()).isFalse();
                assertThat(link.remote()).isNotBlank();
                asked.countDown();
              });
      other.start();
      asked.await();
      other.join();
    }
  }
}
