// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.DropCounts;
import io.dittobus.core.frame.Auth;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameException;
import io.dittobus.core.frame.FrameHandler;
import io.dittobus.core.frame.FrameReader;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.Ready;
import io.dittobus.core.frame.SingleResult;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The first words on a link (HS-1 to HS-10): HELLO and AUTH both ways, admission, READY. The one
 * who has dialled shows first who it is; a peer that is refused learns nothing but that. Of two
 * peers the one with the smaller key says READY once it has admitted the other; the one with the
 * larger key answers with the READY that counts, so that it alone decides where two links compete.
 * Nothing else is allowed before.
 *
 * <p>Owned by the link's thread. Reads {@code handleBytes} until {@link #state()} says otherwise,
 * writes {@code pollWrite} whenever asked.
 */
public final class Handshake implements FrameHandler {

  /**
   *
   *
   * <pre>
   * GREETING ──HELLO──► PROVING ──AUTH──► ADMITTING
   *
   * ADMITTING ──admit──► larger key: AWAITING_READY ──READY──► CONFIRMING ──confirm──► READY
   *                       smaller key: OFFERING ──offer──► AWAITING_READY ──READY──► READY
   * any ──reject, REJECT, fault──► FAILED
   * </pre>
   */
  public enum State {
    /** The other side has not said HELLO. */
    GREETING,
    /** It has said HELLO, but not shown what it has to show. */
    PROVING,
    /**
     * It has shown all that is wanted; its owner must decide: {@link Handshake#admit} or {@link
     * Handshake#reject}.
     */
    ADMITTING,
    /** Admitted here, with the smaller key; the owner must say what session there is: offer. */
    OFFERING,
    /** Admitted here; the other side is not ready yet. */
    AWAITING_READY,
    /**
     * Both have admitted; the owner must decide whether this link shall be it, and for which
     * session: confirm or reject.
     */
    CONFIRMING,
    /** The session may begin. */
    READY,
    /** It came to nothing: close the link once everything is written. */
    FAILED
  }

  /**
   * Most bytes that are read before READY: with what a link itself may read before it is up, 64
   * KiB.
   */
  static final int MAX_BYTES = 32 * 1024;

  private final Hello own;
  private final Introduction introduction;
  private final FrameReader reader;
  private State state = State.GREETING;
  private @Nullable Hello remote;
  private @Nullable EndCause failure;
  private @Nullable Ready remoteReady;
  private long offeredEpoch;
  private boolean helloDue = true;
  private @Nullable Ready readyDue;
  private boolean rejectDue;
  private boolean authDue;
  private boolean sawBytes;
  private int bytesRead;

  /**
   * A handshake.
   *
   * @param own what this side says
   * @param introduction what is known of the link
   * @param reader reads the link, here and later in the session
   */
  public Handshake(Hello own, Introduction introduction, FrameReader reader) {
    this.own = own;
    this.introduction = introduction;
    this.reader = reader;
  }

  /** Where it stands. */
  public State state() {
    return state;
  }

  /** Whether the other side has said HELLO. */
  public boolean hasRemote() {
    return remote != null;
  }

  /** Whether both ends have shown who they are, and this one has admitted the other. */
  public boolean isAdmitted() {
    return state == State.OFFERING
        || state == State.AWAITING_READY
        || state == State.CONFIRMING
        || state == State.READY;
  }

  /** What the other side said; from {@link State#ADMITTING} on. */
  public Hello remote() {
    Hello hello = remote;
    if (hello == null) {
      throw new IllegalStateException("No HELLO yet");
    }
    return hello;
  }

  /** Why it failed, once it has. */
  public EndCause failure() {
    EndCause cause = failure;
    if (cause == null) {
      throw new IllegalStateException("Not failed");
    }
    return cause;
  }

  /** What the other side said in READY; once {@link State#CONFIRMING} or {@link State#READY}. */
  public Ready remoteReady() {
    Ready ready = remoteReady;
    if (ready == null) {
      throw new IllegalStateException("No READY yet");
    }
    return ready;
  }

  /** Whether this side's key is the larger one. */
  public boolean isOwnKeyLarger() {
    return own.key().compareTo(remote().key()) > 0;
  }

  // Inputs

