// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

import io.netty.buffer.ByteBuf;
import java.util.Random;

/**
 * The link of a simulation breaks, and another one comes. A side that has not noticed yet goes on
 * writing to nobody, and still gets what was under way.
 */
final class Breaks {

  private final Simulation simulation;
  private final Side[] sides;
  private final ByteBuf[] pipes;
  private final boolean[] noticed = new boolean[2];
  private boolean broken;

  Breaks(Simulation simulation, Side[] sides, ByteBuf[] pipes) {
    this.simulation = simulation;
    this.sides = sides;
    this.pipes = pipes;
  }

  boolean isBroken() {
    return broken;
  }

  /** Whether bytes of the former or only link may still come to this side. */
  boolean mayHear(int side) {
    return !noticed[side];
  }

  void step(Random random) {
    if (!broken) {
      broken = true;
      simulation.hit(Tally.Hit.LINK_BROKEN);
      if (pipes[0].isReadable() || pipes[1].isReadable()) {
        simulation.hit(Tally.Hit.LINK_BROKEN_WITH_BYTES);
      }
      notice(random.nextInt(2));
    } else if (random.nextInt(3) == 0) {
      notice(random.nextInt(2));
    } else {
      anotherLink(random);
    }
  }

  private void notice(int which) {
    if (!noticed[which]) {
      noticed[which] = true;
      Side side = sides[which];
      side.call(() -> side.session.linkDown("cut", simulation.now()));
      boolean expected = side.goingAway || side.session.isShuttingDown();
      boolean waits = side.session.isSuspended() && !side.session.hasWork();
      Check.that(expected ? side.session.isEnded() : waits, "%s does not wait", side.name);
    }
  }

  /** Both agree on another link: the side with the smaller key has said first how far it is. */
  void anotherLink(Random random) {
    Side smaller = sides[0];
    Side larger = sides[1];
    long saidBySmaller = smaller.session.arrivedFrames();
    if (!noticed[0] && pipes[1].isReadable() && random.nextBoolean()) {
      simulation.deliver(smaller, 1 + random.nextInt(20_000));
      if (smaller.session.arrivedFrames() > saidBySmaller) {
        simulation.hit(Tally.Hit.HEARD_TWICE);
      }
    }
    if (sides[0].session.isEnded() || sides[1].session.isEnded()) {
      return;
    }
    long saidByLarger = larger.session.arrivedFrames();
    for (ByteBuf pipe : pipes) {
      pipe.clear();
    }
    if (random.nextInt(8) == 0) {
      simulation.hit(Tally.Hit.BROKEN_BEFORE_READY);
      notice(1); // READY is lost: the one with the larger key has fenced its former link already
      return;
    }
    boolean goesOn =
        larger.resume(saidBySmaller, saidByLarger) && smaller.resume(saidByLarger, saidBySmaller);
    Check.that(goesOn, "a session that does not go on");
    broken = false;
    noticed[0] = false;
    noticed[1] = false;
    simulation.hit(Tally.Hit.RESUMED);
  }
}
