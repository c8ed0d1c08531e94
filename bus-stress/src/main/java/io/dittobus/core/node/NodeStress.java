// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;

import io.dittobus.api.BusListener;
import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.Permission;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.CloseReport;
import io.dittobus.core.frame.Nonce;
import io.dittobus.core.transport.OwnerLoop;
import io.dittobus.core.transport.Transport;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZZZ_Result;
import org.openjdk.jcstress.infra.results.Z_Result;

/** What all parts of a node share. */
public class NodeStress {

  private static final PeerIdentity HERE = PeerIdentity.ephemeral();

  private static NodeConfig config(BusOptions options) {
    return new NodeConfig(HERE, options, List.of(), BusListener.NONE, Duration.ofSeconds(1), Admission.insecure(), Permission.ALL);
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "closed once, and told once")
  public static class Close implements DittoBusCallback {
    private final AtomicInteger closed = new AtomicInteger();
    private final AtomicInteger told = new AtomicInteger();
    private final OwnerLoop loop = new Inline();
    private final DittoBus bus =
        BusNode.start(config(BusOptions.defaults()), transport(), this, new Random(1))
            .toCompletableFuture()
            .join();

    private Transport transport() {
      return (Transport)
          Proxy.newProxyInstance(
              NodeStress.class.getClassLoader(),
              new Class<?>[] {Transport.class},
              (proxy, method, arguments) -> method.getName().equals("close") ? end() : loop);
    }

    private CompletableFuture<Void> end() {
      closed.incrementAndGet();
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void busClosed(CloseReport report) {
      told.incrementAndGet();
    }

    @Actor
    public void close() {
      bus.close(Duration.ofSeconds(1));
    }

    @Actor
    public void dispose() {
      bus.close(Duration.ZERO);
      bus.dispose();
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = closed.get();
      r.r2 = told.get();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "they differ")
  public static class TwoNonces {
    private static final Random RANDOM = new Random(1);
    private final Nonces nonces = new Nonces(RANDOM);
    private Nonce one;
    private Nonce other;

    @Actor
    public void one() {
      one = nonces.next();
    }

    @Actor
    public void other() {
      other = nonces.next();
    }

    @Arbiter
    public void check(Z_Result r) {
      r.r1 = !one.equals(other);
    }
  }
}
