// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameReader;
import io.dittobus.core.frame.WireText;
import io.dittobus.core.session.Handshake;
import io.dittobus.core.session.Introduction;
import io.dittobus.core.transport.Link;
import io.dittobus.core.transport.OwnerLoop;
import io.dittobus.core.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.ProtocolException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns one link from its beginning to its end: first runs the handshake on it, then hands what
 * comes to the session that it carries. The link's loop, except where said.
 */
final class LinkDriver implements Transport.DialHandler {

  private static final Logger log = LoggerFactory.getLogger(LinkDriver.class);

  private static final int HANDSHAKE_BUFFER_BYTES = 2048;

  /** How long a link stays whose session has left. */
  private static final long FENCED_NANOS = 1_000_000_000;

  private final NodeContext node;
  private final @Nullable Dialling connect;
  private @Nullable Link link;
  private @Nullable Handshake handshake;
  private @Nullable FrameReader reader;
  private @Nullable PeerSession session;
  private OwnerLoop.@Nullable Timer timer;
  private @Nullable AskedAdmission asking;
  private @Nullable Rendezvous rendezvous;
  private @Nullable ByteBuf earlyBytes;
  private boolean failed;

  /**
   * A driver for a link that is about to come up.
   *
   * @param connect who dialled; null if the link was accepted
   */
  LinkDriver(NodeContext node, @Nullable Dialling connect) {
    this.node = node;
    this.connect = connect;
  }

  /** The link, once it is up. */
  Link link() {
    return Objects.requireNonNull(link);
  }

  /** Whether it was dialled so that a session comes over to it. Any thread. */
  boolean moves() {
    return connect != null && connect.moves();
  }

  /** Whether it was dialled for a session that there is, with this peer. Any thread. */
  @Nullable PeerKey dialledFor() {
    return connect == null ? null : connect.peer();
  }

  /** The link's loop. Any thread, once the link is up. */
  OwnerLoop loop() {
    return link().loop();
  }

  // The handshake

  @Override
  public void linkUp(Link newLink) {
    link = newLink;
    if (!node.peers().linkUp(this)) {
      failed = true;
      newLink.abort();
      return;
    }
    if (connect == null) {
      goesFor(node.newcomers().arrives(this));
    } else {
      connect.onGiveUp(() -> newLink.loop().execute(this::giveUp));
    }
    FrameReader newReader = new FrameReader(newLink.allocator());
    reader = newReader;
    Handshake begun = new Handshake(node.hello(), introduction(newLink), newReader);
    handshake = begun;
    write(begun);
    startClock(begun, Math.max(0, handshakeNanos() - newLink.ageNanos()));
  }

  private Introduction introduction(Link newLink) {
    return new Introduction(
        connect != null,
        connect == null ? null : connect.peer(),
        newLink.authenticatedPeer().orElse(null),
        node.credentials());
  }

  private long handshakeNanos() {
    return Times.nanos(node.config().options().handshakeTimeout());
  }

  private void startClock(Handshake running, long nanos) {
    stopClock();
    timer = link().loop().schedule(() -> timedOut(running), nanos);
  }

  private void stopClock() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  /** There were too many newcomers, and this, if any, was the oldest of its kind. */
  private static void goesFor(@Nullable LinkDriver oldest) {
    if (oldest != null) {
      oldest.link().loop().execute(oldest::crowdedOut);
    }
  }

  private void crowdedOut() {
    if (handshake != null && !failed) {
      failed = true;
      endHandshake();
      releaseReader();
      report(ErrorCode.HANDSHAKE_FAILED, "too many are in their handshake, and it was the oldest");
    }
    if (session == null) {
      link().abort();
    }
  }

  @Override
  public void bytesReceived(ByteBuf bytes) {
    Handshake running = handshake;
    if (running != null && !failed) {
      running.handleBytes(bytes);
      progress(running);
    }
    PeerSession carried = session;
    if (carried != null && bytes.isReadable()) {
      carried.bytesReceived(bytes);
    } else if (handshake != null && bytes.isReadable()) {
      keep(bytes);
    }
  }

