// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.ErrorCode;
import io.netty.buffer.Unpooled;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Who waits for a session has it, or is told why not: when the bus closes too, and once. */
public class PeersStress {

  private static final DittoAddress PEER = PeerIdentity.ephemeral().address();

  private static PendingSingle single(NodeContext node) {
    return new PendingSingle(
        node,
        PEER,
        true,
        Unpooled.buffer(1, 1).writeByte(1),
        SingleMessageOptions.defaults(),
        null);
  }

  @JCStressTest
  @State
  @Outcome(id = "3", expect = ACCEPTABLE, desc = "all three were told that the bus is closed")
  public static class WaitersAndClose extends TerminalStress.Node {
    private final PendingOpen open =
        new PendingOpen(node, PEER, StreamOptions.reliable("x"), null, null);
    private final PendingConnect connect =
        new PendingConnect(node, new Endpoint("nowhere", 1), null, false, null);
    private final PendingSingle single = single(node);

    @Actor
    public void waits() {
      node.peers().submit(open);
      node.peers().submit(single);
      if (!node.peers().begin(connect)) {
        connect.failed(ErrorCode.BUS_CLOSED, "closed");
      }
    }

    @Actor
    public void close() {
      node.peers().close(0, () -> {});
    }

    @Arbiter
    public void check(I_Result r) {
      r.r1 = told.get();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "it is over once, after the last link")
  public static class LinksAndClose extends TerminalStress.Node {
    private final LinkDriver link = new LinkDriver(node, null);
    private final AtomicInteger gone = new AtomicInteger();

    @Actor
    public void link() {
      link.linkUp(Idle.link());
      link.linkDown(null);
    }

    @Actor
    public void close() {
      node.peers().close(0, gone::incrementAndGet);
      node.peers().close(0, gone::incrementAndGet);
    }

    @Arbiter
    public void check(I_Result r) {
      r.r1 = gone.get();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the session has it")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "its time was up")
  public static class SingleAndSession extends TerminalStress.Node {
    private final PendingSingle single = single(node);
    private final Idle idle = new Idle(node, PEER);

    /** It waits. */
    public SingleAndSession() {
      node.peers().submit(single);
    }

    @Actor
    public void session() {
      node.peers().add(idle.session);
    }

    @Actor
    public void timeIsUp() {
      if (node.peers().forget(single)) {
        single.ended(BusSingleSendResult.UNREACHABLE);
      }
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = idle.tasks.size();
      r.r2 = told.get();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the session has it")
  public static class SubmitAndSession extends TerminalStress.Node {
    private final PendingSingle single = single(node);
    private final Idle idle = new Idle(node, PEER);

    @Actor
    public void send() {
      node.peers().submit(single);
    }

    @Actor
    public void session() {
      node.peers().add(idle.session);
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = idle.tasks.size();
      r.r2 = told.get();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "one begins, the other is one too many")
  public static class TwoSessions extends TerminalStress.Node {
    private final Idle one = new Idle(node, PEER);
    private final Idle other = new Idle(node, PEER);
    private Peers.Admittance oneIs;
    private Peers.Admittance otherIs;

    @Actor
    public void one() {
      oneIs = node.peers().add(one.session);
    }

    @Actor
    public void other() {
      otherIs = node.peers().add(other.session);
    }

    @Arbiter
    public void check(I_Result r) {
      boolean first = oneIs == Peers.Admittance.ADDED && otherIs == Peers.Admittance.OCCUPIED;
      boolean second = otherIs == Peers.Admittance.ADDED && oneIs == Peers.Admittance.OCCUPIED;
      r.r1 = first != second && node.peers().addresses().size() == 1 ? 1 : 0;
    }
  }
}
