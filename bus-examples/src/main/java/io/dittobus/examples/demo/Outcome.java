// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.examples.demo.receiver.Findings;
import java.util.ArrayList;
import java.util.List;

/**
 * All that a run came to.
 *
 * @param sent messages taken from the file
 * @param sentBytes bytes of the file in them
 * @param acked messages of the file that were acknowledged
 * @param sentSha256 hash of the file as it was read
 * @param file what the receiver found in the file's stream
 * @param readingsSent readings emitted
 * @param readingsAcked readings acknowledged
 * @param readingsAckedSlow those of them in the slow phase
 * @param slowMillis how long that phase took
 * @param slowestAckMillis the longest time until a reading was acknowledged
 * @param slowestAckSlowMillis the same in the slow phase
 * @param readings what the receiver found in the stream of readings
 * @param stalls waits of the file's sender for credit
 * @param stalledMillis their time together
 * @param mostUnderWay most messages of the file that were sent and not acknowledged
 * @param beyondCredit messages taken from the file before they had been granted
 * @param cuts times that the connection was cut
 * @param pauses times that it came back
 * @param senderPeakBytes most memory of the sender's process
 * @param seconds from the first message to the end
 */
record Outcome(
    long sent,
    long sentBytes,
    long acked,
    String sentSha256,
    Findings file,
    long readingsSent,
    long readingsAcked,
    long readingsAckedSlow,
    long slowMillis,
    double slowestAckMillis,
    double slowestAckSlowMillis,
    Findings readings,
    long stalls,
    long stalledMillis,
    long mostUnderWay,
    long beyondCredit,
    int cuts,
    int pauses,
    long senderPeakBytes,
    double seconds) {

  /** A slow phase shorter than this may pass between two readings. */
  private static final long SHORTEST_SLOW_MILLIS = 400;

  /** What did not hold, each in a few words; empty if everything did. */
  List<String> faults(long fileBytes) {
    List<String> faults = new ArrayList<>();
    add(faults, file.lost(sent), "lost");
    add(faults, file.duplicated(), "duplicated");
    add(faults, file.reordered(), "reordered");
    add(faults, file.malformed(), "malformed");
    if (!file.sha256().equals(sentSha256)) {
      faults.add("the SHA-256 differ");
    }
    if (!readings.complete(readingsSent)) {
      faults.add("readings went missing, came twice or out of order");
    }
    if (sentBytes != fileBytes) {
      faults.add("the file changed while it was read");
    }
    if (acked != sent) {
      faults.add((sent - acked) + " messages were not acknowledged");
    }
    if (readingsAckedSlow == 0 && slowMillis >= SHORTEST_SLOW_MILLIS) {
      faults.add("the readings stood still in the slow phase");
    }
    add(faults, beyondCredit, "sent beyond credit");
    if (pauses != cuts) {
      faults.add("the connection was cut " + cuts + " times and came back " + pauses + " times");
    }
    return faults;
  }

  private static void add(List<String> faults, long count, String what) {
    if (count > 0) {
      faults.add(count + " " + what);
    }
  }
}
