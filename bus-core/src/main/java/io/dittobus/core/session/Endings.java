// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.core.frame.EndCause;
import io.dittobus.core.stream.Control;
import io.dittobus.core.stream.ReceiveHalf;
import io.dittobus.core.stream.SendHalf;
import io.dittobus.core.stream.SessionStream;

/**
 * How directions and streams end (ST-5 to ST-9). A direction's sender proposes with FIN or RESET,
 * its receiver may cut it short with STOP; the receiver's DONE has the last word, so both ends know
 * the same cause.
 */
final class Endings {

  private final Session session;

  Endings(Session session) {
    this.session = session;
  }

  // Wanted here

  /** Cuts the outbound direction: what waits is dropped. */
  void resetOutbound(SessionStream stream, EndCause cause) {
    if (stream.send().reset(cause)) {
      stream.said(Control.FIN);
      session.writer().say(stream, Control.RESET);
      tellOutboundEnd(stream, cause);
    }
  }

  /** Stops the inbound direction. */
  void stopInbound(SessionStream stream, EndCause cause) {
    ReceiveHalf receive = stream.receive();
    switch (receive.state()) {
      case OPEN -> {
        receive.stop(cause);
        session.releaseAdmission(stream);
        stream.stopPeer(cause);
        // What was consumed is acknowledged before: the sender ends its messages with STOP.
        if (receive.hasUntoldAck()) {
          session.writer().say(stream, Control.ACK);
        } else {
          stream.said(Control.ACK);
        }
        session.writer().say(stream, Control.STOP);
        tellInboundEnd(stream, cause);
      }
      case FINISHED, DELIVERED -> {
        endInbound(stream, cause);
        tellInboundEnd(stream, cause);
        closeIfOver(stream);
      }
      case STOPPED, ENDED -> {}
    }
  }

  /** Asks the other side to finish. */
  void drainInbound(SessionStream stream, EndCause cause) {
    ReceiveHalf receive = stream.receive();
    if (!receive.credit().everRequested() || !stream.isStarted()) {
      stopInbound(stream, cause);
    } else if (receive.state() == ReceiveHalf.State.OPEN) {
      stream.drainPeer(cause);
      session.writer().say(stream, Control.STOP);
    }
  }

  /** Cuts both directions. */
  void cut(SessionStream stream, EndCause cause) {
    if (stream.phase() == SessionStream.Phase.OPENING && stream.hasToSay(Control.OPEN)) {
      session.writer().withdrawOpen(stream);
      refused(stream, cause);
      return;
    }
    if (stream.phase() == SessionStream.Phase.REFUSED) {
      return;
    }
    resetOutbound(stream, cause);
    stopInbound(stream, cause);
    boolean neverOpened = stream.phase() != SessionStream.Phase.OPEN;
    if (neverOpened && stream.tellClosed()) {
      stream.tellOutboundEnd();
      stream.tellInboundEnd();
      session.events().streamRefused(stream, cause);
    }
  }

  /**
   * The other side broke a rule on this stream: it ends, and no other. The one that carries the
   * single messages ends with the session (SM-5).
   */
  void violate(SessionStream stream, EndCause.Kind kind, String line) {
    if (session.singles().carries(stream)) {
      session.fail(EndCause.local(kind, "single messages: " + line));
      return;
    }
    cut(stream, EndCause.local(kind, line));
  }

  /** The session is over. */
  void lost(SessionStream stream, EndCause cause) {
    // A direction that has ended for a graver cause has been told (ST-9).
    EndCause gravest = stream.cause().graver(cause);
    stream.send().end(cause);
    if (stream.receive().state() != ReceiveHalf.State.ENDED) {
      endReceive(stream, cause);
    }
    if (stream.phase() == SessionStream.Phase.OPEN) {
      tellOutboundEnd(stream, cause);
      tellInboundEnd(stream, cause);
      if (stream.tellClosed()) {
        session.events().streamClosed(stream, gravest);
      }
    } else if (stream.tellClosed()) {
      session.events().streamRefused(stream, cause);
    }
  }

  // Heard from the other side

  /** REFUSE came, or the stream is given up before it was asked for. */
  void refused(SessionStream stream, EndCause cause) {
    stream.refused(cause);
    for (Control what : Control.values()) {
      stream.said(what);
    }
    if (stream.tellClosed()) {
      session.events().streamRefused(stream, cause);
    }
    session.table().remove(stream);
  }

