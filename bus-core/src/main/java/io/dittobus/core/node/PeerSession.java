// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.peer.PeerState;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.Ready;
import io.dittobus.core.session.Session;
import io.dittobus.core.transport.Link;
import io.dittobus.core.transport.OwnerLoop;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one {@link Session} over the links that it has one after the other, on the loop of the one
 * it has or had last: bytes and time go in, what other threads want comes out of the mailbox, and
 * what there is to write goes to the link while that is writable. All of this is one {@linkplain
 * #turn turn}, taken whenever something may have changed.
 *
 * <p>It moves to another loop with the turn in which it leaves its link for one there; between that
 * and the first turn there it belongs to no thread, and whatever comes waits.
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

  private static final EndCause ANOTHER_LIFE =
      EndCause.local(EndCause.Kind.CLOSED, "another process has connected with the same key");

  private final NodeContext node;
  private final Hello remote;
  private final boolean ownKeyLarger;
  private final long id;
  private final DittoAddress peer;
  private final Mailbox mailbox;
  private final ShutDown shutDown;
  private final SingleRoom singleRoom;
  private final Reconnector reconnector;

  private @Nullable Session session;

  /** Drives the link that it has. */
  private @Nullable LinkDriver carrier;

  /** The epoch of that link, or of the last one. */
  private long epoch;

  /** What is to be done first on the loop that it moves to. */
  private @Nullable Runnable arrival;

  private Instant lostSince = Instant.EPOCH;
  private boolean linkDone;
  private int bytesSinceTurn;
  private OwnerLoop.@Nullable Timer timer;
  private long timerAtNanos;

  /**
   * A session that has not begun.
   *
   * @param loop the loop of its first link
   * @param remote what the peer said in the handshake
   * @param id the epoch that it begins with
   */
  PeerSession(NodeContext node, OwnerLoop loop, Hello remote, boolean ownKeyLarger, long id) {
    this.node = node;
    this.remote = remote;
    this.ownKeyLarger = ownKeyLarger;
    this.id = id;
    this.peer = DittoAddress.of(remote.key());
    this.mailbox = new Mailbox(loop, this::turn);
    this.shutDown = new ShutDown(node, this);
    this.singleRoom = new SingleRoom(node.config().options());
    this.reconnector = new Reconnector(node, this);
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
    return loop().nanoTime() + Times.nanos(time);
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

  /** The loop that it is on. */
  OwnerLoop loop() {
    return mailbox.loop();
  }

  /** The peer was found there. */
  void dialledAt(Endpoint endpoint) {
    reconnector.found(endpoint);
  }

  // The loop: from link to link

  /** The session begins, on the link that this one drives. */
  void begin(LinkDriver driver, long firstEpoch) {
    Link link = driver.link();
    session =
        new Session(
            node.config().options(),
            remote,
            ownKeyLarger,
            node.windowBudget(),
            driver.takeReader(),
            link.allocator(),
            new StreamEvents(node, this),
            loop().nanoTime());
    carrier = driver;
    epoch = firstEpoch;
    reconnector.linkUp(loop().nanoTime());
    log.info("session with {} at {} began", peer, link.remote());
    node.tellListener("sessionStarted", listener -> listener.sessionStarted(peer));
    node.tell("peerConnected", callback -> callback.peerConnected(peer));
    tellState(new PeerState.Connected());
    node.peers().begun(this);
    driver.carries();
    driver.deliverEarly();
    mailbox.takeTurn();
  }

  /** Says what there is here, to the peer with the larger key, on another link (RS-6). */
  void offer(Rendezvous link) {
    long latest = node.epochs().latest(key(), link.remote().incarnation());
    if (isOver() || link.remote().incarnation() != incarnation()) {
      link.offered(Ready.withoutSession(latest));
    } else {
      long here = carrier == null || link.moves() ? 0 : epoch;
      link.offered(new Ready(latest, id, session().arrivedFrames(), here, 0));
    }
  }

  /** Decides what becomes of another link, on which the peer has said this (RS-6). */
  void decide(Rendezvous link, Ready said) {
    if (isOver()) {
      link.again();
    } else if (link.remote().incarnation() != incarnation()) {
      yieldTo(link);
    } else if (carrier != null && said.link() == epoch && !link.moves()) {
      link.notNeeded();
    } else if (session().resumes() && (said.session() == id || said.epoch() < id)) {
      long next = node.epochs().next(key(), incarnation(), said.epoch());
      // It may have told of more since, on the former link.
      long told = said.session() == id ? said.arrived() : 0;
      long after = Math.max(told, session().receiptedFrames());
      Ready ready = new Ready(next, id, session().arrivedFrames(), 0, after);
      moveTo(link, ready, after, ready.arrived());
    } else {
      yieldTo(link);
    }
  }

  /** Goes over to another link, as the peer with the larger key has decided. */
  void follow(Rendezvous link, Ready ready) {
    if (isOver()) {
      link.sessionEnded();
    } else {
      moveTo(link, ready, ready.arrived(), ready.after());
    }
  }

  /** Ends, as the peer wants a new session. */
  void yieldTo(Rendezvous link) {
    if (isOver()) {
      link.again();
      return;
    }
    if (link.remote().incarnation() == incarnation()) {
      abort(EndCause.linkLost("the peer has ended its side of the session"));
    } else { // which has to know, should it live, lest the two drive each other out for ever
      session().abort(EndCause.linkLost("the peer was restarted"), ANOTHER_LIFE);
    }
    link.again();
  }

  /**
   * Leaves the link that it has.
   *
   * @param arrivedThere kept frames of this side that are not to be written again
   * @param saidHere kept frames of the other side that it does not write again
   */
  private void moveTo(Rendezvous link, Ready ready, long arrivedThere, long saidHere) {
    if (carrier != null) {
      carrier.fence();
      carrier = null;
    }
    cancelTimer();
    arrival = () -> arrive(link, ready, arrivedThere, saidHere);
    mailbox.moveTo(link.loop());
  }

  private void arrive(Rendezvous link, Ready ready, long arrivedThere, long saidHere) {
    Session running = session();
    long now = loop().nanoTime();
    if (running.isEnded()) {
      link.sessionEnded();
      return;
    }
    LinkDriver driver = link.carry(this, ready);
    if (driver == null) {
      if (!running.isSuspended()) {
        linkLost(running, "the connection to go on with was lost at once");
      }
      return;
    }
    carrier = driver;
    epoch = ready.epoch();
    node.epochs().learn(key(), incarnation(), epoch);
    reconnector.linkUp(now);
    if (running.linkUp(driver.takeReader(), arrivedThere, saidHere, now)) {
      log.info("session with {} goes on at {}", peer, driver.link().remote());
      tellState(new PeerState.Connected());
    }
    driver.carries();
    driver.deliverEarly();
  }

  /** The session has no link any more. */
  private void linkLost(Session running, String line) {
    try {
      if (node.transport().isClosing() && !isShuttingDown()) {
        running.abort(EndCause.linkLost(line));
      }
      running.linkDown(line, loop().nanoTime());
    } catch (Throwable e) {
      broken(e);
    }
    if (!running.isEnded()) {
      waitForLink(running);
    }
  }

  private void waitForLink(Session running) {
    log.info("session with {} has lost its connection: {}", peer, running.lostLine());
    lostSince = Instant.now();
    reconnector.linkLost(loop().nanoTime());
    tellState(new PeerState.Lost(lostSince, 0));
  }

  /** The peer is dialled again, for the how manieth time. Any thread. */
  void dialling(int attempts) {
    execute(
        () -> {
          if (!isOver() && session().isSuspended()) {
            tellState(new PeerState.Lost(lostSince, attempts));
          }
        });
  }

  private void tellState(PeerState state) {
    node.tellState(peer, state);
  }

  // The loop: inputs

  void bytesReceived(ByteBuf bytes) {
    handleBytes(session(), bytes);
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
      running.handleBytes(bytes, loop().nanoTime());
    } catch (Throwable e) {
      broken(e);
    }
  }

  /** What had come together has been taken in: a moment to write. */
  void readCompleted() {
    mailbox.takeTurn();
  }

  void writabilityChanged() {
    if (carrier != null && carrier.link().isWritable()) {
      mailbox.takeTurn();
    }
  }

  /** The link is down; the last that comes from it. */
  void linkDown(String line) {
    carrier = null;
    Session running = session();
    linkLost(running, line);
    if (running.isEnded()) {
      linkDone = true;
      cancelTimer();
      shutDown.over();
      reconnector.stop();
      mailbox.orphan();
    }
    mailbox.takeTurn();
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel();
      timer = null;
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
      if (++rounds == MAX_ROUNDS && !mailbox.isOrphaned() && !mailbox.isMoving()) {
        mailbox.yieldTurn();
        return;
      }
    } while (!mailbox.endTurn());
  }

  private void round() {
    Runnable arriving = arrival;
    if (arriving != null) {
      arrival = null;
      arriving.run();
    }
    Session running = session();
    running.handleTimeout(loop().nanoTime());
    mailbox.runTasks();
    if (linkDone || mailbox.isMoving()) {
      return;
    }
    if (carrier != null && running.isSuspended()) { // it found so itself
      carrier.fence();
      carrier = null;
      waitForLink(running);
    }
    if (carrier != null && write(running, carrier.link(), false)) {
      carrier.link().flush();
    }
    if (running.isDrained() && !running.isEnded()) {
      running.abort(ShutDown.CAUSE);
    }
    if (running.isEnded()) {
      finish(running);
    } else {
      schedule(running);
    }
  }

  /** Returns whether there is something to flush. */
  private boolean write(Session running, Link link, boolean regardless) {
    boolean written = false;
    while (running.hasWork() && (regardless || link.isWritable()) && writeSome(running, link)) {
      written = true;
    }
    return written;
  }

  /** Writes one buffer; false if there was nothing to be written. */
  private boolean writeSome(Session running, Link link) {
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

  /** The session is over: its last words go out, and the link ends, if it has one. */
  private void finish(Session running) {
    linkDone = true;
    cancelTimer();
    shutDown.over();
    reconnector.stop();
    if (carrier == null) {
      mailbox.orphan();
    } else {
      Link link = carrier.link();
      boolean unused = writeSome(running, link);
      link.flush();
      link.close();
    }
  }

  private void schedule(Session running) {
    long at = running.nextTimeoutNanos();
    if (timer == null || at - timerAtNanos < 0) {
      cancelTimer();
      timerAtNanos = at;
      timer = loop().schedule(this::timerFired, Math.max(0, at - loop().nanoTime()));
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
    cancelTimer();
    reconnector.stop();
    if (carrier != null) {
      carrier.link().abort();
    }
    session().abort(EndCause.linkLost("an internal error: " + error.getClass().getSimpleName()));
    if (carrier == null) {
      mailbox.orphan();
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
    return session().isEnded();
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
    String remoteEnd = carrier == null ? "no connection" : carrier.link().remote();
    if (cause.kind() == EndCause.Kind.PROTOCOL || cause.kind() == EndCause.Kind.FLOW_CONTROL) {
      log.warn("session with {} at {} ended: {}", peer, remoteEnd, end.describe());
    } else {
      log.info("session with {} at {} ended: {}", peer, remoteEnd, end.describe());
    }
    node.tellListener("sessionEnded", listener -> listener.sessionEnded(peer, end));
    node.tell("peerDisconnected", callback -> callback.peerDisconnected(peer, end));
    tellState(new PeerState.Gone(end));
  }

  /**
   * The bus closes: all streams end in order, or are cut when the time is up. A later call can only
   * shorten that time.
   */
  void shutDown(long deadlineNanos) {
    if (!isOver()) {
      boolean waits = session().hasUnfinished() && reconnector.canDial(); // nobody listens any more
      shutDown.within(hasLink() || waits ? deadlineNanos : 0);
    }
  }

  boolean hasLink() {
    return carrier != null;
  }

  /** The last words go out though the link takes no more, and the session ends. */
  void writeAndAbort(EndCause cause) {
    if (!linkDone && carrier != null) {
      write(session(), carrier.link(), true);
    }
    abort(cause);
  }
}
