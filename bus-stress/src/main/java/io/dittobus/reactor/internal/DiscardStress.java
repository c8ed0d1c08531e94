// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.internal;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

/** A discarded message gives back its reference, and no other, of a buffer that others hold too. */
public class DiscardStress {

  /** The context of one who releases what is discarded. */
  private static final Context RELEASING = releasing();

  private static Context releasing() {
    Context[] seen = new Context[1];
    Flux.deferContextual(
            context -> {
              seen[0] = Context.of(context);
              return Flux.empty();
            })
        .doOnDiscard(ByteBuf.class, ByteBuf::release)
        .subscribe();
    return seen[0];
  }

  abstract static class Shared {
    final ByteBuf buffer = Unpooled.buffer(1, 1).retain();
  }

  @JCStressTest
  @State
  @Outcome(id = "0", expect = ACCEPTABLE, desc = "both references were given back")
  public static class WithoutHook extends Shared {
    @Actor
    public void discard() {
      Discards.discard(buffer, Context.empty());
    }

    @Actor
    public void other() {
      buffer.release();
    }

    @Arbiter
    public void check(I_Result r) {
      r.r1 = buffer.refCnt();
    }
  }

  @JCStressTest
  @State
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "one was given back, another was taken")
  public static class WithHook extends Shared {
    @Actor
    public void discard() {
      Discards.discard(buffer, RELEASING);
    }

    @Actor
    public void other() {
      buffer.retain();
    }

    @Arbiter
    public void check(I_Result r) {
      r.r1 = buffer.refCnt();
    }
  }
}