  /** What stands behind READY waits for its session, which is on its way to this loop. */
  private void keep(ByteBuf bytes) {
    ByteBuf more = bytes.retainedSlice();
    earlyBytes = earlyBytes == null ? more : Unpooled.wrappedBuffer(earlyBytes, more);
    link().suspendReading();
  }

  private void timedOut(Handshake running) {
    if (running == handshake) {
      running.timedOut();
      progress(running);
    }
  }

  /** Decides what is to be decided, and writes what is to be said. */
  void progress(Handshake running) {
    if (running.state() == Handshake.State.ADMITTING && asking == null) {
      // The other side may have somebody to ask as well.
      startClock(running, AskedAdmission.TIMEOUT_NANOS + handshakeNanos());
      if (!(node.config().admission() instanceof Admission.Ask ask)) {
        admit(running);
      } else if (connect != null || node.newcomers().isAsked(this)) {
        write(running);
        DittoAddress peer = DittoAddress.of(running.remote().key());
        asking = new AskedAdmission(link().loop(), refusal -> answered(running, refusal));
        asking.ask(ask.callback(), peer, link().remote());
      } else {
        running.reject(EndCause.local(EndCause.Kind.LIMIT, "this peer has no time for more peers"));
      }
    }
    if (running.isAdmitted()) {
      if (rendezvous == null) {
        rendezvous = new Rendezvous(node, this, running);
      }
      rendezvous.progress();
    }
    write(running);
    if (running.state() == Handshake.State.FAILED && !failed) {
      failed(running, running.failure());
    }
  }

  /** The callback has answered: null means yes. */
  private void answered(Handshake running, @Nullable String refusal) {
    if (running != handshake || running.state() != Handshake.State.ADMITTING) {
      return;
    }
    if (refusal == null) {
      admit(running);
    } else {
      DittoAddress peer = DittoAddress.of(running.remote().key());
      running.reject(
          EndCause.local(EndCause.Kind.FORBIDDEN, "the peer " + peer + " was refused: " + refusal));
    }
    progress(running);
  }

  private void admit(Handshake running) {
    if (node.peers().hasRoomFor(running.remote().key())) {
      running.admit();
      if (connect == null) {
        goesFor(node.newcomers().isAdmitted(this));
      }
    } else {
      running.reject(full());
    }
  }

  private static EndCause full() {
    return EndCause.local(EndCause.Kind.LIMIT, "this peer has as many sessions as it takes");
  }

  // What becomes of the link

  /** The session has no room. */
  void full(Handshake running) {
    running.reject(full());
    write(running);
    failed(running, full());
  }

  /** The session that is to come goes another way. */
  void abandon(String why) {
    Handshake running = handshake;
    if (running != null && !failed) {
      failed = true;
      endHandshake();
      releaseReader();
      log.debug("link with {} is not needed: {}", link().remote(), why);
      if (connect != null) {
        connect.notNeeded(running.remote().key());
      }
      link().abort();
    }
  }

  /** The link carries this session, which takes the reader and what came early. */
  void carry(PeerSession carried, Handshake running) {
    session = carried;
    write(running);
    endHandshake();
    node.newcomers().isGone(this);
    link().sessionBegins();
  }

  /** The session goes on over this link: who has dialled is told. */
  void carries() {
    if (connect != null && session != null) {
      session.dialledAt(connect.endpoint());
      connect.succeeded(session.peer());
    }
  }

  /** The reader of the link, for the session that it carries. */
  FrameReader takeReader() {
    FrameReader taken = Objects.requireNonNull(reader);
    reader = null;
    return taken;
  }

  /** What the session has not taken in yet is brought to it. */
  void deliverEarly() {
    ByteBuf early = earlyBytes;
    earlyBytes = null;
    if (early != null) {
      try {
        if (session != null) {
          session.bytesReceived(early);
        }
      } finally {
        early.release();
      }
      link().resumeReading();
    }
  }

