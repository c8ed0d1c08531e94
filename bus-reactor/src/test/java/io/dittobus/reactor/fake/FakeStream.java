// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.fake;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.DittoBusStreamCallback;
import io.dittobus.api.MessageCallback;
import io.dittobus.api.options.AckMode;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.Priority;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.MessageResult;
import io.dittobus.api.result.StreamCounts;
import io.dittobus.api.result.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A stream without a bus, which holds to the contract of {@link DittoBusStream} and lets the test
 * be the other side: the methods whose names start with {@code remote}, {@link #grant} and {@link
 * #write}. Whoever breaks the contract is found in {@link #violations}.
 */
public final class FakeStream implements DittoBusStream {

  private record Waiting(long sequence, ByteBuf data, @Nullable MessageCallback callback) {}

  public static final int MAX_MESSAGE_SIZE = 1 << 20;

  private static final DittoAddress PEER = PeerIdentity.ephemeral().address();

  public final List<String> violations = new ArrayList<>();
  public final List<byte[]> written = new ArrayList<>();
  public final TreeSet<Long> acknowledged = new TreeSet<>();

  /** The options of the messages that were taken. */
  public final List<MessageOptions> options = new ArrayList<>();

  /** The deadlines of all that closed this. */
  public final List<Duration> closes = new ArrayList<>();

  /** Whether a released buffer is refused as it should, and is no mistake of the test. */
  public boolean throwOnReleased;

  /** How much is read at least of the link at a time: what comes in is a slice of that. */
  public int readBytes = 1;

  /** What was read last. */
  public volatile @Nullable ByteBuf read;

  /** Runs within {@link #enqueueMessage}, before anything is decided: what a bus may do there. */
  public volatile Runnable whileEnqueuing = () -> {};

  private final Executor executor;
  private final FlowOptions flow;
  private final String label;
  private @Nullable DittoBusStreamCallback callback;
  private final List<Consumer<DittoBusStreamCallback>> before = new ArrayList<>();

  // Outbound
  private final Deque<Waiting> queue = new ArrayDeque<>();
  private final Deque<Waiting> unacked = new ArrayDeque<>();
  private long emitted;
  private long sent;
  private long acked;
  private long granted;
  private long queuedBytes;
  private boolean completing;
  private boolean overflowed;
  private @Nullable StreamEnd outboundEnd;

  // Inbound
  private final Deque<byte[]> arriving = new ArrayDeque<>();
  private long requested;
  private long delivered;
  private boolean remoteCompleted;
  private @Nullable StreamEnd inboundEnd;
  private boolean inboundOver;

  private @Nullable StreamEnd end;

  public FakeStream(Executor executor, FlowOptions flow) {
    this(executor, flow, "test/v1");
  }

  public FakeStream(Executor executor, FlowOptions flow, String label) {
    this.executor = executor;
    this.flow = flow;
    this.label = label;
  }

  // The other side

  /** Raises the absolute credit by n messages. */
  public synchronized void grant(long n) {
    granted = granted + n < 0 ? Long.MAX_VALUE : granted + n;
    tell(c -> c.streamCreditChanged(this));
  }

  /** Puts up to n messages on the wire, as far as there is credit. */
  public synchronized void write(int n) {
    long before = sent;
    for (int i = 0; i < n && !queue.isEmpty() && sent < granted; i++) {
      Waiting next = queue.poll();
      sent = next.sequence();
      queuedBytes -= next.data().readableBytes();
      byte[] bytes = new byte[next.data().readableBytes()];
      next.data().readBytes(bytes).release();
      written.add(bytes);
      unacked.add(next);
    }
    if (sent > before) {
      long upTo = sent;
      tell(c -> c.streamSendCompleted(this, MessageResult.SENT, upTo));
      if (overflowed) {
        overflowed = false;
        tell(c -> c.streamCreditChanged(this));
      }
    }
  }

  /** The remote application has consumed up to n more messages. */
  public synchronized void remoteAck(int n) {
    long before = acked;
    for (int i = 0; i < n && !unacked.isEmpty(); i++) {
      Waiting next = unacked.poll();
      acked = next.sequence();
      ended(next, MessageResult.ACKED);
    }
    if (acked > before) {
      long upTo = acked;
      tell(c -> c.streamRemoteAck(this, upTo));
    }
    completeIfDone();
  }

  public synchronized void remoteCancel() {
    endOutbound(BusCompletionReason.CANCELLED, StreamEnd.Origin.REMOTE, 0, "");
  }

  /** A message is at the door: it comes in when it is requested. */
  public synchronized void remoteSend(byte[] message) {
    arriving.add(message);
    deliver();
  }

  public synchronized void remoteComplete() {
    remoteCompleted = true;
    deliver();
  }

  public synchronized void remoteError(long code, String text) {
    endInbound(BusCompletionReason.APPLICATION_ERROR, StreamEnd.Origin.REMOTE, code, text);
  }

  /** The remote side failed, or cut the stream, or the link was lost. */
  public synchronized void cut(BusCompletionReason reason, StreamEnd.Origin origin, String text) {
    endOutbound(reason, origin, 0, text);
    endInbound(reason, origin, 0, text);
  }

  public synchronized @Nullable StreamEnd end() {
    return end;
  }

  public synchronized @Nullable StreamEnd outboundEnd() {
    return outboundEnd;
  }

  public synchronized @Nullable StreamEnd inboundEnd() {
    return inboundEnd;
  }

  public synchronized long requested() {
    return requested;
  }

  public synchronized int queuedMessages() {
    return queue.size();
  }

  public synchronized boolean isCompleting() {
    return completing;
  }

  // DittoBusStream

  @Override
  public long streamID() {
    return 1;
  }

  @Override
  public DittoAddress peer() {
    return PEER;
  }

  @Override
  public String label() {
    return label;
  }

  @Override
  public Metadata remoteMetadata() {
    return Metadata.empty();
  }

  @Override
  public ReliabilityMode reliability() {
    return ReliabilityMode.RELIABLE;
  }

  @Override
  public FlowOptions flow() {
    return flow;
  }

  @Override
  public int maxMessageSize() {
    return MAX_MESSAGE_SIZE;
  }

  @Override
  public Executor executor() {
    return executor;
  }

  @Override
  public boolean isInExecutor() {
    return executor instanceof TaskQueue tasks && tasks.isRunning();
  }

  @Override
  public synchronized void start(DittoBusStreamCallback newCallback, AckMode ackMode) {
    if (callback != null) {
      throw new IllegalStateException("started before");
    }
    if (ackMode != AckMode.MANUAL) {
      violations.add("this fake knows MANUAL only");
    }
    callback = newCallback;
    before.forEach(this::tell);
    before.clear();
  }

  @Override
  public synchronized boolean isReady() {
    return outboundEnd == null && !completing && queue.size() < flow.maxQueuedMessages();
  }

  @Override
  public EnqueueResult enqueueMessage(
      ByteBuf message, MessageOptions of, @Nullable MessageCallback messageCallback) {
    whileEnqueuing.run();
    return enqueue(message, of, messageCallback);
  }

  private synchronized EnqueueResult enqueue(
      ByteBuf message, MessageOptions of, @Nullable MessageCallback messageCallback) {
    if (message.refCnt() == 0 && throwOnReleased) {
      throw new IllegalReferenceCountException();
    }
    if (message.refCnt() != 1) {
      violations.add("enqueued a buffer with refCnt " + message.refCnt());
    }
    int size = message.readableBytes();
    if (outboundEnd != null) {
      return outboundEnd.reason() == BusCompletionReason.CANCELLED
          ? EnqueueResult.CANCELLED
          : EnqueueResult.TERMINATED;
    }
    if (completing) {
      return EnqueueResult.TERMINATED;
    }
    if (size > MAX_MESSAGE_SIZE) {
      return EnqueueResult.TOO_LARGE;
    }
    if (queue.size() >= flow.maxQueuedMessages()
        || (!queue.isEmpty() && queuedBytes + size > flow.maxQueuedBytes())) {
      overflowed = true;
      return EnqueueResult.OVERFLOW;
    }
    options.add(of);
    queue.add(new Waiting(++emitted, message, messageCallback));
    queuedBytes += size;
    return EnqueueResult.OK;
  }

  @Override
  public synchronized long emittedSequence() {
    return emitted;
  }

  @Override
  public synchronized long grantedMessages() {
    return granted;
  }

  @Override
  public synchronized long availableCredit() {
    return granted == Long.MAX_VALUE ? granted : Math.max(0, granted - emitted);
  }

  @Override
  public long droppedMessages() {
    return 0;
  }

  @Override
  public void prioritize(Priority priority, int weight) {
    throw new UnsupportedOperationException("this fake has no link");
  }

  @Override
  public CompletionStage<StreamCounts> counts() {
    throw new UnsupportedOperationException("this fake does not count");
  }

  @Override
  public synchronized long queuedBytes() {
    return queuedBytes;
  }

  @Override
  public synchronized void complete() {
    completing = true;
    completeIfDone();
  }

  @Override
  public synchronized void error(long code, String text) {
    endOutbound(BusCompletionReason.APPLICATION_ERROR, StreamEnd.Origin.LOCAL, code, text);
  }

  @Override
  public synchronized void request(long n) {
    if (n < 1) {
      violations.add("request(" + n + ")");
      throw new IllegalArgumentException("request(" + n + ")");
    }
    requested = requested + n < 0 ? Long.MAX_VALUE : requested + n;
    deliver();
  }

  @Override
  public synchronized void acknowledge(long messageSequence) {
    if (messageSequence < 1 || messageSequence > delivered) {
      violations.add("acknowledged " + messageSequence + " of " + delivered);
    }
    acknowledged.add(messageSequence);
  }

  @Override
  public synchronized void acknowledgeUpTo(long messageSequence) {
    for (long i = 1; i <= messageSequence; i++) {
      acknowledge(i);
    }
  }

  @Override
  public synchronized void cancel() {
    endInbound(BusCompletionReason.CANCELLED, StreamEnd.Origin.LOCAL, 0, "");
  }

  @Override
  public synchronized void failInbound(long code, String text) {
    endInbound(BusCompletionReason.APPLICATION_ERROR, StreamEnd.Origin.LOCAL, code, text);
  }

  @Override
  public synchronized void close(Duration deadline) {
    closes.add(deadline);
    if (deadline.isZero()) {
      cut(BusCompletionReason.TIMED_OUT, StreamEnd.Origin.LOCAL, "");
      return;
    }
    if (requested == 0) {
      cancel();
    }
    complete();
    remoteComplete();
  }

  @Override
  public synchronized void dispose() {
    cut(BusCompletionReason.CLOSED_LOCALLY, StreamEnd.Origin.LOCAL, "");
  }

  @Override
  public synchronized void fail(long code, String text) {
    endOutbound(BusCompletionReason.APPLICATION_ERROR, StreamEnd.Origin.LOCAL, code, text);
    endInbound(BusCompletionReason.APPLICATION_ERROR, StreamEnd.Origin.LOCAL, code, text);
  }

  // Within

  private void tell(Consumer<DittoBusStreamCallback> event) {
    DittoBusStreamCallback to = callback;
    if (to == null) {
      before.add(event);
    } else {
      executor.execute(() -> event.accept(to));
    }
  }

  private void ended(Waiting message, MessageResult result) {
    MessageCallback to = message.callback();
    if (to != null) {
      tell(c -> to.messageEnded(message.sequence(), result));
    }
  }

  private void completeIfDone() {
    if (completing && queue.isEmpty() && unacked.isEmpty()) {
      endOutbound(BusCompletionReason.COMPLETED, StreamEnd.Origin.LOCAL, 0, "");
    }
  }

  private void endOutbound(
      BusCompletionReason reason, StreamEnd.Origin origin, long code, String text) {
    if (outboundEnd != null) {
      return;
    }
    StreamEnd how = new StreamEnd(reason, origin, code, text, sent, acked, 0, 0);
    outboundEnd = how;
    for (Waiting message : unacked) {
      ended(message, MessageResult.UNKNOWN);
    }
    for (Waiting message : queue) {
      message.data().release();
      ended(message, MessageResult.NOT_SENT);
    }
    unacked.clear();
    queue.clear();
    queuedBytes = 0;
    tell(c -> c.streamOutboundEnded(this, how));
    closeIfOver(how);
  }

  private void endInbound(
      BusCompletionReason reason, StreamEnd.Origin origin, long code, String text) {
    if (inboundEnd != null) {
      return;
    }
    StreamEnd how = new StreamEnd(reason, origin, code, text, 0, 0, delivered, acknowledged.size());
    inboundEnd = how;
    arriving.clear();
    tell(
        c -> {
          inboundOver = true;
          c.streamInboundEnded(this, how);
        });
    closeIfOver(how);
  }

  private void closeIfOver(StreamEnd last) {
    if (inboundEnd != null && outboundEnd != null) {
      StreamEnd how = inboundEnd.isFailure() ? inboundEnd : last;
      end = how;
      tell(c -> c.streamClosed(this, how));
    }
  }

  private void deliver() {
    while (inboundEnd == null && !arriving.isEmpty() && delivered < requested) {
      byte[] next = arriving.poll();
      long sequence = ++delivered;
      tell(c -> receive(c, sequence, next));
    }
    if (inboundEnd == null && arriving.isEmpty() && remoteCompleted) {
      endInbound(BusCompletionReason.COMPLETED, StreamEnd.Origin.REMOTE, 0, "");
    }
  }

  private void receive(DittoBusStreamCallback to, long sequence, byte[] message) {
    StreamEnd over;
    synchronized (this) {
      over = inboundEnd;
      if (over != null && over.reason() != BusCompletionReason.COMPLETED) {
        return; // overtaken by the end
      }
      if (inboundOver) {
        violations.add("message after the end");
      }
    }
    ByteBuf data = PooledByteBufAllocator.DEFAULT.buffer(Math.max(readBytes, message.length));
    data.writeBytes(message);
    read = data;
    try {
      to.streamMessageReceived(this, sequence, data.slice());
    } catch (Throwable thrown) {
      fail(0, "the receiver threw");
    } finally {
      data.release();
    }
  }
}
