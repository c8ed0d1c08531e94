// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.IncomingStream;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.WireText;
import io.dittobus.core.stream.SessionStream;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A stream that the peer asks for, until it is accepted or refused. Any thread decides. */
final class OfferedStream implements IncomingStream {

  private final PeerSession session;
  private final SessionStream stream;
  private final long granted;
  private final AtomicBoolean decided = new AtomicBoolean();

  /** Why the offer is void, if it is. The loop. */
  private @Nullable EndCause ended;

  /** On the loop, when the offer has come. */
  OfferedStream(PeerSession session, SessionStream stream) {
    this.session = session;
    this.stream = stream;
    this.granted = stream.send().credit().maxMessages();
  }

  @Override
  public long streamID() {
    return stream.id();
  }

  @Override
  public DittoAddress peer() {
    return session.peer();
  }

  @Override
  public String label() {
    return stream.label();
  }

  @Override
  public Metadata metadata() {
    return stream.metadata();
  }

  @Override
  public ReliabilityMode reliability() {
    return stream.mode();
  }

  @Override
  public DittoBusStream accept(Metadata metadata, FlowOptions flow) {
    Objects.requireNonNull(metadata, "metadata");
    Objects.requireNonNull(flow, "flow");
    if (!decided.compareAndSet(false, true)) {
      throw new IllegalStateException("Stream " + this + " was accepted or refused before");
    }
    NodeStream accepted = new NodeStream(session, stream, stream.metadata(), flow, granted, 0);
    session.execute(() -> acceptOnLoop(accepted.driver(), metadata, flow));
    return accepted;
  }

  private void acceptOnLoop(StreamDriver driver, Metadata metadata, FlowOptions flow) {
    if (ended != null) {
      driver.closed(ended);
      return;
    }
    stream.attach(driver);
    driver.creditChanged();
    session.session().accept(stream, metadata, flow);
    if (stream.phase() == SessionStream.Phase.OPEN) {
      session.streamOpened(true);
    }
    if (session.isShuttingDown()) {
      driver.drain(ShutDown.CAUSE);
    }
  }

  @Override
  public void refuse(BusCompletionReason reason, String text) {
    EndCause cause = Ends.refusal(reason, text);
    if (decided.compareAndSet(false, true)) {
      session.execute(() -> refuseOnLoop(cause));
    }
  }

  private void refuseOnLoop(EndCause cause) {
    if (ended == null) {
      ended = cause;
      session.session().refuse(stream, cause);
    }
  }

  // The loop

  /** The bus closes: the offer is refused, unless the user has decided. */
  void shutDown(EndCause cause) {
    if (decided.compareAndSet(false, true)) {
      refuseOnLoop(cause);
    }
  }

  /** The other side has given up, or is gone. */
  void ended(EndCause cause) {
    ended = cause;
  }

  @Override
  public String toString() {
    return Long.toUnsignedString(stream.id())
        + " '"
        + WireText.escape(stream.label())
        + "' of "
        + peer();
  }
}
