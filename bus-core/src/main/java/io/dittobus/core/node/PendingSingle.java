// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.core.flow.Charge;
import io.dittobus.core.frame.MessageHead;
import io.dittobus.core.stream.SendHalf;
import io.dittobus.core.transport.OwnerLoop;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A single message that is being sent: it waits for a session with its peer, then in it, and ends
 * once. Any thread, except where said.
 *
 * <pre>
 * waiting for a session ──► taken by one ──► written ──► ended
 *          └──────────────────────┴────────────────────────┘
 * </pre>
 */
final class PendingSingle {

  private final NodeContext node;
  private final DittoAddress address;
  private final boolean reliable;
  private final @Nullable Object sendCtx;
  private final long deadlineNanos;
  private final long charge;
  private final int size;
  private final AtomicBoolean ended = new AtomicBoolean();

  /** Whose room this message takes; given back once. */
  private volatile @Nullable SingleRoom room;

  private volatile OwnerLoop.@Nullable Timer timer;
  private @Nullable ByteBuf message;
  private boolean tooLarge;

  /**
   * A message to be sent.
   *
   * @param payload belongs to this from now on
   */
  PendingSingle(
      NodeContext node,
      DittoAddress address,
      boolean reliable,
      ByteBuf payload,
      SingleMessageOptions options,
      @Nullable Object sendCtx) {
    this.node = node;
    this.address = address;
    this.reliable = reliable;
    this.sendCtx = sendCtx;
    Duration time = reliable ? options.timeout() : options.timeToLive();
    this.deadlineNanos =
        time == null
            ? SendHalf.NO_DEADLINE
            : node.transport().loop().nanoTime() + Times.nanos(time);
    ByteBuf whole = withHead(payload, options);
    this.message = whole;
    this.size = whole.readableBytes();
    this.charge = Charge.of(size);
  }

  /** Copied: what waits must pin nothing but itself, and nobody else may release it. */
  private ByteBuf withHead(ByteBuf payload, SingleMessageOptions options) {
    int head = MessageHead.singleSize(options.label(), options.metadata());
    ByteBuf whole = payload.alloc().buffer(head + payload.readableBytes());
    MessageHead.writeSingle(whole, reliable, options.label(), options.metadata());
    whole.writeBytes(payload, payload.readerIndex(), payload.readableBytes());
    payload.release();
    return whole;
  }

  DittoAddress address() {
    return address;
  }

  boolean isReliable() {
    return reliable;
  }

  /** Its bytes, the head included. */
  int size() {
    return size;
  }

  long charge() {
    return charge;
  }

  /** When it is given up if it still waits, or {@link SendHalf#NO_DEADLINE}. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  boolean hasEnded() {
    return ended.get();
  }

  /** What it comes to if it is not sent. */
  BusSingleSendResult unsent() {
    return reliable ? BusSingleSendResult.UNREACHABLE : BusSingleSendResult.DROPPED;
  }

  /** There is a session: it takes the message, if that has a place and is not too large. */
  void sendIn(PeerSession session) {
    if (size > session.remoteMaxMessageSize()) {
      ended(BusSingleSendResult.TOO_LARGE);
    } else if (session.singleRoom().enter(charge)) {
      occupies(session.singleRoom());
      session.send(this);
    } else {
      ended(reliable ? BusSingleSendResult.OVERFLOW : BusSingleSendResult.DROPPED);
    }
  }

  /**
   * It has waited for this session, which nobody has seen yet; there is as much room in it as it
   * has here. A message that is too large stays behind, for {@link #checkSize}.
   */
  void passOnTo(PeerSession session) {
    leaveWaiting();
    tooLarge = size > session.remoteMaxMessageSize();
    if (!tooLarge && session.singleRoom().enter(charge)) {
      occupies(session.singleRoom());
      session.send(this);
    }
  }

  /** Ends it if it was too large for the session that it had waited for. */
  void checkSize() {
    if (tooLarge) {
      ended(BusSingleSendResult.TOO_LARGE);
    }
  }

  /** The session's loop: the session is over, and has not taken it. */
  void sessionIsOver() {
    if (reliable) {
      leaveRoom();
      node.peers().submit(this);
    } else {
      ended(BusSingleSendResult.DROPPED);
    }
  }

  /** It takes room from here until it is on the wire. */
  void occupies(SingleRoom taken) {
    room = taken;
  }

  /** It waits for a session, as long as it may. */
  void startClock() {
    OwnerLoop loop = node.transport().loop();
    OwnerLoop.Timer started =
        loop.schedule(this::timeIsUp, Math.max(0, deadlineNanos - loop.nanoTime()));
    timer = started;
    if (hasEnded()) {
      started.cancel();
    }
  }

  private void timeIsUp() {
    if (node.peers().forget(this)) {
      ended(BusSingleSendResult.UNREACHABLE);
    }
  }

  /** A session takes it over, whose own clock runs from now on. */
  void leaveWaiting() {
    OwnerLoop.Timer running = timer;
    if (running != null) {
      running.cancel();
    }
  }

  /** The session's loop: its bytes, which belong to the caller. */
  ByteBuf takeMessage() {
    ByteBuf whole = message;
    if (whole == null) {
      throw new IllegalStateException("The message was taken before");
    }
    message = null;
    return whole;
  }

  /** The session's loop: it is on the wire. */
  void written() {
    leaveRoom();
  }

  private void leaveRoom() {
    SingleRoom taken = room;
    if (taken != null) {
      room = null;
      taken.leave(charge);
    }
  }

  /** It has come to its end; only the first one counts. */
  void ended(BusSingleSendResult result) {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    leaveWaiting();
    leaveRoom();
    ByteBuf unsent = message;
    if (unsent != null) {
      message = null;
      unsent.release();
    }
    ReliabilityMode mode = reliable ? ReliabilityMode.RELIABLE : ReliabilityMode.UNRELIABLE;
    node.tell(
        "finishedSendingSingleMessage",
        callback -> callback.finishedSendingSingleMessage(sendCtx, mode, result));
  }
}
