// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.result.DropCause;
import io.dittobus.api.result.MessageResult;
import io.dittobus.core.stream.DropLog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Each message is spoken of once, in order, as what it came to. */
class SendReportTest {

  private static final int SEEDS = 500;
  private static final int MESSAGES = 60;

  private final Map<Long, MessageResult> told = new HashMap<>();
  private long upTo;

  private void hear(MessageResult result, long sequence) {
    assertThat(sequence).isGreaterThan(upTo);
    while (upTo < sequence) {
      told.put(++upTo, result);
    }
  }

  @Test
  void anyOrderOfDropsAndWriting() {
    for (int seed = 0; seed < SEEDS; seed++) {
      told.clear();
      upTo = 0;
      run(new Random(seed), seed);
    }
  }

  private void run(Random random, int seed) {
    SendReport report = new SendReport();
    Map<Long, MessageResult> expected = new HashMap<>();
    List<DropLog.Run> pending =
        new ArrayList<>(); // one behind may be dropped before one that waits
    long written = 0;
    for (long sequence = 1; sequence <= MESSAGES; sequence++) {
      if (random.nextBoolean()) {
        DropCause cause = random.nextBoolean() ? DropCause.REPLACED : DropCause.EXPIRED;
        expected.put(sequence, MessageResult.of(cause));
        pending.add(new DropLog.Run(sequence, sequence, cause, 0));
      } else {
        expected.put(sequence, MessageResult.SENT);
      }
      if (random.nextInt(3) == 0) { // all before are dropped or written by now
        while (!pending.isEmpty()) {
          report.dropped(pending.remove(random.nextInt(pending.size())));
        }
        written = sequence;
        report.sent(written);
      } else if (!pending.isEmpty() && random.nextInt(3) == 0) {
        report.dropped(pending.remove(random.nextInt(pending.size())));
      }
      if (random.nextInt(4) == 0) {
        report.tell(this::hear);
      }
    }
    pending.forEach(report::dropped);
    for (long sequence = written + 1; sequence <= MESSAGES; sequence++) {
      expected.replace(sequence, MessageResult.SENT, MessageResult.NOT_SENT);
    }
    report.end(written, MESSAGES, this::hear);
    assertThat(told).as("seed %d", seed).isEqualTo(expected);
  }
}
