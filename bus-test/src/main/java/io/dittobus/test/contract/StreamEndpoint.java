// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.contract;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.DittoBusStreamCallback;
import io.dittobus.api.options.AckMode;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.MessageResult;
import io.dittobus.api.result.StreamCounts;
import io.dittobus.api.result.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One end of a stream, which notes what it is told, and what must not be. Any thread. */
final class StreamEndpoint implements DittoBusStreamCallback {

  final DittoBusStream stream;
  final List<String> received = new CopyOnWriteArrayList<>();
  final List<Long> sequences = new CopyOnWriteArrayList<>();
  final List<Metadata> metadata = new CopyOnWriteArrayList<>();

  /** What {@code streamSendCompleted} said of each message. */
  final Map<Long, MessageResult> completed = new ConcurrentHashMap<>();

  /** What the callback of each message said. */
  final Map<Long, MessageResult> fates = new ConcurrentHashMap<>();

  final Queue<String> violations = new ConcurrentLinkedQueue<>();
  final AtomicInteger creditChanges = new AtomicInteger();
  volatile long acked;
  volatile @Nullable String throwsAt;
  volatile @Nullable StreamEnd inboundEnd;
  volatile @Nullable StreamEnd outboundEnd;
  volatile @Nullable StreamEnd end;

  private final AtomicInteger within = new AtomicInteger();
  private long spokenOf;

  StreamEndpoint(DittoBusStream stream) {
    this.stream = stream;
  }

  StreamEndpoint start(AckMode mode) {
    stream.start(this, mode);
    return this;
  }

  EnqueueResult send(String text) {
    return send(text, MessageOptions.none());
  }

  /** Sends a text; its fate is noted. */
  EnqueueResult send(String text, MessageOptions options) {
    ByteBuf message = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    EnqueueResult result =
        stream.enqueueMessage(
            message,
            options,
            (sequence, fate) -> {
              if (fates.put(sequence, fate) != null) {
                violations.add("message " + sequence + " ended twice");
              }
            });
    if (result != EnqueueResult.OK) {
      if (message.refCnt() != 1) {
        violations.add("a message that was not taken has refCnt " + message.refCnt());
      }
      message.release();
    }
    return result;
  }

  StreamEnd end() {
    return Objects.requireNonNull(end, "has not ended");
  }

  StreamEnd inboundEnd() {
    return Objects.requireNonNull(inboundEnd, "the inbound direction has not ended");
  }

  StreamEnd outboundEnd() {
    return Objects.requireNonNull(outboundEnd, "the outbound direction has not ended");
  }

  boolean isOver() {
    return end != null;
  }

  StreamCounts counts(BusContractSupport test) {
    CompletableFuture<StreamCounts> counts = stream.counts().toCompletableFuture();
    test.await("the counts", counts::isDone);
    return counts.join();
  }

  private void enter(String event) {
    if (within.getAndIncrement() != 0) {
      violations.add(event + " came during another event");
    }
    if (end != null) {
      violations.add(event + " came after streamClosed");
    }
    if (!stream.isInExecutor()) {
      violations.add(event + " came outside the stream's executor");
    }
  }

  private void leave() {
    within.decrementAndGet();
  }

  /** Never called: the one with metadata is. */
  @Override
  public void streamMessageReceived(DittoBusStream of, long sequence, ByteBuf data) {
    violations.add("a message came without its metadata");
  }

  @Override
  public void streamMessageReceived(DittoBusStream of, long sequence, Metadata with, ByteBuf data) {
    enter("streamMessageReceived");
    try {
      long last = sequences.isEmpty() ? 0 : sequences.get(sequences.size() - 1);
      boolean next = sequence == last + 1;
      if (!next && (stream.reliability().isReliable() || sequence <= last)) {
        violations.add("message " + sequence + " came after " + last);
      }
      if (inboundEnd != null) {
        violations.add("message " + sequence + " came after the inbound end");
      }
      String text = data.toString(StandardCharsets.UTF_8);
      if (text.equals(throwsAt)) {
        throw new IllegalStateException("of the test");
      }
      metadata.add(with);
      sequences.add(sequence);
      received.add(text);
    } finally {
      leave();
    }
  }

  @Override
  public void streamSendCompleted(DittoBusStream of, MessageResult result, long upTo) {
    enter("streamSendCompleted");
    if (upTo <= spokenOf || outboundEnd != null) {
      violations.add(result + " up to " + upTo + " after " + spokenOf);
    }
    while (spokenOf < upTo) {
      completed.put(++spokenOf, result);
    }
    leave();
  }

  @Override
  public void streamRemoteAck(DittoBusStream of, long upTo) {
    enter("streamRemoteAck");
    if (upTo <= acked) {
      violations.add("acked up to " + upTo + " after " + acked);
    }
    acked = upTo;
    leave();
  }

  @Override
  public void streamCreditChanged(DittoBusStream of) {
    enter("streamCreditChanged");
    creditChanges.incrementAndGet();
    leave();
  }

  @Override
  public void streamInboundEnded(DittoBusStream of, StreamEnd how) {
    enter("streamInboundEnded");
    if (inboundEnd != null) {
      violations.add("the inbound direction ended twice");
    }
    inboundEnd = how;
    leave();
  }

  @Override
  public void streamOutboundEnded(DittoBusStream of, StreamEnd how) {
    enter("streamOutboundEnded");
    if (outboundEnd != null) {
      violations.add("the outbound direction ended twice");
    }
    outboundEnd = how;
    leave();
  }

  @Override
  public void streamClosed(DittoBusStream of, StreamEnd how) {
    enter("streamClosed");
    if (inboundEnd == null || outboundEnd == null) {
      violations.add("closed before both directions");
    }
    leave();
    end = how;
  }

  /** What must hold of every stream that is over. */
  void check() {
    long emitted = stream.emittedSequence();
    if (completed.size() != emitted) {
      violations.add(emitted + " emitted, " + completed.size() + " spoken of");
    }
    fates.forEach(
        (sequence, fate) -> {
          MessageResult said = completed.get(sequence);
          boolean agree =
              switch (fate) {
                case ACKED -> said == MessageResult.SENT;
                case UNKNOWN -> said == MessageResult.SENT || said == MessageResult.UNKNOWN;
                case SENT -> false;
                default -> said == fate;
              };
          if (!agree) {
            violations.add("message " + sequence + " ended as " + fate + " and as " + said);
          }
        });
  }
}
