// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

/**
 * The codes of all errors, each with its cause and its remedy. The page of the docs is made from
 * them.
 */
public enum ErrorCode {
  /** No error. */
  NONE(0, "No error.", "Nothing to do."),
  /** A stream was closed. */
  STREAM_CLOSED(
      101,
      "One of the two applications closed or disposed of the stream.",
      "Open a new stream if there is more to say; use complete() for an end that lets the other"
          + " side finish."),
  /** A direction was cancelled. */
  STREAM_CANCELLED(
      102,
      "The receiver cancelled its subscription.",
      "Stop sending; nothing is wrong unless the receiver was expected to take everything."),
  /** Nobody handles the label. */
  REFUSED_NO_HANDLER(
      111,
      "The peer has no handler for the stream's label.",
      "Compare the label at both ends; register the handler before the peer opens the stream."),
  /** Too many streams. */
  REFUSED_LIMIT(
      112,
      "The peer has as many open streams as it takes (maxIncomingStreams).",
      "Close streams that are no longer needed, or raise the limit at the peer."),
  /** Not allowed. */
  REFUSED_FORBIDDEN(
      113, "The peer's application refused the stream.", "Ask who runs the peer for permission."),
  /** A clock ran out. */
  TIMED_OUT(
      121,
      "The peer was out of reach or did not answer in time, or a close passed its deadline.",
      "Check that the peer runs and is connected; raise the timeout if the network is slow."),
  /** The link is gone. */
  PEER_LOST(
      122,
      "The link to the peer was lost.",
      "Connect again; what was not acknowledged is reported NOT_SENT or UNKNOWN."),
  /** More than granted. */
  FLOW_CONTROL_VIOLATION(
      131,
      "A peer sent more messages or bytes than it was granted.",
      "The peer's implementation is faulty; report it with the versions of both."),
  /** Broken protocol. */
  PROTOCOL_VIOLATION(
      132,
      "A peer sent something that the protocol does not allow there.",
      "Check that the port belongs to a DittoBus peer of a compatible version."),
  /** A bus was shut down. */
  SHUT_DOWN(141, "One of the two buses was closed.", "Open the stream again when it is back."),
  /** An application failed. */
  APPLICATION_ERROR(
      151,
      "An application ended the stream with an error, or its subscriber or handler threw.",
      "Look at the code and the text that came with it, and at the log of the side that failed."),
  /** The message is too large. */
  MESSAGE_TOO_LARGE(
      201,
      "The message is larger than the peer takes (maxMessageSize).",
      "Cut the message into several, or raise maxMessageSize at the receiver."),
  /** There is no room. */
  OVERFLOW(
      202,
      "Credit and queue are used up: the receiver asks for less than is sent.",
      "Wait until the stream is ready again (the sink's writable() tells), emit with a waiter (the"
          + " sink's emit, bounded by maxWaiters), or send a Publisher, which is asked only for"
          + " what fits."),
  /** Emission after an end. */
  TERMINATED(
      203, "The sending side of this stream has ended.", "Emit nothing after complete or error."),
  /** A waiter's message was never written. */
  NOT_SENT(
      211,
      "The stream ended before the message was written.",
      "It is safe to send it again on another stream."),
  /** A waiter's message was written and its fate is not known. */
  UNKNOWN(
      212,
      "The stream ended after the message was written and before it was acknowledged.",
      "The peer may or may not have consumed it; send it again only if twice does no harm."),
  /** Dropped for want of credit. */
  DROPPED_NO_CREDIT(
      221,
      "The message of an unreliable stream was dropped: the receiver had not asked for it.",
      "Nothing, if losing messages is what the mode is for; else let the receiver ask for more, or"
          + " use another mode."),
  /** Dropped for a newer one. */
  DROPPED_REPLACED(
      222,
      "The message of a sequenced stream was dropped: a newer one took its place while it waited.",
      "Nothing, if the newest is all that matters; else use another mode."),
  /** Dropped by age. */
  DROPPED_EXPIRED(
      223,
      "The message of an unreliable stream was dropped: its time to live was over before it could"
          + " be written.",
      "Give it more time, or send less."),
  /** Dropped for want of room. */
  DROPPED_OVERFLOW(
      224,
      "The message of an unreliable stream was dropped: too many bytes waited for the link.",
      "Send less, raise maxQueuedBytes, or give the stream a higher priority or weight."),
  /** A single message was dropped. */
  MESSAGE_DROPPED(
      225,
      "The unreliable single message was dropped: no session with the peer, no credit, no room, or"
          + " its time to live was over.",
      "Connect first; send a reliable one where it matters."),
  /** Dropped for want of a connection. */
  DROPPED_NO_LINK(
      226,
      "The message of an unreliable stream was dropped: the connection was lost, and the session"
          + " waits for another one.",
      "Nothing, if losing messages is what the mode is for; else use a reliable stream, which"
          + " waits."),
  /** A single message could not be sent. */
  UNREACHABLE(
      231,
      "The single message was never written: there was no session with the peer, or no credit, in"
          + " time.",
      "Check that the peer runs and is connected; it is safe to send the message again."),
  /** A single message was refused. */
  MESSAGE_REFUSED(
      232,
      "The peer has no handler for the single message's label, or does not allow it.",
      "Compare the label at both ends; register the handler before the peer sends."),
  /** Cannot connect. */
  CONNECT_FAILED(
      301,
      "No connection to the endpoint could be made.",
      "Check host, port and firewall, and that the peer listens."),
  /** Cannot listen. */
  LISTEN_FAILED(
      302,
      "The endpoint could not be listened at.",
      "Choose a free port and an address of this machine."),
  /** The handshake failed. */
  HANDSHAKE_FAILED(
      303,
      "The other end of the connection is no DittoBus peer, is of another version, or did not"
          + " finish in time.",
      "Check that the port belongs to a DittoBus peer and that both speak the same security."),
  /** The peer said no. */
  REJECTED(
      304,
      "The peer rejected the connection.",
      "Look at the text that came with it; ask who runs the peer."),
  /** The bus is closed. */
  BUS_CLOSED(305, "The bus is closed or closing.", "Start a new bus."),
  /** The connection broke. */
  LINK_LOST(
      306,
      "The connection was reset, ended or fell silent.",
      "Connect again; check the network and whether the peer still runs."),
  /** Who it is could not be proven. */
  NOT_AUTHENTICATED(
      307,
      "The other end did not prove who it is: no TLS 1.3, no valid certificate, or plaintext where"
          + " TLS is spoken.",
      "Use the same security at both ends (secure, or insecure() at both), and check both clocks."),
  /** One of the two does not admit the other. */
  NOT_ADMITTED(
      308,
      "One of the two sides does not admit the other, another peer answered than was dialled, or a"
          + " bus has dialled itself.",
      "The log of the side that refused says why; compare network secret, list of keys, or"
          + " certificate.");

  private final int number;
  private final String cause;
  private final String remedy;

  ErrorCode(int number, String cause, String remedy) {
    this.number = number;
    this.cause = cause;
    this.remedy = remedy;
  }

  /** The number, which never changes its meaning. */
  public int number() {
    return number;
  }

  /** What happened. */
  public String cause() {
    return cause;
  }

  /** What to do. */
  public String remedy() {
    return remedy;
  }

  /** {@code DITTO-} and the number. */
  @Override
  public String toString() {
    return "DITTO-" + number;
  }
}
