// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.IncomingMessage;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.core.frame.MessageHead;
import io.dittobus.core.frame.SingleResult;
import io.dittobus.core.frame.WireText;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicBoolean;

/** A single message that came in, until the application is done with it. Any thread. */
final class ReceivedSingle implements IncomingMessage {

  private final PeerSession session;
  private final long number;
  private final MessageHead.Single head;
  private final ByteBuf data;
  private final AtomicBoolean ended = new AtomicBoolean();
  private boolean later;

  ReceivedSingle(PeerSession session, long number, MessageHead.Single head, ByteBuf data) {
    this.session = session;
    this.number = number;
    this.head = head;
    // A view of its own: who retains it must not see the reading of the link go on in it.
    this.data = data.slice();
  }

  @Override
  public DittoAddress peer() {
    return session.peer();
  }

  @Override
  public String label() {
    return head.label();
  }

  @Override
  public Metadata metadata() {
    return head.metadata();
  }

  @Override
  public ReliabilityMode reliability() {
    return head.reliable() ? ReliabilityMode.RELIABLE : ReliabilityMode.UNRELIABLE;
  }

  @Override
  public ByteBuf data() {
    return data;
  }

  @Override
  public void acknowledgeLater() {
    later = true;
  }

  /** The callback has returned. */
  void returned() {
    if (!later) {
      acknowledge();
    }
  }

  @Override
  public void acknowledge() {
    end(SingleResult.CONSUMED);
  }

  @Override
  public void refuse() {
    end(SingleResult.REFUSED);
  }

  @Override
  public void fail() {
    end(SingleResult.FAILED);
  }

  private void end(SingleResult result) {
    if (ended.compareAndSet(false, true)) {
      session.execute(() -> session.session().endSingle(number, head.reliable(), result));
    }
  }

  /** The label and the peer, never the payload. */
  @Override
  public String toString() {
    return "message '" + WireText.escape(label()) + "' of " + peer();
  }
}
