// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.options.Metadata;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.atomic.AtomicBoolean;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Nothing that was noted for the loop stays behind: it is taken over, or a turn is to come. */
public class WakeStress {

  private static final Inside EMITS = Inside.of(NodeStream.class, "emits");
  private static final Inside DEMAND = Inside.of(NodeStream.class, "demand");

  /** {@link NodeStream} with the loop's part of {@link StreamDriver#run}. */
  @JCStressTest
  @State
  @Outcome(id = "2, 5, 0", expect = ACCEPTABLE, desc = "all was taken over, by tasks of the loop")
  public static class Streams extends DecisionStress.InSession {
    private final NodeStream stream =
        new NodeStream(
            idle.session,
            Idle.stream(),
            Metadata.empty(),
            FlowOptions.defaults().withMaxQueuedMessages(8),
            8,
            0);
    private int messages;
    private long requested;
    private final Emits emits = EMITS.get(stream);
    private final InboundDemand demand = DEMAND.get(stream);

    private void emit() {
      ByteBuf message = Unpooled.buffer(1, 1).writeByte(1);
      stream.enqueueMessage(message, MessageOptions.none(), null);
    }

    private void turn() {
      while (idle.tasks.poll() != null) {
        stream.takeDirty();
        Collecting taken = new Collecting();
        emits.drain(taken);
        messages += taken.messages;
        requested += demand.takeRequested();
      }
    }

    @Actor
    public void one() {
      emit();
      stream.request(5);
    }

    @Actor
    public void loop() {
      emit();
      turn();
    }

    @Arbiter
    public void check(III_Result r) {
      turn();
      r.r1 = messages;
      r.r2 = (int) requested;
      r.r3 = (int) demand.takeRequested();
    }
  }

  /** Of what is acknowledged in any order, all is taken over. */
  @JCStressTest
  @State
  @Outcome(id = "7, 0", expect = ACCEPTABLE, desc = "all three")
  public static class Acks {
    private final InboundDemand demand = new InboundDemand();
    private int taken;

    /** Three messages were delivered. */
    public Acks() {
      demand.delivering(3);
    }

    private void take() {
      for (Long single = demand.takeSingle(); single != null; single = demand.takeSingle()) {
        taken |= 1 << (single - 1);
      }
      taken |= (1 << demand.ackedUpTo()) - 1;
    }

    @Actor
    public void one() {
      demand.acknowledge(1);
      demand.acknowledge(3);
    }

    @Actor
    public void loop() {
      demand.acknowledge(2);
      take();
    }

    @Arbiter
    public void check(II_Result r) {
      take();
      r.r1 = taken;
      r.r2 = demand.takeSingle() == null ? 0 : 1;
    }
  }

  /** The first turn of a mailbox is its owner's; later ones come by offers, held ones once. */
  @JCStressTest
  @State
  @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "both ran, and never side by side")
  public static class Turns {
    private final Inline loop = new Inline();
    private final Mailbox mailbox = new Mailbox(loop, this::turn);
    private final AtomicBoolean busy = new AtomicBoolean();
    private boolean alone = true;
    private int ran;

    private void turn() {
      alone &= busy.compareAndSet(false, true);
      do {
        mailbox.runTasks();
        busy.set(false);
      } while (!mailbox.endTurn() && busy.compareAndSet(false, true));
    }

    @Actor
    public void owner() {
      mailbox.takeTurn();
      mailbox.offer(() -> ran++);
    }

    @Actor
    public void other() {
      mailbox.offer(() -> ran++);
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = ran;
      r.r2 = alone ? 1 : 0;
    }
  }
}