  /**
   * The session has left: what still comes is nobody's. The other side is given the time to leave
   * too, lest it sees a link break that it is about to leave anyway.
   */
  void fence() {
    session = null;
    OwnerLoop.Timer unused = loop().schedule(link()::abort, FENCED_NANOS);
  }

  private void endHandshake() {
    handshake = null;
    stopClock();
    if (asking != null) {
      asking.cancel();
    }
    if (rendezvous != null) {
      rendezvous.over();
    }
  }

  private void write(Handshake running) {
    ByteBuf out = link().allocator().buffer(HANDSHAKE_BUFFER_BYTES);
    running.pollWrite(out);
    if (!out.isReadable()) {
      out.release();
      return;
    }
    PeerSession.writeUnits(link(), out);
    link().flush();
  }

  // Failures

  private void failed(Handshake running, EndCause cause) {
    failed = true;
    endHandshake();
    releaseReader();
    boolean duplicate = cause.kind() == EndCause.Kind.CLOSED && running.hasRemote();
    if (duplicate) {
      log.debug("link with {} is not needed: {}", link().remote(), cause.text());
    } else {
      report(Ends.handshakeCode(cause), Ends.handshakeLine(cause));
    }
    if (connect != null && duplicate) {
      connect.notNeeded(running.remote().key());
    } else if (connect != null) {
      connect.failed(
          Ends.handshakeCode(cause), connect.endpoint() + ": " + Ends.handshakeLine(cause));
    }
    if (connect == null) {
      goesFor(node.newcomers().leaves(this));
    }
    link().close();
  }

  private void report(ErrorCode code, String line) {
    if (connect == null) {
      log.warn("connection from {} closed: {}", link().remote(), WireText.escape(line));
    } else { // who dialled is told
      log.debug("connection to {} closed: {}", link().remote(), WireText.escape(line));
    }
    node.tellListener("handshakeFailed", l -> l.handshakeFailed(link().remote(), code));
  }

  private void releaseReader() {
    if (reader != null) {
      reader.release();
      reader = null;
    }
    if (earlyBytes != null) {
      earlyBytes.release();
      earlyBytes = null;
    }
  }

  @Override
  public void dialFailed(String line, Throwable cause) {
    if (connect == null) {
      return;
    }
    if (cause instanceof DittoBusException known) { // somebody was reached
      String remote = connect.endpoint().toString();
      log.debug("connection to {} closed: {}", remote, WireText.escape(line));
      node.tellListener("handshakeFailed", l -> l.handshakeFailed(remote, known.code()));
      connect.failed(known.code(), line);
    } else {
      connect.failed(ErrorCode.CONNECT_FAILED, line);
    }
  }

  private void giveUp() {
    if (session == null) {
      link().abort();
    }
  }

  /** The bus closes: a link that carries no session yet ends. Any thread. */
  void busClosing() {
    link().loop().execute(this::giveUp);
  }

  // The link

  @Override
  public void readCompleted() {
    if (session != null) {
      session.readCompleted();
    }
  }

  @Override
  public void writabilityChanged() {
    if (session != null) {
      session.writabilityChanged();
    }
  }

  @Override
  public void linkDown(@Nullable Throwable cause) {
    String line = cause == null ? "the peer closed the connection" : UserCode.describeIo(cause);
    PeerSession carried = session;
    if (carried != null) {
      carried.linkDown(line);
    } else if (handshake != null && !failed) {
      failed = true;
      endHandshake();
      releaseReader();
      boolean cut = cause instanceof ProtocolException;
      report(
          cut ? ErrorCode.HANDSHAKE_FAILED : ErrorCode.LINK_LOST, line + " during the handshake");
      if (connect != null) {
        ErrorCode code =
            node.peers().isClosing() ? ErrorCode.BUS_CLOSED : ErrorCode.HANDSHAKE_FAILED;
        connect.failed(code, connect.endpoint() + ": " + line + " during the handshake");
      }
    }
    node.newcomers().isGone(this);
    node.peers().linkDown(this);
  }

  /** The peer, once there is a session. */
  @Nullable DittoAddress peer() {
    return session == null ? null : session.peer();
  }
}