  /** Takes bytes in, up to the point where the owner must decide or the session begins. */
  public void handleBytes(ByteBuf in) {
    String hint = sawBytes ? "" : hint(in);
    sawBytes = true;
    try {
      boolean whole = true;
      while (whole && state != State.READY && state != State.FAILED) {
        int before = in.readerIndex();
        whole = reader.readFrame(in, this);
        bytesRead += in.readerIndex() - before;
        if (bytesRead > MAX_BYTES && state != State.READY) {
          throw new FrameException("more than " + MAX_BYTES + " bytes before READY");
        }
      }
    } catch (FrameException e) {
      fail(EndCause.local(EndCause.Kind.PROTOCOL, "not the DittoBus protocol: " + e.line() + hint));
    }
  }

  /** What else the first bytes could be, for the log. */
  private static String hint(ByteBuf in) {
    if (in.readableBytes() < 4) {
      return "";
    }
    int first = in.getInt(in.readerIndex());
    return switch (first) {
      case 0x47455420, 0x504f5354, 0x48454144, 0x50555420, 0x4f505449, 0x50524920, 0x48545450 ->
          " (this looks like HTTP)";
      default -> first >>> 8 == 0x160301 || first >>> 8 == 0x160303 ? " (this looks like TLS)" : "";
    };
  }

  /** Time is up. */
  public void timedOut() {
    if (state != State.READY && state != State.FAILED) {
      String missing =
          remote == null ? "no HELLO" : state == State.PROVING ? "no AUTH" : "no READY";
      fail(EndCause.local(EndCause.Kind.TIMED_OUT, missing + " within the handshake timeout"));
    }
  }

  // Decisions

  /** The other side may join. Only in {@link State#ADMITTING}. */
  public void admit() {
    require(State.ADMITTING);
    if (!isOwnKeyLarger()) {
      state = State.OFFERING;
    } else {
      state = remoteReady == null ? State.AWAITING_READY : State.CONFIRMING;
    }
  }

  /** This is the session that there is here. Only in {@link State#OFFERING}. */
  public void offer(Ready ready) {
    require(State.OFFERING);
    readyDue = ready;
    offeredEpoch = ready.epoch();
    state = State.AWAITING_READY;
  }

  /** This link shall carry this session. Only in {@link State#CONFIRMING}. */
  public void confirm(Ready ready) {
    require(State.CONFIRMING);
    readyDue = ready;
    state = State.READY;
  }

  /** The other side may not join, or not by this link. It learns the cause. */
  public void reject(EndCause cause) {
    if (state != State.READY && state != State.FAILED) {
      fail(cause);
    }
  }

  private void require(State needed) {
    if (state != needed) {
      throw new IllegalStateException("Handshake is " + state + ", not " + needed);
    }
  }

  private void fail(EndCause cause) {
    failure = cause;
    state = State.FAILED;
    authDue = false;
    readyDue = null;
    rejectDue = cause.local() && cause.kind() != EndCause.Kind.LINK_LOST;
  }

  // Outputs

  /** Writes what is due; there must be room for a frame or two of the handshake. */
  public void pollWrite(ByteBuf out) {
    if (helloDue) {
      helloDue = false;
      FrameWriter.hello(out, own);
    }
    if (authDue) {
      authDue = false;
      FrameWriter.auth(out, introduction.credentials().show(own, remote(), introduction.dialler()));
    }
    if (readyDue != null) {
      FrameWriter.ready(out, readyDue);
      readyDue = null;
    }
    if (rejectDue) {
      rejectDue = false;
      EndCause cause = failure();
      boolean refusal = cause.kind() == EndCause.Kind.FORBIDDEN;
      // Who is refused learns nothing else.
      FrameWriter.reject(out, refusal ? EndCause.local(EndCause.Kind.FORBIDDEN, "") : cause);
    }
  }

  // Frames

  @Override
  public void onHello(Hello hello) throws FrameException {
    if (remote != null) {
      throw new FrameException("a second HELLO");
    }
    remote = hello;
    if (hello.minVersion() > Hello.VERSION || hello.maxVersion() < Hello.VERSION) {
      fail(
          EndCause.local(
              EndCause.Kind.PROTOCOL,
              "no common version: this side speaks "
                  + Hello.VERSION
                  + ", the other "
                  + hello.minVersion()
                  + " to "
                  + hello.maxVersion()));
    } else if (hello.key().equals(own.key())) {
      fail(forbidden("both ends are the same peer"));
    } else if (introduction.proven() == null && introduction.credentials().needProvenKey()) {
      fail(forbidden("this kind of connection proves no key"));
    } else if (introduction.proven() != null && !introduction.proven().equals(hello.key())) {
      fail(forbidden("HELLO names another key than was proven"));
    } else if (introduction.dialled() != null && !introduction.dialled().equals(hello.key())) {
      fail(forbidden("another peer answered than was dialled"));
    } else if (hello.maxMessageSize() < 1 || hello.initialMessages() > 1) {
      throw new FrameException("HELLO with limits out of range");
    } else {
      authDue = introduction.dialler();
      state = State.PROVING;
    }
  }

