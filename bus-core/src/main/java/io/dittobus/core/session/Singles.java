// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.DropCause;
import io.dittobus.core.flow.ReceiveCredit;
import io.dittobus.core.flow.Window;
import io.dittobus.core.flow.WindowBudget;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameException;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.MessageHead;
import io.dittobus.core.frame.SingleResult;
import io.dittobus.core.stream.DropLog;
import io.dittobus.core.stream.ReceiveHalf;
import io.dittobus.core.stream.SendHalf;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Single messages, both ways (SM-1 to SM-5). They travel on a stream of their own that is there
 * from the beginning, is known to both sides by the id {@value #ID}, and never ends before the
 * session: so credit, fragments and turns are those of every other stream. What each message comes
 * to is found by the number that it has on the wire.
 */
final class Singles {

  /** The id of the stream that carries them. */
  static final long ID = 0;

  /** A message from its emission to its end. Its ticket is its sequence at this side. */
  private record Sent(long ticket, boolean reliable, Object attachment) {}

  private final Session session;
  private final SessionStream stream;

  /** Those that are not on the wire as a whole, in order. */
  private final ArrayDeque<Sent> line = new ArrayDeque<>();

  /** Reliable ones that are, by their numbers. */
  private final LongObjectMap<Sent> unresolved = new LongObjectHashMap<>();

  private long resolvedUpTo;
  private long written;
  private boolean closed;

  Singles(Session session, Hello remote) {
    this.session = session;
    BusOptions options = session.options();
    int bytes = options.singleWindowBytes();
    Window window = new Window(bytes, bytes, bytes, new WindowBudget(0), session.nowNanos());
    ReceiveCredit credit = ReceiveCredit.standing(options.singleWindowMessages(), window);
    ReceiveHalf receive = new ReceiveHalf(credit, ReliabilityMode.RELIABLE);
    stream = new SessionStream(ID, true, ReliabilityMode.RELIABLE, "", Metadata.empty(), receive);
    stream.opened(Metadata.empty());
    stream.start(true);
    stream.send().credit().grant(remote.singleMessages(), remote.singleBytes());
  }

  SessionStream stream() {
    return stream;
  }

  boolean carries(SessionStream which) {
    return which == stream;
  }

  // What is sent

  /** Whether nothing waits for its end, here or at the other side. */
  boolean isIdle() {
    ReceiveCredit credit = stream.receive().credit();
    return line.isEmpty() && unresolved.isEmpty() && credit.consumed() == credit.received();
  }

  /** Reliable messages that have not ended. */
  int unfinished() {
    return unresolved.size() + (int) line.stream().filter(Sent::reliable).count();
  }

  /** Sends a message, which belongs to this from now on; its events name the attachment. */
  void send(ByteBuf message, boolean reliable, long deadlineNanos, Object attachment) {
    SendHalf send = stream.send();
    Sent sent = new Sent(send.emitted() + 1, reliable, attachment);
    if (closed) {
      message.release();
      session.events().singleEnded(attachment, unsent(sent));
      return;
    }
    line.add(sent);
    ReliabilityMode mode = reliable ? ReliabilityMode.RELIABLE : ReliabilityMode.UNRELIABLE;
    send.enqueue(message, mode, reliable, false, deadlineNanos, false);
    session.tellDrops(stream);
    session.expiries().consider(stream);
    session.writer().considerData(stream);
  }

  private static BusSingleSendResult unsent(Sent sent) {
    return sent.reliable ? BusSingleSendResult.UNREACHABLE : BusSingleSendResult.DROPPED;
  }

  /** Messages were dropped before they were on the wire. */
  void dropped(DropLog.Run run) {
    for (var each = line.iterator(); each.hasNext(); ) {
      Sent sent = each.next();
      if (sent.ticket > run.last()) {
        return;
      }
      if (sent.ticket >= run.first()) {
        each.remove();
        session.events().singleEnded(sent.attachment, unsent(sent));
      }
    }
  }

  /** Something was written. */
  void written() {
    long upTo = stream.send().writtenWhole();
    Sent next;
    while ((next = line.peek()) != null && next.ticket <= upTo) {
      line.remove();
      written++;
      session.events().singleWritten(next.attachment);
      if (next.reliable) {
        unresolved.put(written, next);
      } else {
        session.events().singleEnded(next.attachment, BusSingleSendResult.TRANSMITTED);
      }
    }
  }

  /** All that have no result of their own up to this one were consumed. */
  void acked(long upTo, long maxMessages, long maxOffset) throws FrameException {
    if (upTo > written) {
      throw new FrameException(
          "single message " + upTo + " was acknowledged, but only " + written + " were sent");
    }
    while (resolvedUpTo < upTo) {
      resolvedUpTo++;
      end(resolvedUpTo, BusSingleSendResult.DELIVERED);
    }
    if (stream.send().credit().grant(maxMessages, maxOffset)) {
      session.writer().considerData(stream);
    }
  }

  /** One has a result of its own. */
  void result(long number, SingleResult result) throws FrameException {
    if (number < 1 || number > written) {
      throw new FrameException(
          "a result of single message " + number + ", but only " + written + " were sent");
    }
    end(
        number,
        switch (result) {
          case CONSUMED -> BusSingleSendResult.DELIVERED;
          case REFUSED -> BusSingleSendResult.REFUSED;
          case FAILED -> BusSingleSendResult.UNKNOWN;
        });
  }

  private void end(long number, BusSingleSendResult result) {
    Sent sent = unresolved.remove(number);
    if (sent != null) {
      session.events().singleEnded(sent.attachment, result);
    }
  }

  /** The other side is closing: what is not under way stays here. */
  void peerGoesAway() {
    closed = true;
    stream.send().dropUnbegun(DropCause.ENDED);
    session.tellDrops(stream);
  }

  /** There is no link: what need not arrive is not waited for. */
  void linkDown() {
    stream.send().linkDown();
    session.tellDrops(stream);
  }

  /** There is a link again. */
  void linkUp(long nowNanos) {
    stream.receive().linkUp(nowNanos);
    stream.send().linkUp();
    session.acknowledgements().again(stream);
  }

  /** The session is over. */
  void lost(EndCause cause) {
    closed = true;
    long begun = stream.send().written();
    stream.send().end(cause);
    stream.receive().end(cause);
    session.releaseAdmission(stream);
    for (Sent sent : unresolved.values()) {
      session.events().singleEnded(sent.attachment, BusSingleSendResult.UNKNOWN);
    }
    unresolved.clear();
    Sent next;
    while ((next = line.poll()) != null) {
      boolean half = next.reliable && next.ticket <= begun;
      session
          .events()
          .singleEnded(next.attachment, half ? BusSingleSendResult.UNKNOWN : unsent(next));
    }
  }

  // What comes in

  /** A message came in; borrowed. */
  void received(long number, ByteBuf message) {
    MessageHead.@Nullable Single head = null;
    try {
      head = MessageHead.readSingle(message);
    } catch (FrameException e) {
      session.fail(EndCause.local(EndCause.Kind.PROTOCOL, e.line()));
    }
    if (head != null) {
      session.events().singleReceived(number, head, message);
    }
  }

  /** The application is done with a message. Without effect a second time. */
  void ended(long number, boolean reliable, SingleResult result) {
    ReceiveHalf receive = stream.receive();
    if (receive.state() == ReceiveHalf.State.ENDED
        || !receive.consume(number, session.nowNanos(), session.roundTripNanos())) {
      return;
    }
    receive.credit().request(1);
    boolean covered = result == SingleResult.CONSUMED && number <= receive.ackedSequence();
    if (reliable && !covered) {
      session.writer().result(number, result);
    }
    session.acknowledgements().consider(stream);
  }
}
