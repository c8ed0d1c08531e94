// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.core.flow.Charge;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;

/**
 * One run of a peer that keeps to its credit for a while and then passes it, by one message or by
 * one byte: exactly then its stream ends with a flow-control violation, and its other stream goes
 * on.
 */
public final class Overdraft {

  private static final long GREEDY = 2;
  private static final long HONEST = 4;

  private final Random random;
  private final RawPeer peer;
  private long control;
  private long messages;
  private long offset;

  private Overdraft(long seed) {
    random = new Random(seed);
    peer =
        new RawPeer(
            BusOptions.defaults().toBuilder()
                .windows(BusOptions.MIN_WINDOW, BusOptions.MIN_WINDOW)
                .build());
  }

  /** Runs a seed. */
  public static void run(long seed) {
    try {
      new Overdraft(seed).run();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("overdraft seed " + seed + ": " + e.getMessage(), e);
    }
  }

  private void run() {
    SessionStream greedy = open(GREEDY, random.nextInt(4));
    SessionStream honest = open(HONEST, 3);
    for (int i = 0; i < 1 + random.nextInt(20); i++) {
      if (random.nextInt(3) == 0) {
        peer.session.request(greedy, 1 + random.nextInt(6));
        peer.read();
      }
      keepToCredit();
    }
    Check.that(countFrames("RESET") == 0, "an honest stream was cut: %s", peer.frames);
    passCredit();
    Check.that(peer.frames.contains("RESET 2 FLOW_CONTROL"), "not cut: %s", peer.frames);
    Check.that(peer.frames.contains("STOP 2 FLOW_CONTROL"), "not stopped: %s", peer.frames);
    Check.that(peer.events.contains("inbound ended 2 FLOW_CONTROL"), "not told: %s", peer.events);
    peer.session.request(honest, 1);
    peer.write(out -> data(out, HONEST, 1, 5));
    Check.that(peer.events.contains("message 4 1 5"), "the other stream suffers: %s", peer.events);
    peer.close();
  }

  private SessionStream open(long id, int prefetch) {
    peer.write(
        out ->
            FrameWriter.open(
                out, ++control, id, ReliabilityMode.RELIABLE, 0, 0, "x", Metadata.empty(), null));
    SessionStream stream = peer.offered.get(id);
    if (stream == null) {
      throw new AssertionError("not offered");
    }
    peer.session.accept(stream, Metadata.empty(), FlowOptions.defaults().withPrefetch(prefetch));
    peer.session.start(stream, random.nextBoolean());
    peer.read();
    return stream;
  }

  private long countFrames(String start) {
    return peer.frames.stream().filter(frame -> frame.startsWith(start)).count();
  }

  private long[] limits() {
    long[] limits = peer.limits.get(GREEDY);
    return limits == null ? new long[2] : limits;
  }

  private void keepToCredit() {
    int size = random.nextInt(random.nextInt(5) == 0 ? 4000 : 100);
    if (messages < limits()[0] && offset + Charge.of(size) <= limits()[1]) {
      send(size);
    }
  }

  private void passCredit() {
    long room = limits()[1] - offset - Charge.PER_MESSAGE;
    if (messages < limits()[0] && room >= -1) {
      send((int) room + 1);
    } else {
      while (messages < limits()[0]) {
        send(0);
      }
      send(0);
    }
  }

  private void send(int size) {
    messages++;
    offset += Charge.of(size);
    peer.write(out -> data(out, GREEDY, messages, size));
  }

  private static void data(ByteBuf out, long id, long sequence, int size) {
    ByteBuf payload = Unpooled.wrappedBuffer(new byte[size]);
    FrameWriter.data(out, id, true, true, false, false, sequence, size, payload, size);
  }
}