  @Override
  public void onAuth(Auth auth) throws FrameException {
    if (state != State.PROVING) {
      throw new FrameException("AUTH out of place");
    }
    String objection =
        introduction.credentials().objection(auth, own, remote(), !introduction.dialler());
    if (objection == null) {
      authDue |= !introduction.dialler();
      state = State.ADMITTING;
    } else {
      fail(forbidden("the peer " + DittoAddress.of(remote().key()) + " was refused: " + objection));
    }
  }

  private static EndCause forbidden(String line) {
    return EndCause.local(EndCause.Kind.FORBIDDEN, line);
  }

  @Override
  public void onReady(Ready ready) throws FrameException {
    if (remote == null || state == State.PROVING || remoteReady != null) {
      throw new FrameException("READY out of place");
    }
    if (ready.epoch() > Ready.MAX_EPOCH) {
      throw new FrameException("READY with epoch " + ready.epoch());
    }
    if (isOwnKeyLarger()) {
      if (ready.session() > ready.epoch() || ready.link() > ready.epoch()) {
        throw new FrameException("READY of a session or a link beyond its epoch");
      }
      state = state == State.AWAITING_READY ? State.CONFIRMING : state;
    } else if (state != State.AWAITING_READY) {
      throw new FrameException("READY before this side was");
    } else if (ready.session() < 1 || ready.session() > ready.epoch()) {
      throw new FrameException("READY without a session, or of one beyond its epoch");
    } else if (ready.epoch() <= offeredEpoch) {
      throw new FrameException("READY with an epoch that has been");
    } else {
      state = State.READY;
    }
    remoteReady = ready;
  }

  @Override
  public void onReject(EndCause cause) {
    failure = cause;
    state = State.FAILED;
  }

  private static FrameException early(String frame) {
    return new FrameException(frame + " before READY");
  }

  @Override
  public void onOpen(
      long control,
      long streamId,
      ReliabilityMode mode,
      long maxMessages,
      long maxOffset,
      String label,
      Metadata metadata,
      @Nullable ByteBuf firstMessage)
      throws FrameException {
    throw early("OPEN");
  }

  @Override
  public void onAccept(
      long control, long streamId, long maxMessages, long maxOffset, Metadata metadata)
      throws FrameException {
    throw early("ACCEPT");
  }

  @Override
  public void onRefuse(long control, long streamId, EndCause cause) throws FrameException {
    throw early("REFUSE");
  }

  @Override
  public void onFin(long control, long streamId, long messages, long offset, EndCause cause)
      throws FrameException {
    throw early("FIN");
  }

  @Override
  public void onStop(long control, long streamId, boolean drain, EndCause cause)
      throws FrameException {
    throw early("STOP");
  }

  @Override
  public void onReset(long control, long streamId, long messages, long offset, EndCause cause)
      throws FrameException {
    throw early("RESET");
  }

  @Override
  public void onDone(long control, long streamId, long acked, long received, EndCause cause)
      throws FrameException {
    throw early("DONE");
  }

  @Override
  public void onData(
      long streamId,
      boolean first,
      boolean last,
      boolean ackNow,
      boolean hasMetadata,
      long sequence,
      long totalBytes,
      ByteBuf payload)
      throws FrameException {
    throw early("DATA");
  }

  @Override
  public void onAck(long streamId, long acked, long received, long maxMessages, long maxOffset)
      throws FrameException {
    throw early("ACK");
  }

  @Override
  public void onDrops(long streamId, DropCounts counts) throws FrameException {
    throw early("DROPS");
  }

  @Override
  public void onResult(long control, long message, SingleResult result) throws FrameException {
    throw early("RESULT");
  }

  @Override
  public void onReceipt(long control) throws FrameException {
    throw early("RECEIPT");
  }

  @Override
  public void onPing(long number) throws FrameException {
    throw early("PING");
  }

  @Override
  public void onPong(long number) throws FrameException {
    throw early("PONG");
  }

  @Override
  public void onGoAway(long lastStreamId, long deadlineMillis, EndCause cause)
      throws FrameException {
    throw early("GOAWAY");
  }
}
