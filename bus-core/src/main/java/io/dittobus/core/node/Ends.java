// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.stream.SessionStream;

/** Translates the causes of the protocol into the reasons of the API, and back. */
final class Ends {

  private Ends() {}

  /** How a stream, or a direction of it, ended. */
  static StreamEnd of(EndCause cause, SessionStream stream) {
    return new StreamEnd(
        reason(cause),
        origin(cause),
        cause.applicationCode(),
        cause.text(),
        stream.send().written(),
        stream.send().acked(),
        stream.receive().credit().received(),
        stream.receive().credit().consumed());
  }

  /** How something ended that counts no messages. */
  static StreamEnd of(EndCause cause) {
    return StreamEnd.unopened(reason(cause), origin(cause), cause.text());
  }

  private static StreamEnd.Origin origin(EndCause cause) {
    if (cause.kind() == EndCause.Kind.LINK_LOST) {
      return StreamEnd.Origin.LINK;
    }
    return cause.local() ? StreamEnd.Origin.LOCAL : StreamEnd.Origin.REMOTE;
  }

  private static BusCompletionReason reason(EndCause cause) {
    return switch (cause.kind()) {
      case COMPLETED -> BusCompletionReason.COMPLETED;
      case CANCELLED -> BusCompletionReason.CANCELLED;
      case CLOSED ->
          cause.local() ? BusCompletionReason.CLOSED_LOCALLY : BusCompletionReason.CLOSED_BY_REMOTE;
      case SHUT_DOWN -> BusCompletionReason.SHUT_DOWN;
      case NO_HANDLER -> BusCompletionReason.REFUSED_NO_HANDLER;
      case LIMIT -> BusCompletionReason.REFUSED_LIMIT;
      case FORBIDDEN -> BusCompletionReason.REFUSED_FORBIDDEN;
      case TIMED_OUT -> BusCompletionReason.TIMED_OUT;
      case APPLICATION -> BusCompletionReason.APPLICATION_ERROR;
      case FLOW_CONTROL -> BusCompletionReason.FLOW_CONTROL_VIOLATION;
      case PROTOCOL -> BusCompletionReason.PROTOCOL_VIOLATION;
      case LINK_LOST -> BusCompletionReason.PEER_LOST;
    };
  }

  /**
   * The cause that goes with a refusal.
   *
   * @throws IllegalArgumentException if the reason is none of a refusal
   */
  static EndCause refusal(BusCompletionReason reason, String text) {
    EndCause.Kind kind =
        switch (reason) {
          case REFUSED_NO_HANDLER -> EndCause.Kind.NO_HANDLER;
          case REFUSED_LIMIT -> EndCause.Kind.LIMIT;
          case REFUSED_FORBIDDEN -> EndCause.Kind.FORBIDDEN;
          default ->
              throw new IllegalArgumentException("A stream cannot be refused as " + reason.name());
        };
    return EndCause.local(kind, text);
  }

  /** Why there is no session, for who dialled in vain. */
  static StreamEnd unconnected(ErrorCode code, String line) {
    BusCompletionReason reason =
        switch (code) {
          case NOT_ADMITTED, NOT_AUTHENTICATED -> BusCompletionReason.REFUSED_FORBIDDEN;
          case REJECTED -> BusCompletionReason.REFUSED_LIMIT;
          case TIMED_OUT -> BusCompletionReason.TIMED_OUT;
          case BUS_CLOSED -> BusCompletionReason.SHUT_DOWN;
          default -> BusCompletionReason.PEER_LOST;
        };
    return StreamEnd.unopened(reason, StreamEnd.Origin.LINK, line);
  }

  /** The code of a handshake that failed. */
  static ErrorCode handshakeCode(EndCause failure) {
    return switch (failure.kind()) {
      case FORBIDDEN -> ErrorCode.NOT_ADMITTED;
      case CLOSED, SHUT_DOWN, LIMIT -> ErrorCode.REJECTED;
      default -> ErrorCode.HANDSHAKE_FAILED;
    };
  }

  /** One line on a handshake that failed. */
  static String handshakeLine(EndCause failure) {
    if (failure.kind() == EndCause.Kind.LINK_LOST || failure.local()) {
      return failure.text();
    }
    if (failure.kind() == EndCause.Kind.FORBIDDEN) {
      return "refused by the other side: it does not admit this peer";
    }
    return failure.text().isEmpty()
        ? "rejected by the other side"
        : "rejected by the other side: " + failure.text();
  }
}
