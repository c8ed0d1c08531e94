// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;

import io.dittobus.api.options.BusOptions;
import io.dittobus.core.flow.WindowBudget;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** Counters of credit and room: nothing is counted twice, lost, or given beyond the bound. */
public class CountersStress {

  @JCStressTest
  @State
  @Outcome(id = "10", expect = ACCEPTABLE, desc = "all that was requested is taken over")
  public static class Demand {
    private final InboundDemand demand = new InboundDemand();
    private long taken;

    @Actor
    public void one() {
      demand.request(3);
    }

    @Actor
    public void other() {
      demand.request(7);
      taken += demand.takeRequested();
    }

    @Arbiter
    public void count(J_Result r) {
      r.r1 = taken + demand.takeRequested();
    }
  }

  @JCStressTest
  @State
  @Outcome(
      id = {"true, false, true", "false, true, true"},
      expect = ACCEPTABLE,
      desc = "one is in")
  @Outcome(
      id = "false, false, true",
      expect = ACCEPTABLE_INTERESTING,
      desc = "both were refused: never more than the bound, though once fewer")
  public static class Room {
    private final SingleRoom room =
        new SingleRoom(BusOptions.defaults().toBuilder().singleQueue(2, 100).build());
    private boolean one;
    private boolean other;

    @Actor
    public void one() {
      one = room.enter(60);
    }

    @Actor
    public void other() {
      other = room.enter(60);
    }

    @Arbiter
    public void check(ZZZ_Result r) {
      r.r1 = one;
      r.r2 = other;
      if (one) {
        room.leave(60);
      }
      if (other) {
        room.leave(60);
      }
      r.r3 = room.isEmpty() && room.enter(100);
    }
  }

  @JCStressTest
  @State
  @Outcome(
      id = {"true, false, true", "false, true, true"},
      expect = ACCEPTABLE,
      desc = "one has it")
  @Outcome(
      id = "false, false, true",
      expect = ACCEPTABLE_INTERESTING,
      desc = "neither has it, as one had taken the session's part and not the bus's")
  public static class Budget {
    private final WindowBudget bus = new WindowBudget(100);
    private final WindowBudget session = new WindowBudget(100, bus);
    private final WindowBudget otherSession = new WindowBudget(100, bus);
    private boolean one;
    private boolean other;

    @Actor
    public void one() {
      one = session.reserve(60);
    }

    @Actor
    public void other() {
      other = otherSession.reserve(60);
    }

    @Arbiter
    public void check(ZZZ_Result r) {
      r.r1 = one;
      r.r2 = other;
      long held = (one ? 60 : 0) + (other ? 60 : 0);
      r.r3 = bus.free() == 100 - held && session.free() + otherSession.free() == 200 - held;
    }
  }
}
