// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.EnqueueResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;
import org.openjdk.jcstress.infra.results.Z_Result;

/** What was accepted is taken out, once and in order, and nothing is accepted after the end. */
public class EmitsStress {

  private static final UnpooledByteBufAllocator ALLOCATOR =
      new UnpooledByteBufAllocator(false, true);

  static EnqueueResult offer(Emits emits) {
    ByteBuf message = ALLOCATOR.heapBuffer(1, 1).writeByte(1);
    EnqueueResult result = emits.offer(Emission.of(message));
    if (result != EnqueueResult.OK) {
      message.release();
    }
    return result;
  }

  static Emits emits(ReliabilityMode mode, int maxMessages, int maxBytes) {
    FlowOptions flow =
        FlowOptions.defaults().withMaxQueuedMessages(maxMessages).withMaxQueuedBytes(maxBytes);
    return Emits.of(mode, flow, 100, 0, 0);
  }

  /** Whatever was accepted came out as a message or as a drop, with its place in the order. */
  static boolean isWhole(Emits emits, Collecting taken) {
    emits.drain(taken);
    return taken.inOrder
        && emits.isDrained()
        && taken.last == emits.emitted()
        && taken.messages + taken.drops == emits.emitted();
  }

  @JCStressTest
  @State
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "both accepted, and taken out in order")
  public static class ReliableOffers {
    private final Emits emits = emits(ReliabilityMode.RELIABLE, 10, 1000);
    private final Collecting taken = new Collecting();

    @Actor
    public void one() {
      offer(emits);
    }

    @Actor
    public void loop() {
      offer(emits);
      emits.drain(taken);
    }

    @Arbiter
    public void check(ZZ_Result r) {
      r.r1 = isWhole(emits, taken);
      r.r2 = taken.messages == 2;
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "one place, one accepted")
  public static class ReliableOnePlace {
    private final Emits emits = emits(ReliabilityMode.RELIABLE, 1, 1000);
    private EnqueueResult one;
    private EnqueueResult other;

    @Actor
    public void one() {
      one = offer(emits);
    }

    @Actor
    public void other() {
      other = offer(emits);
    }

    @Arbiter
    public void check(ZZ_Result r) {
      r.r1 = (one == EnqueueResult.OK) != (other == EnqueueResult.OK);
      r.r2 = emits.takeRoomWanted() && isWhole(emits, new Collecting());
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "accepted and taken out, or neither")
  public static class ReliableEnd {
    private final Emits emits = emits(ReliabilityMode.RELIABLE, 10, 1000);
    private EnqueueResult result;
    private boolean first;
    private boolean second;

    @Actor
    public void one() {
      result = offer(emits);
      first = emits.terminate();
    }

    @Actor
    public void end() {
      second = emits.terminate();
    }

    @Arbiter
    public void check(ZZ_Result r) {
      Collecting taken = new Collecting();
      r.r1 = isWhole(emits, taken) && first != second;
      r.r2 = taken.messages == (result == EnqueueResult.OK ? 1 : 0);
    }
  }

  /**
   * Room comes, is told, and is taken by the one who was told. Another who finds none, says that it
   * waits, and asks again, is told too, or will be: what every waiter here does.
   */
  @JCStressTest
  @State
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "accepted, told, or to be told")
  public static class ReliableNoRoom {
    private final Emits emits = emits(ReliabilityMode.RELIABLE, 1, 1000);
    private volatile boolean waits;
    private EnqueueResult result;
    private boolean told;

    public ReliableNoRoom() {
      offer(emits);
      offer(emits); // finds no room, and is remembered
    }

    @Actor
    public void late() {
      result = offer(emits);
      if (result != EnqueueResult.OK) {
        waits = true;
        result = offer(emits);
      }
    }

    @Actor
    public void loop() {
      emits.grant(1);
      if (emits.takeRoomWanted()) {
        told = waits;
        offer(emits);
      }
    }

    @Arbiter
    public void check(Z_Result r) {
      r.r1 = result == EnqueueResult.OK || told || emits.takeRoomWanted();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "both accepted, and taken out in order")
  public static class UnreliableOffers {
    private final Emits emits = emits(ReliabilityMode.UNRELIABLE, 1, 50);
    private final Collecting taken = new Collecting();

    @Actor
    public void one() {
      offer(emits);
    }

    @Actor
    public void loop() {
      offer(emits);
      emits.drain(taken);
    }

    @Arbiter
    public void check(ZZ_Result r) {
      r.r1 = isWhole(emits, taken);
      r.r2 = emits.emitted() == 2;
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "the newest is there, the rest counted")
  public static class SequencedOffers {
    private final Emits emits = emits(ReliabilityMode.UNRELIABLE_SEQUENCED, 1, 33);
    private final Collecting taken = new Collecting();

    public SequencedOffers() {
      offer(emits);
    }

    @Actor
    public void one() {
      offer(emits);
    }

    @Actor
    public void loop() {
      offer(emits);
      emits.drain(taken);
    }

    @Arbiter
    public void check(ZZ_Result r) {
      r.r1 = isWhole(emits, taken) && emits.emitted() == 3;
      r.r2 = taken.messages >= 1 && emits.queuedBytes() == 33L * taken.messages;
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "accepted and taken out, or neither")
  public static class UnreliableEnd {
    private final Emits emits = emits(ReliabilityMode.UNRELIABLE_SEQUENCED, 1, 33);
    private EnqueueResult one;
    private EnqueueResult other;

    @Actor
    public void one() {
      one = offer(emits);
    }

    @Actor
    public void other() {
      other = offer(emits);
      emits.cancel();
    }

    @Arbiter
    public void check(ZZ_Result r) {
      Collecting taken = new Collecting();
      r.r1 = isWhole(emits, taken) && offer(emits) == EnqueueResult.CANCELLED;
      int accepted = (one == EnqueueResult.OK ? 1 : 0) + (other == EnqueueResult.OK ? 1 : 0);
      r.r2 = taken.messages + taken.drops == accepted;
    }
  }
}
