// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.DittoBusStreamCallback;
import io.dittobus.api.options.AckMode;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.MessageResult;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.core.frame.WireText;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One end of a stream in virtual time: emits, and notes what it is told and what must not be. */
final class StreamProbe implements DittoBusStreamCallback {

  final DittoBusStream stream;

  /** What the end saw that must not be. */
  final List<String> faults = new ArrayList<>();

  /** What became of each message that was taken with a callback, by sequence. */
  final Map<Long, MessageResult> ended = new HashMap<>();

  /** What {@code streamSendCompleted} said of each message, by sequence. */
  final Map<Long, MessageResult> sent = new HashMap<>();

  /** Sequences of the messages that arrived here. */
  final Set<Long> arrived = new HashSet<>();

  long taken;
  long received;
  long acked;

  /** The message whose receiver throws; 0 for none. */
  long throwsAt;

  /** What {@code streamCreditChanged} found granted. */
  long grantedWhenTold = -1;

  private long spokenOf;
  @Nullable StreamEnd inboundEnd;
  @Nullable StreamEnd outboundEnd;
  @Nullable StreamEnd end;

  private StreamProbe(DittoBusStream stream) {
    this.stream = stream;
  }

  static StreamProbe start(DittoBusStream stream) {
    StreamProbe probe = new StreamProbe(stream);
    stream.start(probe, AckMode.AUTOMATIC);
    return probe;
  }

  /** Hands over a message of this many bytes; its end is noted. */
  EnqueueResult enqueue(ByteBuf message) {
    return enqueue(message, MessageOptions.none());
  }

  EnqueueResult enqueue(ByteBuf message, MessageOptions options) {
    EnqueueResult result = stream.enqueueMessage(message, options, this::messageEnded);
    if (result == EnqueueResult.OK) {
      taken++;
    } else {
      message.release();
    }
    return result;
  }

  private void messageEnded(long sequence, MessageResult result) {
    event("the end of message " + sequence);
    MessageResult before = ended.put(sequence, result);
    if (before != null) {
      faults.add("message " + sequence + " ended as " + before + " and as " + result);
    }
    if (result == MessageResult.ACKED && sent.get(sequence) != MessageResult.SENT) {
      faults.add("message " + sequence + " was acked, and is " + sent.get(sequence));
    }
  }

  private void event(String name) {
    if (end != null) {
      faults.add(name + " came after streamClosed");
    }
  }

  @Override
  public void streamMessageReceived(DittoBusStream of, long sequence, ByteBuf data) {
    event("streamMessageReceived");
    boolean next = sequence == received + 1;
    if (!next && (stream.reliability().isReliable() || sequence <= received)) {
      faults.add("message " + sequence + " was received after " + received);
    }
    if (inboundEnd != null) {
      faults.add("message " + sequence + " was received after the inbound end");
    }
    received = sequence;
    arrived.add(sequence);
    if (sequence == throwsAt) {
      throw new IllegalStateException("not for the wire");
    }
  }

  @Override
  public void streamSendCompleted(DittoBusStream of, MessageResult result, long upTo) {
    event("streamSendCompleted");
    if (upTo <= spokenOf || upTo > taken || outboundEnd != null) {
      faults.add(result + " up to " + upTo + " after " + spokenOf + " of " + taken);
    }
    for (long sequence = spokenOf + 1; sequence <= upTo; sequence++) {
      sent.put(sequence, result);
    }
    spokenOf = upTo;
  }

  @Override
  public void streamRemoteAck(DittoBusStream of, long upTo) {
    event("streamRemoteAck");
    acked = upTo;
    if (sent.get(upTo) != MessageResult.SENT) {
      faults.add("acked up to " + upTo + ", which is " + sent.get(upTo));
    }
  }

  @Override
  public void streamCreditChanged(DittoBusStream of) {
    event("streamCreditChanged");
    grantedWhenTold = of.grantedMessages();
  }

  @Override
  public void streamInboundEnded(DittoBusStream of, StreamEnd why) {
    event("streamInboundEnded");
    if (inboundEnd != null) {
      faults.add("the inbound direction ended twice");
    }
    inboundEnd = why;
  }

  @Override
  public void streamOutboundEnded(DittoBusStream of, StreamEnd why) {
    event("streamOutboundEnded");
    if (outboundEnd != null) {
      faults.add("the outbound direction ended twice");
    }
    outboundEnd = why;
  }

  @Override
  public void streamClosed(DittoBusStream of, StreamEnd why) {
    event("streamClosed");
    if (inboundEnd == null || outboundEnd == null) {
      faults.add("closed before both directions");
    }
    end = why;
  }

  StreamEnd end() {
    return noted(end);
  }

  StreamEnd inboundEnd() {
    return noted(inboundEnd);
  }

  StreamEnd outboundEnd() {
    return noted(outboundEnd);
  }

  private static StreamEnd noted(@Nullable StreamEnd end) {
    if (end == null) {
      throw new AssertionError("has not ended");
    }
    return end;
  }

  /** Adds to the faults where the two ends do not see the same; only if the link was not lost. */
  void checkAgreement(StreamProbe peer) {
    StreamEnd here = end();
    StreamEnd there = peer.end();
    BusCompletionReason mirrored =
        switch (here.reason()) {
          case CLOSED_LOCALLY -> BusCompletionReason.CLOSED_BY_REMOTE;
          case CLOSED_BY_REMOTE -> BusCompletionReason.CLOSED_LOCALLY;
          default -> here.reason();
        };
    // Both buses may close, each of its own accord.
    boolean whoseDoing =
        here.origin() != there.origin() || here.reason() == BusCompletionReason.SHUT_DOWN;
    if (mirrored != there.reason()
        || !whoseDoing
        || here.applicationCode() != there.applicationCode()
        || !escapedByReader(here).equals(escapedByReader(there))) {
      faults.add("ended here: " + here.describe() + "; there: " + there.describe());
    }
  }

  private static String escapedByReader(StreamEnd end) {
    return end.origin() == StreamEnd.Origin.LOCAL ? WireText.escape(end.text()) : end.text();
  }

  /** Adds to the faults what must hold when everything is over; {@code peer} is the other end. */
  void checkMessages(@Nullable StreamProbe peer) {
    if (end == null) {
      faults.add("not closed");
    }
    for (long sequence = 1; sequence <= taken; sequence++) {
      MessageResult how = ended.get(sequence);
      MessageResult sending = sent.get(sequence);
      boolean agree =
          how != null
              && switch (how) {
                case ACKED -> sending == MessageResult.SENT;
                case UNKNOWN -> sending == MessageResult.SENT || sending == MessageResult.UNKNOWN;
                case SENT -> false;
                default -> sending == how;
              };
      boolean came = peer != null && peer.arrived.contains(sequence);
      boolean neverSent = how != null && how.dropCause() != null;
      if (!agree || (how == MessageResult.ACKED && !came) || (neverSent && came)) {
        faults.add(sequence + " ended as " + how + ", sent: " + sending + ", arrived: " + came);
      }
    }
    if (ended.size() != taken || sent.size() != taken || stream.emittedSequence() != taken) {
      faults.add(taken + " taken, " + ended.size() + " ended, " + sent.size() + " spoken of");
    }
  }
}