  /** FIN came, and everything before it. */
  void finReceived(SessionStream stream, EndCause cause) {
    ReceiveHalf receive = stream.receive();
    if (receive.state() == ReceiveHalf.State.OPEN) {
      stream.said(Control.STOP);
      receive.finished(cause);
      considerInboundEnd(stream);
    } else {
      confirmStop(stream);
    }
  }

  /** RESET came. */
  void resetReceived(SessionStream stream, EndCause cause) {
    ReceiveHalf receive = stream.receive();
    switch (receive.state()) {
      case OPEN, FINISHED, DELIVERED -> {
        stream.said(Control.STOP);
        endInbound(stream, cause);
        tellInboundEnd(stream, cause);
        closeIfOver(stream);
      }
      case STOPPED -> confirmStop(stream);
      case ENDED -> {}
    }
  }

  /** The sender has ended the direction, which was stopped here. */
  void confirmStop(SessionStream stream) {
    if (stream.receive().state() == ReceiveHalf.State.STOPPED) {
      endInbound(stream, stream.receive().cause());
      closeIfOver(stream);
    }
  }

  /** STOP came: the receiver wants no more. */
  void stopReceived(SessionStream stream, boolean drain, EndCause cause) {
    SendHalf send = stream.send();
    if (drain) {
      if (send.state() == SendHalf.State.OPEN) {
        session.events().drainRequested(stream, cause);
      }
      return;
    }
    boolean countsAreOut =
        send.state() == SendHalf.State.FIN_SENT || send.state() == SendHalf.State.RESET_SENT;
    if (countsAreOut) {
      tellOutboundEnd(stream, cause);
    } else {
      resetOutbound(stream, cause);
    }
  }

  /** DONE came: the last word on the outbound direction. */
  void doneReceived(SessionStream stream, EndCause said) {
    EndCause cause = isOwn(stream, said) ? stream.send().cause() : said;
    stream.send().end(cause);
    stream.said(Control.FIN);
    stream.said(Control.RESET);
    tellOutboundEnd(stream, cause);
    closeIfOver(stream);
  }

  /** Whether DONE repeats what this side has said: its text would come back escaped. */
  private static boolean isOwn(SessionStream stream, EndCause cause) {
    EndCause own = stream.send().cause();
    return cause.local()
        && own.local()
        && cause.kind() == own.kind()
        && cause.applicationCode() == own.applicationCode();
  }

  // Reached by delivering and consuming

  /** If the last message has been delivered, the application is told. */
  void considerInboundEnd(SessionStream stream) {
    ReceiveHalf receive = stream.receive();
    if (receive.isDeliveryComplete() && stream.isStarted()) {
      receive.deliveryCompleted();
      tellInboundEnd(stream, new EndCause(EndCause.Kind.COMPLETED, false, 0, ""));
      considerInboundDone(stream);
    }
  }

  /** If everything was consumed, the other side is told. */
  void considerInboundDone(SessionStream stream) {
    ReceiveHalf receive = stream.receive();
    if (receive.isConsumptionComplete()) {
      receive.consumptionCompleted();
      session.writer().say(stream, Control.DONE);
      closeIfOver(stream);
    }
  }

  private void endInbound(SessionStream stream, EndCause cause) {
    endReceive(stream, cause);
    stream.said(Control.ACK);
    session.writer().say(stream, Control.DONE);
  }

  private void endReceive(SessionStream stream, EndCause cause) {
    stream.receive().end(cause);
    session.releaseAdmission(stream);
  }

  private void closeIfOver(SessionStream stream) {
    if (stream.isOver()) {
      if (stream.phase() == SessionStream.Phase.OPENING) {
        session.writer().openAnswered();
      }
      if (stream.tellClosed()) {
        if (stream.phase() == SessionStream.Phase.OPEN) {
          session.events().streamClosed(stream, stream.cause());
        } else {
          session.events().streamRefused(stream, stream.cause());
        }
      }
      session.forgetIfDone(stream);
    }
  }

  private void tellOutboundEnd(SessionStream stream, EndCause cause) {
    if (stream.phase() == SessionStream.Phase.OPEN && stream.tellOutboundEnd()) {
      session.events().outboundEnded(stream, cause);
    }
  }

  private void tellInboundEnd(SessionStream stream, EndCause cause) {
    if (stream.phase() == SessionStream.Phase.OPEN && stream.tellInboundEnd()) {
      session.events().inboundEnded(stream, cause);
    }
  }
}
