// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.dittobus.api.BusListener;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.Permission;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.core.transport.OwnerLoop;
import io.dittobus.core.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Who waits for an end is told once, whoever brings it. */
public class TerminalStress {

  private static final PeerIdentity HERE = PeerIdentity.ephemeral();
  private static final DittoAddress THERE = PeerIdentity.ephemeral().address();

  /** A node without a network, which counts what it tells. */
  abstract static class Node implements DittoBusCallback {
    final AtomicInteger told = new AtomicInteger();
    final NodeContext node =
        new NodeContext(
            new NodeConfig(
                HERE, BusOptions.defaults(), List.of(), BusListener.NONE, Duration.ofSeconds(1), Admission.insecure(), Permission.ALL),
            transport(),
            this,
            new Random(1));

    private static Transport transport() {
      OwnerLoop loop = new Inline();
      return (Transport)
          Proxy.newProxyInstance(
              Node.class.getClassLoader(),
              new Class<?>[] {Transport.class},
              (proxy, method, arguments) -> method.getName().equals("isClosing") ? false : loop);
    }

    @Override
    public void connectSucceeded(@Nullable Object ctx, DittoAddress peer) {
      told.incrementAndGet();
    }

    @Override
    public void connectFailed(@Nullable Object ctx, DittoBusException error) {
      told.incrementAndGet();
    }

    @Override
    public void streamOpenFailed(@Nullable Object ctx, StreamEnd end) {
      told.incrementAndGet();
    }

    @Override
    public void finishedSendingSingleMessage(
        @Nullable Object ctx, ReliabilityMode reliability, BusSingleSendResult result) {
      told.incrementAndGet();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "told once")
  public static class Connect extends Node {
    private final PendingConnect connect =
        new PendingConnect(node, new Endpoint("nowhere", 1), null, false, null);

    @Actor
    public void succeeds() {
      connect.succeeded(THERE);
    }

    @Actor
    public void fails() {
      connect.failed(ErrorCode.TIMED_OUT, "too late");
    }

    @Arbiter
    public void count(I_Result r) {
      r.r1 = told.get();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "told once")
  public static class Open extends Node {
    private final PendingOpen open =
        new PendingOpen(node, THERE, StreamOptions.reliable("x"), null, null);
    private final StreamEnd late =
        StreamEnd.unopened(BusCompletionReason.TIMED_OUT, StreamEnd.Origin.LOCAL, "");
    private final StreamEnd lost =
        StreamEnd.unopened(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");

    @Actor
    public void timesOut() {
      open.failed(late);
    }

    @Actor
    public void isLost() {
      open.failed(lost);
    }

    @Arbiter
    public void count(I_Result r) {
      r.r1 = told.get();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "told once, and released")
  public static class Single extends Node {
    private final ByteBuf data = Unpooled.buffer(1).writeByte(1);
    private final PendingSingle single =
        new PendingSingle(node, THERE, true, data, SingleMessageOptions.defaults(), null);

    @Actor
    public void timesOut() {
      single.ended(BusSingleSendResult.UNREACHABLE);
    }

    @Actor
    public void isLost() {
      node.peers().submit(single);
      single.ended(BusSingleSendResult.UNKNOWN);
    }

    @Arbiter
    public void count(II_Result r) {
      r.r1 = told.get();
      r.r2 = data.refCnt();
    }
  }
}
