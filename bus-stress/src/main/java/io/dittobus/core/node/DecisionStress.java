// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.dittobus.api.DittoBusStreamCallback;
import io.dittobus.api.options.AckMode;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.core.frame.MessageHead;
import io.netty.buffer.Unpooled;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** What an application decides counts once, however many of its threads decide it. */
public class DecisionStress {

  private static final DittoAddress PEER = PeerIdentity.ephemeral().address();

  abstract static class InSession extends TerminalStress.Node {
    final Idle idle = new Idle(node, PEER);
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "accepted, and the loop was told once")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "refused, and the loop was told once")
  public static class OfferedStreams extends InSession {
    private final OfferedStream offered = new OfferedStream(idle.session, Idle.stream());
    private boolean accepted;

    @Actor
    public void accept() {
      try {
        accepted = offered.accept(Metadata.empty(), FlowOptions.defaults()) != null;
      } catch (IllegalStateException decidedBefore) {
        accepted = false;
      }
    }

    @Actor
    public void refuse() {
      offered.refuse(BusCompletionReason.REFUSED_FORBIDDEN, "no");
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = accepted ? 1 : 0;
      r.r2 = idle.tasks.size();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "one answer")
  public static class ReceivedSingles extends InSession {
    private final ReceivedSingle single =
        new ReceivedSingle(
            idle.session,
            1,
            new MessageHead.Single(true, "label", Metadata.empty()),
            Unpooled.EMPTY_BUFFER);

    @Actor
    public void acknowledge() {
      single.acknowledge();
    }

    @Actor
    public void refuse() {
      single.refuse();
      single.fail();
    }

    @Arbiter
    public void check(I_Result r) {
      r.r1 = idle.tasks.size();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "one of the two starts it")
  public static class Starts extends InSession {
    private final NodeStream stream =
        new NodeStream(idle.session, Idle.stream(), Metadata.empty(), FlowOptions.defaults(), 0, 0);

    private void start() {
      try {
        stream.start(new DittoBusStreamCallback() {}, AckMode.MANUAL);
      } catch (IllegalStateException startedBefore) {
        // then there is no task of this one
      }
    }

    @Actor
    public void one() {
      start();
    }

    @Actor
    public void other() {
      start();
    }

    @Arbiter
    public void check(I_Result r) {
      r.r1 = idle.tasks.size();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "the direction ends once")
  public static class Ends extends InSession {
    private final NodeStream stream =
        new NodeStream(idle.session, Idle.stream(), Metadata.empty(), FlowOptions.defaults(), 0, 0);

    @Actor
    public void complete() {
      stream.complete();
    }

    @Actor
    public void error() {
      stream.error(1, "no");
      stream.complete();
    }

    @Arbiter
    public void check(I_Result r) {
      r.r1 = idle.tasks.size();
    }
  }
}
