// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

import io.dittobus.core.frame.EndCause;
import io.dittobus.core.stream.SessionStream;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The application at one end of one stream: its habits, drawn from the seed, and what it has been
 * told.
 */
final class App {

  final Direction out;
  final Direction in;
  final int maxMessages;
  final boolean byHand;
  final boolean neverRequests;
  final boolean unbounded;
  final boolean large;
  @Nullable SessionStream stream;
  boolean open;
  boolean ended;
  boolean refused;
  boolean inboundDone;
  boolean outboundDone;
  boolean declinesNext;
  long begunSeen;
  int windowSeen = Integer.MAX_VALUE;
  @Nullable EndCause endCause;

  App(Direction out, Direction in, Random random) {
    this.out = out;
    this.in = in;
    maxMessages = random.nextInt(random.nextInt(8) == 0 ? 60 : 12);
    byHand = random.nextInt(3) == 0;
    neverRequests = random.nextInt(8) == 0;
    unbounded = random.nextInt(4) == 0;
    large = random.nextInt(6) == 0;
    in.prefetch = random.nextInt(3) == 0 ? random.nextInt(6) : 0;
  }

  SessionStream stream() {
    SessionStream s = stream;
    if (s == null) {
      throw new AssertionError("The application has no stream");
    }
    return s;
  }

  boolean mayEmit() {
    return open && !ended && !outboundDone && !out.completed && !out.cut;
  }

  boolean mayReceive() {
    return open && !ended && !inboundDone;
  }
}
