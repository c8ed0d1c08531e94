// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.core.frame.EndCause;
import io.dittobus.core.stream.SessionStream;
import io.dittobus.core.transport.OwnerLoop;
import org.jspecify.annotations.Nullable;

/**
 * How a session ends because its bus closes: its streams are drained; at the deadline those that
 * are left are cut; then the other side has a moment for its last words. On the session's loop.
 */
final class ShutDown {

  /** The cause of everything that ends because this bus closes. */
  static final EndCause CAUSE = EndCause.local(EndCause.Kind.SHUT_DOWN, "the bus was closed");

  /** Time that the other side gets to answer when the streams that are left have been cut. */
  private static final long LAST_WORDS_NANOS = 500_000_000;

  private final NodeContext node;
  private final PeerSession owner;
  private boolean begun;
  private boolean cut;
  private OwnerLoop.@Nullable Timer timer;
  private long atNanos;

  ShutDown(NodeContext node, PeerSession owner) {
    this.node = node;
    this.owner = owner;
  }

  boolean hasBegun() {
    return begun;
  }

  /** Ends all streams within this time, or within a shorter one that was given before. */
  void within(long nanos) {
    if (cut) {
      return;
    }
    if (!begun) {
      begun = true;
      owner.session().shutDown(nanos / 1_000_000);
      owner.session().streams().forEach(this::drain);
    }
    long at = owner.loop().nanoTime() + nanos;
    if (nanos == 0) {
      cutAll();
    } else if (timer == null || at - atNanos < 0) {
      atNanos = at;
      schedule(this::cutAll, nanos);
    }
  }

  /** The session has ended. */
  void over() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  private void schedule(Runnable task, long nanos) {
    over();
    timer = owner.loop().schedule(() -> owner.execute(task), nanos);
  }

  private void drain(SessionStream stream) {
    if (stream.attachment() instanceof StreamDriver driver) {
      driver.drain(CAUSE);
    } else if (stream.attachment() instanceof OfferedStream offered) {
      offered.shutDown(CAUSE);
    } else {
      owner.session().cut(stream, CAUSE);
    }
  }

  /**
   * The bus has no more time. The link stays until the other side has answered, for only then do
   * both ends of a stream know of one cause (ST-6, ST-7).
   */
  private void cutAll() {
    if (owner.isOver() || cut) {
      return;
    }
    cut = true;
    node.singlesCut(owner.session().unfinishedSingles());
    for (SessionStream stream : owner.session().streams()) {
      if (stream.attachment() instanceof StreamDriver driver && !driver.isOver()) {
        node.streamCut(stream.send());
      }
      owner.session().cut(stream, CAUSE);
    }
    if (owner.hasLink()) {
      schedule(this::unanswered, LAST_WORDS_NANOS);
    } else {
      unanswered();
    }
  }

  private void unanswered() {
    if (!owner.isOver()) {
      owner.writeAndAbort(CAUSE);
    }
  }
}
