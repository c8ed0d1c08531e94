// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.ReliabilityMode;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** Who asks for room, and is told that there is none, is told when there is. */
public class RoomStress {

  /** Emissions of which one is there, as much as there is credit for and as may wait. */
  private static Emits full(ReliabilityMode mode) {
    FlowOptions flow = FlowOptions.defaults().withMaxQueuedMessages(1).withMaxQueuedBytes(33);
    Emits emits = Emits.of(mode, flow, 100, 1, 0);
    EmitsStress.offer(emits);
    return emits;
  }

  @JCStressTest
  @State
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "there was room, or it was told")
  public static class UnreliableCredit {
    private final Emits emits =
        Emits.of(ReliabilityMode.UNRELIABLE, FlowOptions.defaults(), 100, 1, 0);
    private boolean ready;
    private boolean told;

    /** The credit is used up by a message which waits. */
    public UnreliableCredit() {
      EmitsStress.offer(emits);
    }

    @Actor
    public void ask() {
      ready = emits.isReady();
    }

    @Actor
    public void loop() {
      emits.countDropped(1);
      told = emits.takeRoomWanted();
    }

    @Arbiter
    public void check(Z_Result r) {
      r.r1 = ready || told;
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "there was room, or it was told")
  public static class UnreliableBytes {
    private final Emits emits = full(ReliabilityMode.UNRELIABLE);
    private boolean ready;
    private boolean told;

    @Actor
    public void ask() {
      ready = emits.isReady();
    }

    @Actor
    public void loop() {
      emits.grant(2);
      emits.release(33);
      told = emits.takeRoomWanted();
    }

    @Arbiter
    public void check(Z_Result r) {
      r.r1 = ready || told;
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "there was room, or it was told")
  public static class ReliableBytes {
    private final Emits emits = full(ReliabilityMode.RELIABLE);
    private boolean ready;
    private boolean told;

    @Actor
    public void ask() {
      ready = emits.isReady();
    }

    @Actor
    public void loop() {
      emits.release(33);
      told = emits.takeRoomWanted();
    }

    @Arbiter
    public void check(Z_Result r) {
      r.r1 = ready || told;
    }
  }
}
