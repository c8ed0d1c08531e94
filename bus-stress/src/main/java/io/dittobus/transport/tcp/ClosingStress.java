// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import reactor.netty.resources.LoopResources;

/** A transport that closes waits for what it has begun, and begins nothing more. */
public class ClosingStress {

  /** An event loop that runs what it is given at once, on the thread that gives it. */
  private static final EventLoop DIRECT =
      proxy(
          EventLoop.class,
          (name, arguments) -> {
            if (name.equals("execute")) {
              ((Runnable) arguments[0]).run();
            }
            return null;
          });

  private static final EventLoopGroup GROUP =
      proxy(EventLoopGroup.class, (name, arguments) -> DIRECT);

  /** Lent, and so not ended with the transport. */
  private static final LoopResources LOOPS = proxy(LoopResources.class, (name, arguments) -> GROUP);

  private interface Call {
    Object call(String method, Object[] arguments);
  }

  private static <T> T proxy(Class<T> type, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            ClosingStress.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "hashCode" -> System.identityHashCode(proxy);
                  case "equals" -> proxy == arguments[0];
                  default -> call.call(method.getName(), arguments);
                }));
  }

  /** A link that ends when it is told to. */
  abstract static class Closing implements TcpTransport.Ending {
    final TcpTransport transport =
        TcpTransport.builder()
            .loopResources(LOOPS)
            .resolver(DefaultAddressResolverGroup.INSTANCE)
            .build();
    final AtomicInteger ended = new AtomicInteger();

    @Override
    public NettyLoop loop() {
      return transport.loopOf(DIRECT);
    }

    @Override
    public void end() {
      ended.incrementAndGet();
      transport.remove(this);
    }

    int isClosed() {
      return transport.close().toCompletableFuture().isDone() ? 1 : 0;
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "it was let in, and ended")
  @Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "it was not let in")
  public static class AddAndClose extends Closing {
    private boolean added;

    @Actor
    public void add() {
      added = transport.add(this);
    }

    @Actor
    public void close() {
      transport.close();
    }

    @Arbiter
    public void check(III_Result r) {
      r.r1 = added ? 1 : 0;
      r.r2 = ended.get();
      r.r3 = isClosed();
    }
  }

  @JCStressTest
  @State
  @Outcome(
      id = {"0, 1", "1, 1"},
      expect = ACCEPTABLE,
      desc = "closed, whoever ended the last one")
  public static class RemoveAndClose extends Closing {

    /** There is one. */
    public RemoveAndClose() {
      transport.add(this);
    }

    @Actor
    public void remove() {
      transport.remove(this);
    }

    @Actor
    public void close() {
      transport.close();
      transport.close();
    }

    @Arbiter
    public void check(II_Result r) {
      r.r1 = ended.get();
      r.r2 = isClosed();
    }
  }
}
