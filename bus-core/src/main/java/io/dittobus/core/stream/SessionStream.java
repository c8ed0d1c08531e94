// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.Priority;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.core.frame.EndCause;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a session: who opened it, its two halves, and what it has to say on the wire. Owned
 * by the session's thread.
 */
public final class SessionStream {

  /**
   *
   *
   * <pre>
   * outgoing: OPENING ──ACCEPT──► OPEN          incoming: OFFERED ──accept──► OPEN
   *              └──REFUSE──► REFUSED                        └──refuse──► REFUSED
   * </pre>
   *
   * OPEN ends when both halves have.
   */
  public enum Phase {
    /** Asked for here; no answer yet. */
    OPENING,
    /** Asked for by the other side; not answered yet. */
    OFFERED,
    /** Both sides have it. */
    OPEN,
    /** The answer was no. */
    REFUSED
  }

  private final long id;
  private final boolean opener;
  private final ReliabilityMode mode;
  private final String label;
  private final Metadata metadata;
  private final SendHalf send;
  private final ReceiveHalf receive;
  private Phase phase;
  private Metadata answerMetadata = Metadata.empty();
  private @Nullable Object attachment;
  private int control;
  private boolean started;
  private boolean acksByHand;
  private boolean drainsPeer;
  private boolean outboundEndTold;
  private boolean inboundEndTold;
  private EndCause stopCause = EndCause.completed();
  private boolean closedTold;

  /**
   * Position of this stream among those that have data to write; the session's scheduler keeps it.
   */
  public final Turn turn = new Turn();

  /** When news for the sender must have gone out at the latest; the session keeps it. */
  public long ackDeadlineNanos;

  /** Whether this stream waits in the session's line of delayed acknowledgements. */
  public boolean ackDelayed;

  /** Whether messages were delivered since the last end of a batch. */
  public boolean inBatch;

  /** Whether this stream waits in the session's line of control frames. */
  public boolean inControlLine;

  /** When the first of its messages that wait is to be dropped; the session keeps it. */
  public long expiryNanos;

  /** Whether this stream waits in the session's line of messages with a time to live. */
  public boolean inExpiryLine;

  /** Whether the message under way waits for the session's reassembly budget. */
  public boolean awaitsAdmission;

  /** A stream in its first phase. */
  public SessionStream(
      long id,
      boolean opener,
      ReliabilityMode mode,
      String label,
      Metadata metadata,
      ReceiveHalf receive) {
    this.id = id;
    this.opener = opener;
    this.mode = mode;
    this.label = label;
    this.metadata = metadata;
    this.send = new SendHalf(mode);
    this.receive = receive;
    this.phase = opener ? Phase.OPENING : Phase.OFFERED;
  }

  /** Its id. */
  public long id() {
    return id;
  }

  /** Whether this side asked for it. */
  public boolean isOpener() {
    return opener;
  }

  /** What is promised for its messages. */
  public ReliabilityMode mode() {
    return mode;
  }

  /** What it is for. */
  public String label() {
    return label;
  }

  /** What came with OPEN. */
  public Metadata metadata() {
    return metadata;
  }

  /** What comes with ACCEPT. */
  public Metadata answerMetadata() {
    return answerMetadata;
  }

  /** The outbound direction. */
  public SendHalf send() {
    return send;
  }

  /** The inbound direction. */
  public ReceiveHalf receive() {
    return receive;
  }

  /** Where it stands. */
  public Phase phase() {
    return phase;
  }

  /** Both sides have it now. */
  public void opened(Metadata answer) {
    phase = Phase.OPEN;
    answerMetadata = answer;
  }

  /** The answer was no. */
  public void refused(EndCause why) {
    phase = Phase.REFUSED;
    send.end(why);
    receive.end(why);
  }

  /** Whether both directions are over. */
  public boolean isOver() {
    return send.state() == SendHalf.State.ENDED && receive.state() == ReceiveHalf.State.ENDED;
  }

  /**
   * Why it is over: the graver of its two directions, that of the opener first, so that both ends
   * agree.
   */
  public EndCause cause() {
    EndCause opened = opener ? send.cause() : receive.cause();
    EndCause answered = opener ? receive.cause() : send.cause();
    return opened.graver(answered);
  }

  // What belongs to the owner

  /** What the session's owner hung on it. */
  public @Nullable Object attachment() {
    return attachment;
  }

  /** Hangs something on it. */
  public void attach(Object newAttachment) {
    attachment = newAttachment;
  }

  /** Whether its events may be delivered. */
  public boolean isStarted() {
    return started;
  }

  /** Whether the application acknowledges by hand. */
  public boolean acksByHand() {
    return acksByHand;
  }

  /** Its events may be delivered from now on. */
  public void start(boolean byHand) {
    started = true;
    acksByHand = byHand;
  }

  // What is to be written

  /** Adds something to say. */
  public void say(Control what) {
    control |= what.bit;
  }

  /** Takes something back, or notes that it has been said. */
  public void said(Control what) {
    control &= ~what.bit;
  }

  /** Whether there is this to say. */
  public boolean hasToSay(Control what) {
    return (control & what.bit) != 0;
  }

  /** Whether there is anything to say. */
  public boolean hasToSay() {
    return control != 0;
  }

  /** The other side is to finish what it has emitted, and no more. */
  public void drainPeer(EndCause why) {
    drainsPeer = true;
    stopCause = why;
  }

  /** The other side is to stop at once. */
  public void stopPeer(EndCause why) {
    drainsPeer = false;
    stopCause = why;
  }

  /** Whether STOP lets the other side finish what it has emitted. */
  public boolean drainsPeer() {
    return drainsPeer;
  }

  /** The cause that goes with STOP. */
  public EndCause stopCause() {
    return stopCause;
  }

  // What has been told

  /** True once: the owner is to be told that the outbound direction has ended. */
  public boolean tellOutboundEnd() {
    boolean first = !outboundEndTold;
    outboundEndTold = true;
    return first;
  }

  /** True once: the owner is to be told that the inbound direction has ended. */
  public boolean tellInboundEnd() {
    boolean first = !inboundEndTold;
    inboundEndTold = true;
    return first;
  }

  /** True once: the owner is to be told that the stream is over. */
  public boolean tellClosed() {
    boolean first = !closedTold;
    closedTold = true;
    return first;
  }

  /** Whether the owner has been told that the stream is over. */
  public boolean isClosedTold() {
    return closedTold;
  }

  /** A stream's place among those that share the link. */
  public static final class Turn {
    /** Whose data goes first. */
    public Priority priority = Priority.NORMAL;

    /** Share of the link relative to others of that class, 1 to 256. */
    public int weight = 1;

    /** Bytes that may still be written in this turn; negative where the last frame was larger. */
    public int deficit;

    /** Whether the stream is in line. */
    public boolean waiting;

    /** Whether its turn was interrupted by the end of a buffer, and goes on without a new share. */
    public boolean interrupted;
  }
}
