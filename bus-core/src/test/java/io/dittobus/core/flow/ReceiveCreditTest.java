// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReceiveCreditTest {

  private static final int WINDOW = 4 * 1024;

  private static ReceiveCredit credit(int prefetch) {
    return new ReceiveCredit(prefetch, new Window(WINDOW, WINDOW, WINDOW, new WindowBudget(0), 0));
  }

  /** Announces, lets in, hands over and consumes messages of this payload. */
  private static void consumeAll(ReceiveCredit credit, int messages, int payload) {
    for (int i = 0; i < messages; i++) {
      credit.request(1);
      credit.announced();
      assertThat(credit.begin(payload)).isTrue();
      credit.received(payload);
      credit.deliver();
      credit.consumeUpTo(credit.delivered(), 0, 0);
    }
  }

  // Limits

  @Test
  @DisplayName("FC-2: maxMessages is what was requested and the prefetch, saturating")
  void messages() {
    ReceiveCredit credit = credit(3);
    assertThat(credit.maxMessages()).isEqualTo(3);
    credit.request(5);
    assertThat(credit.maxMessages()).isEqualTo(8);
    credit.request(Long.MAX_VALUE);
    assertThat(credit.maxMessages()).isEqualTo(Charge.UNLIMITED);
    credit.request(Long.MAX_VALUE);
    assertThat(credit.maxMessages()).isEqualTo(Charge.UNLIMITED);
    assertThat(credit.requested()).isEqualTo(Charge.UNLIMITED);
  }

  @Test
  @DisplayName("FC-2: the prefetch of the acceptor counts from its first announcement")
  void prefetchOfTheAcceptor() {
    ReceiveCredit credit = credit(0);
    credit.prefetch(7);
    assertThat(credit.prefetch()).isEqualTo(7);
    assertThat(credit.maxMessages()).isEqualTo(7);
  }

  @Test
  @DisplayName("FC-2 FC-4: maxOffset is the consumed offset and the window; receipt moves nothing")
  void offset() {
    ReceiveCredit credit = credit(0);
    credit.request(2);
    credit.announced();
    credit.begin(100);
    credit.received(100);
    credit.begin(50);
    credit.received(50);
    credit.deliver();
    credit.deliver();
    assertThat(credit.maxOffset()).isEqualTo(WINDOW);
    assertThat(credit.consume(2, 0, 0)).isFalse();
    assertThat(credit.maxOffset()).isEqualTo(WINDOW);
    assertThat(credit.consume(1, 0, 0)).isTrue();
    assertThat(credit.maxOffset()).isEqualTo(WINDOW + 132 + 82);
    assertThat(credit.consumed()).isEqualTo(2);
  }

  @Test
  @DisplayName("FC-7: the limit is raised to the end of a message that was let in, and stays")
  void admitted() {
    ReceiveCredit credit = credit(0);
    credit.request(1);
    credit.announced();
    assertThat(credit.begin(1_000)).isTrue();
    credit.admit(10_032);
    assertThat(credit.maxOffset()).isEqualTo(10_032);
    credit.announced();
    assertThat(credit.proceed(9_000)).isTrue();
    assertThat(credit.proceed(1)).isFalse();
    credit.received(10_000);
    credit.deliver();
    credit.consumeUpTo(1, 0, 0);
    assertThat(credit.maxOffset()).isEqualTo(10_032 + WINDOW);
  }

  @Test
  @DisplayName("FC-7: asked for is what was requested, not what was prefetched")
  void requestedOrPrefetched() {
    ReceiveCredit credit = credit(2);
    credit.request(1);
    credit.announced();
    credit.begin(10);
    assertThat(credit.isRequested()).isTrue();
    credit.begin(10);
    assertThat(credit.isRequested()).isFalse();
    credit.request(1);
    assertThat(credit.isRequested()).isTrue();
  }

  // Enforcement

  @Test
  @DisplayName("FC-5: a violation is found exactly at the announced limits, not at the later ones")
  void exactLimits() {
    ReceiveCredit credit = credit(2);
    credit.announced();
    credit.request(10);
    assertThat(credit.begin(0)).isTrue();
    assertThat(credit.begin(0)).isTrue();
    assertThat(credit.begin(0)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"4064, true", "4065, false"})
  @DisplayName("FC-5: the last byte of the window is allowed, the next is not")
  void exactBytes(int payload, boolean granted) {
    ReceiveCredit credit = credit(1);
    credit.announced();
    assertThat(credit.begin(payload)).isEqualTo(granted);
  }

  @Test
  @DisplayName("FC-5: the last byte of the window within a message")
  void exactBytesWithinMessage() {
    ReceiveCredit credit = credit(1);
    credit.announced();
    assertThat(credit.begin(1_000)).isTrue();
    assertThat(credit.proceed(3_064)).isTrue();
    assertThat(credit.proceed(1)).isFalse();
  }

  @Test
  void whatCameWithOpenWasAllowedFor() {
    ReceiveCredit credit = credit(0);
    assertThat(credit.openedWithMessage(100)).isTrue();
    assertThat(credit.maxMessages()).isEqualTo(1);
    assertThat(credit.offset()).isEqualTo(132);
    assertThat(credit.isRequested()).isTrue();
    assertThat(credit.begin(0)).isFalse();
  }

  // Consumption

  @Test
  @DisplayName("FC-4: what was not handed over cannot be consumed")
  void undelivered() {
    ReceiveCredit credit = credit(2);
    credit.announced();
    credit.begin(10);
    credit.received(10);
    assertThat(credit.consume(1, 0, 0)).isFalse();
    assertThat(credit.consumeUpTo(1, 0, 0)).isFalse();
    assertThat(credit.consume(2, 0, 0)).isFalse();
    assertThat(credit.consume(0, 0, 0)).isFalse();
    assertThat(credit.consume(-1, 0, 0)).isFalse();
    assertThat(credit.consumed()).isZero();
    credit.request(1);
    credit.deliver();
    assertThat(credit.consume(1, 0, 0)).isTrue();
  }

  @Test
  void demandIsWhatWasRequestedAndNotHandedOver() {
    ReceiveCredit credit = credit(5);
    assertThat(credit.hasDemand()).isFalse();
    assertThat(credit.everRequested()).isFalse();
    credit.request(2);
    credit.deliver();
    assertThat(credit.hasDemand()).isTrue();
    credit.deliver();
    assertThat(credit.hasDemand()).isFalse();
    assertThat(credit.everRequested()).isTrue();
  }

  // Urgency

  @Test
  @DisplayName("FC-6: the first request of an idle stream is urgent")
  void firstRequest() {
    ReceiveCredit credit = credit(0);
    credit.announced();
    assertThat(credit.hasNews()).isFalse();
    assertThat(credit.isNewsUrgent()).isFalse();
    credit.request(1);
    assertThat(credit.hasNews()).isTrue();
    assertThat(credit.isNewsUrgent()).isTrue();
    credit.announced();
    assertThat(credit.hasNews()).isFalse();
    assertThat(credit.isNewsUrgent()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "10, 5, 1, true",
    "10, 4, 1, false",
    "10, 4, 2, true",
    "10, 0, 9, false",
    "10, 0, 10, true",
    "1, 0, 1, true"
  })
  @DisplayName("FC-6: messages are urgent when at most half of them are unused")
  void urgentMessages(int announced, int begun, int more, boolean urgent) {
    ReceiveCredit credit = credit(0);
    credit.request(announced);
    credit.announced();
    for (int i = 0; i < begun; i++) {
      credit.begin(0);
      credit.received(0);
    }
    credit.request(more);
    assertThat(credit.isNewsUrgent()).isEqualTo(urgent);
  }

  @ParameterizedTest
  @CsvSource({"1983, false", "1984, true", "1985, true"})
  @DisplayName("FC-6: bytes are urgent when at most half of the window is unused")
  void urgentBytes(int payload, boolean urgent) {
    ReceiveCredit credit = credit(100);
    credit.announced();
    credit.begin(0);
    credit.received(0);
    credit.begin(payload);
    credit.received(payload);
    credit.request(1);
    credit.announced();
    credit.deliver();
    credit.consume(1, 0, 0);
    assertThat(credit.hasNews()).isTrue();
    assertThat(credit.isNewsUrgent()).isEqualTo(urgent);
  }

  @Test
  @DisplayName("FC-6: without news nothing is urgent, however little is left")
  void noNews() {
    ReceiveCredit credit = credit(1);
    credit.announced();
    credit.begin(4_064);
    assertThat(credit.hasNews()).isFalse();
    assertThat(credit.isNewsUrgent()).isFalse();
  }

  // All of it

  @Test
  @DisplayName("FC-2 FC-5 FC-6: limits, news and urgency follow the rules after any operations")
  void anyOperations() {
    for (long seed = 0; seed < 2_000; seed++) {
      new CreditRun(seed).run();
    }
  }

  /** Random operations, and what the rules say, written down a second time. */
  private static final class CreditRun {

    private final String name;
    private final Random random;
    private final int prefetch;
    private final Window window;
    private final ReceiveCredit credit;
    private final ConsumptionTracker consumption = new ConsumptionTracker();
    private long requested;
    private long begun;
    private long offset;
    private long delivered;
    private long admitted;
    private long toldMessages;
    private long toldOffset;
    private long now;

    CreditRun(long seed) {
      name = "credit seed " + seed;
      random = new Random(seed);
      prefetch = random.nextInt(3) * random.nextInt(10);
      WindowBudget budget = new WindowBudget(random.nextInt(100_000));
      window = new Window(WINDOW, WINDOW, WINDOW << random.nextInt(4), budget, 0);
      credit = new ReceiveCredit(prefetch, window);
    }

    void run() {
      for (int step = 0; step < 150; step++) {
        now += random.nextInt(1_000);
        switch (random.nextInt(6)) {
          case 0 -> request();
          case 1 -> announce();
          case 2 -> deliver();
          case 3, 4 -> consume();
          default -> message();
        }
        check();
      }
      passCredit();
    }

    private void request() {
      long n = random.nextInt(60) == 0 ? Long.MAX_VALUE : 1 + random.nextInt(8);
      credit.request(n);
      requested = Math.min(Charge.UNLIMITED, requested + Math.min(n, Charge.UNLIMITED));
    }

    private void announce() {
      assertThat(maxMessages()).as(name).isGreaterThanOrEqualTo(toldMessages);
      assertThat(maxOffset()).as(name).isGreaterThanOrEqualTo(toldOffset);
      toldMessages = maxMessages();
      toldOffset = maxOffset();
      credit.announced();
    }

    private void message() {
      if (begun == toldMessages || toldOffset - offset < 32) {
        return;
      }
      int most = (int) Math.min(toldOffset - offset - 32, 3_000);
      int first = random.nextInt(most + 1);
      begun++;
      offset += 32 + first;
      assertThat(credit.begin(first)).as(name).isTrue();
      assertThat(credit.isRequested()).as(name).isEqualTo(begun <= requested);
      int rest = 0;
      if (random.nextInt(4) == 0 && begun <= requested) {
        rest = random.nextInt(20_000);
        admitted = Math.max(admitted, offset + rest);
        credit.admit(offset + rest);
        announce();
        offset += rest;
        assertThat(credit.proceed(rest)).as(name).isTrue();
      }
      credit.received((long) first + rest);
      consumption.received(32L + first + rest);
    }

    private void deliver() {
      assertThat(credit.hasDemand()).as(name).isEqualTo(requested > delivered);
      if (delivered < Math.min(requested, begun)) {
        delivered++;
        credit.deliver();
      }
    }

    private void consume() {
      if (delivered == 0) {
        return;
      }
      long sequence = 1 + (long) random.nextInt((int) delivered);
      long roundTrip = random.nextInt(3) * 500L;
      if (random.nextBoolean()) {
        boolean grew = consumption.consume(sequence);
        assertThat(credit.consume(sequence, now, roundTrip)).as(name).isEqualTo(grew);
      } else {
        long beyond = random.nextBoolean() ? sequence : sequence + delivered;
        boolean grew = consumption.consumeUpTo(Math.min(beyond, delivered));
        assertThat(credit.consumeUpTo(beyond, now, roundTrip)).as(name).isEqualTo(grew);
      }
    }

    private long maxMessages() {
      return Math.min(Charge.UNLIMITED, requested + prefetch);
    }

    private long maxOffset() {
      long limit = consumption.releasedOffset() + window.bytes();
      return Math.max(limit, Math.max(admitted, toldOffset));
    }

    private void check() {
      assertThat(credit.maxMessages()).as(name).isEqualTo(maxMessages());
      assertThat(credit.maxOffset()).as(name).isEqualTo(maxOffset());
      assertThat(credit.consumed()).as(name).isEqualTo(consumption.consumed());
      assertThat(credit.offset()).as(name).isEqualTo(offset);
      boolean moreMessages = maxMessages() > toldMessages;
      boolean moreBytes = maxOffset() > toldOffset;
      long messageWindow = maxMessages() - consumption.consumed();
      boolean fewMessages = toldMessages - begun <= messageWindow - (toldMessages - begun);
      boolean fewBytes = 2 * (toldOffset - offset) <= window.bytes();
      assertThat(credit.hasNews()).as(name).isEqualTo(moreMessages || moreBytes);
      assertThat(credit.isNewsUrgent())
          .as(name)
          .isEqualTo(moreMessages && fewMessages || moreBytes && fewBytes);
    }

    private void passCredit() {
      if (random.nextBoolean() && toldMessages - begun < 1_000) {
        while (begun < toldMessages && toldOffset - offset >= 32) {
          begun++;
          offset += 32;
          assertThat(credit.begin(0)).as(name).isTrue();
        }
        assertThat(credit.begin(0)).as(name).isFalse();
      } else if (begun < toldMessages && toldOffset - offset >= 32) {
        int rest = (int) (toldOffset - offset - 32);
        assertThat(credit.begin(rest)).as(name).isTrue();
        assertThat(credit.proceed(1)).as(name).isFalse();
      }
    }
  }

  @Test
  @DisplayName("FC-8: the window goes back to the budget once")
  void release() {
    WindowBudget budget = new WindowBudget(60 * 1024);
    ReceiveCredit credit =
        new ReceiveCredit(0, new Window(WINDOW, 64 * 1024, 64 * 1024, budget, 0));
    assertThat(budget.free()).isZero();
    assertThat(credit.windowBytes()).isEqualTo(64 * 1024);
    credit.announced();
    credit.release();
    credit.release();
    assertThat(budget.free()).isEqualTo(60 * 1024);
    assertThat(credit.maxOffset()).as("a limit that was given is not lowered").isEqualTo(64 * 1024);
  }

  @Test
  void manyMessagesOneByOne() {
    ReceiveCredit credit = credit(0);
    consumeAll(credit, 10_000, 1_000);
    assertThat(credit.consumed()).isEqualTo(10_000);
    assertThat(credit.maxOffset()).isEqualTo(10_000L * 1_032 + WINDOW);
  }
}
