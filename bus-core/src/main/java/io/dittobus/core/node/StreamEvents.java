// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.MessageHead;
import io.dittobus.core.session.SessionEvents;
import io.dittobus.core.stream.DropLog;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Brings the events of a session to whom they concern: to what hangs on the stream, which is first
 * a {@link PendingOpen} or an {@link OfferedStream}, then a {@link StreamDriver}; or to the bus.
 */
final class StreamEvents implements SessionEvents {

  private final NodeContext node;
  private final PeerSession session;

  StreamEvents(NodeContext node, PeerSession session) {
    this.node = node;
    this.session = session;
  }

  private static @Nullable StreamDriver driver(SessionStream stream) {
    return stream.attachment() instanceof StreamDriver driver ? driver : null;
  }

  @Override
  public void streamOffered(SessionStream stream) {
    OfferedStream offered = new OfferedStream(session, stream);
    stream.attach(offered);
    if (!node.permits(session.peer(), stream.label())) {
      offered.refuse(BusCompletionReason.REFUSED_FORBIDDEN, "");
      return;
    }
    try {
      node.callback().newIncomingStream(offered);
    } catch (Throwable e) {
      offered.refuse(
          BusCompletionReason.REFUSED_NO_HANDLER,
          "the handler failed: " + e.getClass().getSimpleName());
      UserCode.threw("newIncomingStream", e);
    }
  }

  @Override
  public void streamAccepted(SessionStream stream) {
    if (stream.attachment() instanceof PendingOpen open && open.isDone()) {
      return;
    }
    if (stream.attachment() instanceof PendingOpen open) {
      NodeStream opened =
          new NodeStream(
              session,
              stream,
              stream.answerMetadata(),
              open.options().flow(),
              stream.send().credit().maxMessages(),
              stream.send().emitted());
      stream.attach(opened.driver());
      opened.driver().opened();
      session.streamOpened(false);
      open.succeeded(opened);
    }
  }

  @Override
  public void streamRefused(SessionStream stream, EndCause cause) {
    if (stream.attachment() instanceof PendingOpen open) {
      open.failed(Ends.of(cause));
    } else if (stream.attachment() instanceof OfferedStream offered) {
      offered.ended(cause);
    } else if (stream.attachment() instanceof StreamDriver driver) {
      driver.closed(cause);
    }
  }

  @Override
  public boolean messageReceived(
      SessionStream stream, long sequence, Metadata metadata, ByteBuf message) {
    StreamDriver driver = driver(stream);
    return driver != null && driver.messageReceived(sequence, metadata, message);
  }

  @Override
  public void batchEnded(SessionStream stream) {
    StreamDriver driver = driver(stream);
    if (driver != null) {
      driver.batchEnded();
    }
  }

  @Override
  public void messagesWritten(SessionStream stream, long sequence, long freedBytes) {
    StreamDriver driver = driver(stream);
    if (driver != null) {
      driver.written(sequence, freedBytes);
    }
  }

  @Override
  public void messagesDropped(SessionStream stream, DropLog.Run run) {
    StreamDriver driver = driver(stream);
    if (driver != null) {
      driver.dropped(run);
    }
  }

  @Override
  public void singleReceived(long number, MessageHead.Single head, ByteBuf message) {
    ReceivedSingle received = new ReceivedSingle(session, number, head, message);
    if (!node.permits(session.peer(), head.label())) {
      received.refuse();
      return;
    }
    try {
      node.callback().singleMessageReceived(received);
      received.returned();
    } catch (Throwable e) {
      received.fail();
      UserCode.threw("singleMessageReceived", e);
    }
  }

  @Override
  public void singleWritten(Object attachment) {
    ((PendingSingle) attachment).written();
  }

  @Override
  public void singleEnded(Object attachment, BusSingleSendResult result) {
    ((PendingSingle) attachment).ended(result);
  }

  @Override
  public void messagesAcked(SessionStream stream, long sequence) {
    StreamDriver driver = driver(stream);
    if (driver != null) {
      driver.acked(sequence);
    }
  }

  @Override
  public void creditChanged(SessionStream stream) {
    StreamDriver driver = driver(stream);
    if (driver != null) {
      driver.creditChanged();
    }
  }

  @Override
  public void drainRequested(SessionStream stream, EndCause cause) {
    StreamDriver driver = driver(stream);
    if (driver != null) {
      driver.drainRequested(cause);
    }
  }

  @Override
  public void inboundEnded(SessionStream stream, EndCause cause) {
    StreamDriver driver = driver(stream);
    if (driver != null) {
      driver.inboundEnded(cause);
    }
  }

  @Override
  public void outboundEnded(SessionStream stream, EndCause cause) {
    StreamDriver driver = driver(stream);
    if (driver != null) {
      driver.outboundEnded(cause);
    }
  }

  @Override
  public void streamClosed(SessionStream stream, EndCause cause) {
    StreamDriver driver = driver(stream);
    if (driver != null) {
      driver.closed(cause);
      StreamEnd end = Ends.of(cause, stream);
      node.tellListener("streamClosed", listener -> listener.streamClosed(session.peer(), end));
    }
  }

  @Override
  public void peerGoingAway(EndCause cause) {
    // The session refuses what is opened from now on, and its streams go on until they are closed.
  }

  @Override
  public void roundTripMeasured(long nanos) {
    node.tellListener(
        "roundTripMeasured",
        listener -> listener.roundTripMeasured(session.peer(), Duration.ofNanos(nanos)));
  }

  @Override
  public void sessionEnded(EndCause cause) {
    session.sessionEnded(cause);
  }
}
