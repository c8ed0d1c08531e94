// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import io.netty.buffer.ByteBuf;
import java.util.Objects;

/**
 * Why a direction of a stream, a stream or a session ends, as it stands on the wire (WF-6): a
 * cause, whose doing it was as seen by who holds this object, an application's code, and a text.
 *
 * @param kind the cause
 * @param local whether it was the doing of this side
 * @param applicationCode with {@link Kind#APPLICATION} the application's code, else 0
 * @param text a line for people, escaped if it came from the other side
 */
public record EndCause(Kind kind, boolean local, long applicationCode, String text) {

  /**
   * Causes, each with its number on the wire. Of the two directions of a stream, the graver one
   * speaks for it.
   */
  public enum Kind {
    /** Everything was said, and consumed. */
    COMPLETED(0),
    /** The receiver wants no more. */
    CANCELLED(1),
    /** An application closed the stream. */
    CLOSED(2),
    /** A bus is closing. */
    SHUT_DOWN(3),
    /** Nobody handles the label. */
    NO_HANDLER(4),
    /** There are too many streams. */
    LIMIT(5),
    /** It is not allowed. */
    FORBIDDEN(6),
    /** A clock ran out. */
    TIMED_OUT(7),
    /** An application failed. */
    APPLICATION(8),
    /** More was sent than granted. */
    FLOW_CONTROL(9),
    /** The protocol was broken. */
    PROTOCOL(10),
    /** The link was lost; never on the wire. */
    LINK_LOST(11);

    private static final Kind[] KINDS = values();

    private final int number;

    Kind(int number) {
      this.number = number;
    }
  }

  /** A cause; there is always a text, though it may be empty. */
  public EndCause {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(text, "text");
  }

  /** The end of a direction of which everything was said. */
  public static EndCause completed() {
    return new EndCause(Kind.COMPLETED, true, 0, "");
  }

  /** A cause on this side without a code. */
  public static EndCause local(Kind kind, String text) {
    return new EndCause(kind, true, 0, text);
  }

  /** An application's own error on this side. */
  public static EndCause application(long code, String text) {
    return new EndCause(Kind.APPLICATION, true, code, text);
  }

  /** The link was lost. */
  public static EndCause linkLost(String text) {
    return new EndCause(Kind.LINK_LOST, false, 0, text);
  }

  /** The graver of two; this one where they are of one kind. */
  public EndCause graver(EndCause other) {
    return other.kind.compareTo(kind) > 0 ? other : this;
  }

  void write(ByteBuf out) {
    out.writeByte(kind.number);
    out.writeByte(local ? 0 : 1);
    out.writeLong(applicationCode);
    WireText.write(out, WireText.cut(text));
  }

  /** Reads a cause as the other side's: what was its doing is remote here. */
  static EndCause read(ByteBuf in) throws FrameException {
    if (in.readableBytes() < 10) {
      throw new FrameException("a cause is cut off");
    }
    int number = in.readUnsignedByte();
    if (number >= Kind.LINK_LOST.number) {
      throw new FrameException("no cause has number " + number);
    }
    boolean doneByWriter = in.readByte() == 0;
    long code = in.readLong();
    String text = WireText.escape(WireText.readLine(in, "the text of a cause"));
    return new EndCause(Kind.KINDS[number], !doneByWriter, code, text);
  }
}
