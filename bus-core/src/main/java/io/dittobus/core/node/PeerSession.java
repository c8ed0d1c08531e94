// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameReader;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.session.Session;
import io.dittobus.core.transport.Link;
import io.dittobus.core.transport.OwnerLoop;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one {@link Session} over one link, on the link's loop: bytes and time go in, what other
 * threads want comes out of the mailbox, and what there is to write goes to the link while that is
 * writable. All of this is one {@linkplain #turn turn}, taken whenever something may have changed.
 *
 * <p>A session begins when its predecessor with the same peer has ended; until then everything
 * waits.
 */
final class PeerSession {

  private static final Logger log = LoggerFactory.getLogger(PeerSession.class);

  private static final int WRITE_BUFFER_BYTES = 64 * 1024;

  /**
   * Writes up to this size go in buffers of their own size: the link counts the bytes that wait,
   * not the room around them.
   */
  private static final int SMALL_WRITE_BYTES = 8 * 1024;

  /** Bytes of one read after which what they caused is written, so that both ends work at once. */
  private static final int READ_BYTES_PER_TURN = 256 * 1024;

  /** After so many rounds the others on the loop have their turn. */
  private static final int MAX_ROUNDS = 16;

  private final NodeContext node;
  private final Link link;
  private final OwnerLoop loop;
  private final Hello remote;
  private final boolean ownKeyLarger;
  private final FrameReader reader;
  private final DittoAddress peer;
  private final Mailbox mailbox;

  private @Nullable Session session;
  private final List<ByteBuf> earlyBytes = new ArrayList<>();
  private @Nullable String downLine;
  private boolean superseded;
  private boolean linkDone;
  private int bytesSinceTurn;
  private OwnerLoop.@Nullable Timer timer;
  private long timerAtNanos;
  private final ShutDown shutDown;
  private final SingleRoom singleRoom;

  /**
   * A session that has not begun.
   *
   * @param remote what the peer said in the handshake
   * @param reader the reader of the link; the session's own from its beginning on
   */
  PeerSession(NodeContext node, Link link, Hello remote, boolean ownKeyLarger, FrameReader reader) {
    this.node = node;
    this.link = link;
    this.loop = link.loop();
    this.remote = remote;
    this.ownKeyLarger = ownKeyLarger;
    this.reader = reader;
    this.peer = DittoAddress.of(remote.key());
    this.mailbox = new Mailbox(loop, this::turn);
    this.shutDown = new ShutDown(node, this);
    this.singleRoom = new SingleRoom(node.config().options());
  }

  // Any thread

  /** Runs a task in the next turn. */
  void execute(Runnable task) {
    mailbox.offer(task);
  }

  DittoAddress peer() {
    return peer;
  }

  PeerKey key() {
    return peer.peerKey();
  }

  /** When this time has passed from now on, on the session's clock. */
  long deadlineNanos(Duration time) {
    return loop.nanoTime() + Times.nanos(time);
  }

  /** The room for single messages that wait here. */
  SingleRoom singleRoom() {
    return singleRoom;
  }

  /** Sends a single message that has its place; on this thread only its way begins. */
  void send(PendingSingle single) {
    execute(() -> sendOnLoop(single));
  }

  /** The random number of the peer's life. */
  long incarnation() {
    return remote.incarnation();
  }

  int remoteMaxMessageSize() {
    return remote.maxMessageSize();
  }

  OwnerLoop loop() {
    return loop;
  }

  // The loop: inputs

  /** The session begins. */
  void begin() {
    Session begun =
        new Session(
            node.config().options(),
            remote,
            ownKeyLarger,
            node.windowBudget(),
            reader,
            link.allocator(),
            new StreamEvents(node, this),
            loop.nanoTime());
    session = begun;
    log.info("session with {} at {} began", peer, link.remote());
    node.tellListener("sessionStarted", listener -> listener.sessionStarted(peer));
    node.tell("peerConnected", callback -> callback.peerConnected(peer));
    node.peers().begun(this);
    for (ByteBuf bytes : earlyBytes) {
      handleBytes(begun, bytes);
    }
    releaseEarly();
    link.resumeReading();
    if (downLine == null) {
      mailbox.takeTurn();
    } else {
      endWithLink(begun, downLine);
    }
  }

  /** A newer session of the peer has come before this one began, which it never will. */
  void supersede() {
    superseded = true;
    linkDone = true;
    releaseEarly();
    reader.release();
    link.abort();
    // Whoever waits for a stream goes on to wait for the newer one.
    mailbox.orphan();
    mailbox.takeTurn();
  }

  private void releaseEarly() {
    earlyBytes.forEach(ByteBuf::release);
    earlyBytes.clear();
  }

  void bytesReceived(ByteBuf bytes) {
    Session running = session;
    if (superseded) {
      return;
    }
    if (running == null) {
      earlyBytes.add(bytes.retainedSlice());
      link.suspendReading();
      return;
    }
    handleBytes(running, bytes);
    bytesSinceTurn += bytes.readableBytes();
    if (bytesSinceTurn >= READ_BYTES_PER_TURN) {
      mailbox.takeTurn();
    }
  }

  private void handleBytes(Session running, ByteBuf bytes) {
    if (running.isEnded()) {
      return;
    }
    mailbox.hold();
    try {
      bytesSinceTurn += bytes.readableBytes();
      running.handleBytes(bytes, loop.nanoTime());
    } catch (Throwable e) {
      broken(e);
    }
  }

  /** What had come together has been taken in: a moment to write. */
  void readCompleted() {
    if (session != null) {
      mailbox.takeTurn();
    }
  }

  void writabilityChanged() {
    if (session != null && link.isWritable()) {
      mailbox.takeTurn();
    }
  }

  /** The link is down; the last input. */
  void linkDown(String line) {
    downLine = line;
    if (session != null) {
      endWithLink(session, line);
    }
  }

  private void endWithLink(Session running, String line) {
    linkDone = true;
    try {
      running.linkDown(line, loop.nanoTime());
    } catch (Throwable e) {
      broken(e);
    }
    cancel(timer);
    shutDown.over();
    mailbox.orphan();
    mailbox.takeTurn();
  }

  private static void cancel(OwnerLoop.@Nullable Timer timer) {
    if (timer != null) {
      timer.cancel();
    }
  }

  // The loop: the turn

  private void turn() {
    bytesSinceTurn = 0;
    int rounds = 0;
    do {
      try {
        round();
      } catch (Throwable e) {
        broken(e);
      }
      if (++rounds == MAX_ROUNDS && !mailbox.isOrphaned()) {
        mailbox.yieldTurn();
        return;
      }
    } while (!mailbox.endTurn());
  }

  private void round() {
    if (superseded) {
      mailbox.runTasks();
      return;
    }
    Session running = session();
    running.handleTimeout(loop.nanoTime());
    mailbox.runTasks();
    if (linkDone) {
      return;
    }
    if (write(running, false)) {
      link.flush();
    }
    if (running.isDrained() && !running.isEnded()) {
      running.abort(ShutDown.CAUSE);
    }
    if (running.isEnded()) {
      finishLink(running);
    } else {
      schedule(running);
    }
  }

  /** Returns whether there is something to flush. */
  private boolean write(Session running, boolean regardless) {
    boolean written = false;
    while (running.hasWork() && (regardless || link.isWritable()) && writeSome(running)) {
      written = true;
    }
    return written;
  }

  /** Writes one buffer; false if there was nothing to be written. */
  private boolean writeSome(Session running) {
    ByteBuf out = link.allocator().buffer(WRITE_BUFFER_BYTES, WRITE_BUFFER_BYTES);
    try {
      if (!running.pollWrite(out)) {
        return false;
      }
      if (out.readableBytes() <= SMALL_WRITE_BYTES) {
        writeUnits(link, link.allocator().buffer(out.readableBytes()).writeBytes(out));
      } else {
        writeUnits(link, out.retain());
      }
      return true;
    } finally {
      out.release();
    }
  }

  /** Writes a buffer in units that the link takes. */
  static void writeUnits(Link link, ByteBuf out) {
    int most = link.maxUnitBytes();
    while (out.readableBytes() > most) {
      link.write(out.readRetainedSlice(most));
    }
    link.write(out);
  }

  /** The session is over: its last words go out, and the link ends. */
  private void finishLink(Session running) {
    linkDone = true;
    cancel(timer);
    shutDown.over();
    boolean unused = writeSome(running);
    link.flush();
    link.close();
  }

  private void schedule(Session running) {
    long at = running.nextTimeoutNanos();
    if (timer == null || at - timerAtNanos < 0) {
      cancel(timer);
      timerAtNanos = at;
      timer = loop.schedule(this::timerFired, Math.max(0, at - loop.nanoTime()));
    }
  }

  private void timerFired() {
    timer = null;
    mailbox.takeTurn();
  }

  /** Something that cannot happen has happened: this session ends, and no other. */
  private void broken(Throwable error) {
    log.error("session with {} broke: {}", peer, UserCode.describe(error));
    log.debug("session with {} broke", peer, error);
    linkDone = true;
    link.abort();
    if (session != null) {
      session.abort(EndCause.linkLost("an internal error: " + error.getClass().getSimpleName()));
    }
    if (error instanceof VirtualMachineError fatal) {
      throw fatal;
    }
  }

  // The loop: for tasks and events

  /** The session; only once it has begun. */
  Session session() {
    Session running = session;
    if (running == null) {
      throw new IllegalStateException("The session has not begun");
    }
    return running;
  }

  boolean isOver() {
    return superseded || session().isEnded();
  }

  boolean isShuttingDown() {
    return shutDown.hasBegun();
  }

  /** The session ends at once. */
  void abort(EndCause cause) {
    if (!isOver()) {
      session().abort(cause);
    }
  }

  /** Opens a stream for someone who waits for it. */
  void open(PendingOpen open) {
    if (open.isDone()) {
      return;
    }
    if (isOver()) {
      node.peers().submit(open);
    } else {
      open.asked(this, session().open(open.options(), open.takeFirstMessage(), open));
    }
  }

  private void sendOnLoop(PendingSingle single) {
    if (single.hasEnded()) {
      return;
    }
    if (isOver() || isShuttingDown()) {
      single.sessionIsOver();
    } else {
      session()
          .sendSingle(single.takeMessage(), single.isReliable(), single.deadlineNanos(), single);
    }
  }

  void streamOpened(boolean incoming) {
    node.tellListener("streamOpened", listener -> listener.streamOpened(peer, incoming));
  }

  /** The session is over; its streams have been told. */
  void sessionEnded(EndCause cause) {
    node.peers().remove(this);
    var end = Ends.of(cause);
    if (cause.kind() == EndCause.Kind.PROTOCOL || cause.kind() == EndCause.Kind.FLOW_CONTROL) {
      log.warn("session with {} at {} ended: {}", peer, link.remote(), end.describe());
    } else {
      log.info("session with {} at {} ended: {}", peer, link.remote(), end.describe());
    }
    node.tellListener("sessionEnded", listener -> listener.sessionEnded(peer, end));
    node.tell("peerDisconnected", callback -> callback.peerDisconnected(peer, end));
  }

  /**
   * The bus closes: all streams end in order, or are cut when the time is up. A later call can only
   * shorten that time.
   */
  void shutDown(long deadlineNanos) {
    if (!isOver()) {
      shutDown.within(deadlineNanos);
    }
  }

  /** The last words go out though the link takes no more, and the session ends. */
  void writeAndAbort(EndCause cause) {
    if (!linkDone) {
      write(session(), true);
    }
    abort(cause);
  }
}
