// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.stream.SessionStream;
import io.dittobus.core.transport.OwnerLoop;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Someone who waits for a stream: first for a session with the peer, then for its answer. Ends
 * once: by the answer, a failure, or the time. Any thread, except where said.
 */
final class PendingOpen {

  private final NodeContext node;
  private final DittoAddress address;
  private final StreamOptions options;
  private final @Nullable Object openCtx;

  /** Until the session takes it, or it is released at the end. */
  private final AtomicReference<@Nullable ByteBuf> firstMessage;

  private final AtomicBoolean done = new AtomicBoolean();
  private volatile OwnerLoop.@Nullable Timer timer;
  private volatile @Nullable PeerSession session;
  private @Nullable SessionStream stream;

  PendingOpen(
      NodeContext node,
      DittoAddress address,
      StreamOptions options,
      @Nullable ByteBuf firstMessage,
      @Nullable Object openCtx) {
    this.node = node;
    this.firstMessage = new AtomicReference<>(firstMessage);
    this.address = address;
    this.options = options;
    this.openCtx = openCtx;
  }

  /** Starts the clock. */
  void start() {
    long nanos = Times.nanos(options.openTimeout());
    timer = node.transport().loop().schedule(this::timeIsUp, nanos);
  }

  DittoAddress address() {
    return address;
  }

  StreamOptions options() {
    return options;
  }

  /** The first message; belongs to the caller from now on. Null if there is none, or none left. */
  @Nullable ByteBuf takeFirstMessage() {
    return firstMessage.getAndSet(null);
  }

  boolean isDone() {
    return done.get();
  }

  /** The session's loop: the peer was asked for the stream. */
  void asked(PeerSession asking, SessionStream asked) {
    stream = asked;
    session = asking;
    if (isDone()) {
      giveUp();
    }
  }

  private void timeIsUp() {
    PeerSession asking = session;
    if (asking == null) {
      node.peers().forget(this);
      failed(
          StreamEnd.unopened(
              Ends.of(late("")).reason(),
              StreamEnd.Origin.LOCAL,
              "no session with " + address + " in time"));
      asking = session;
    }
    if (asking != null) {
      asking.execute(
          () -> {
            failed(Ends.of(late("the peer did not answer in time")));
            giveUp();
          });
    }
  }

  private static EndCause late(String text) {
    return EndCause.local(EndCause.Kind.TIMED_OUT, text);
  }

  /** The session's loop: the stream is wanted no more. */
  private void giveUp() {
    PeerSession asking = session;
    SessionStream asked = stream;
    if (asking != null && asked != null && asked.attachment() == this) {
      asking.session().cut(asked, late("the opener gave up"));
    }
  }

  /** The session's loop: the peer has accepted. */
  void succeeded(NodeStream opened) {
    if (end()) {
      node.tell("streamOpenSucceeded", callback -> callback.streamOpenSucceeded(openCtx, opened));
    } else {
      opened.dispose();
    }
  }

  void failed(StreamEnd end) {
    if (end()) {
      node.tell("streamOpenFailed", callback -> callback.streamOpenFailed(openCtx, end));
    }
  }

  private boolean end() {
    boolean first = done.compareAndSet(false, true);
    OwnerLoop.Timer waiting = timer;
    if (first && waiting != null) {
      waiting.cancel();
    }
    ByteBuf unsent = first ? takeFirstMessage() : null;
    if (unsent != null) {
      unsent.release();
    }
    return first;
  }
}
