// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

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
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.StreamCounts;
import io.dittobus.core.flow.Charge;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.MessageHead;
import io.dittobus.core.frame.WireText;
import io.dittobus.core.stream.SendHalf;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A stream as its user holds it. Any thread: what is wanted is noted in counters and queues, or
 * brought to the loop as a task; the {@link StreamDriver} does the rest there.
 */
final class NodeStream implements DittoBusStream {

  private final PeerSession session;
  private final long streamId;
  private final String label;
  private final ReliabilityMode mode;
  private final Metadata remoteMetadata;
  private final FlowOptions flow;
  private final Emits emits;
  private final InboundDemand demand = new InboundDemand();
  private final StreamDriver driver;
  private final Executor executor;
  private final AtomicBoolean started = new AtomicBoolean();

  /** Whether work waits in counters and queues, and the loop knows. */
  private final AtomicBoolean dirty = new AtomicBoolean();

  private volatile boolean inboundCut;

  /**
   * A stream.
   *
   * @param granted messages that the remote side has granted already
   * @param emitted messages that were emitted before, by the opening
   */
  NodeStream(
      PeerSession session,
      SessionStream stream,
      Metadata remoteMetadata,
      FlowOptions flow,
      long granted,
      long emitted) {
    this.session = session;
    this.streamId = stream.id();
    this.label = stream.label();
    this.mode = stream.mode();
    this.remoteMetadata = remoteMetadata;
    this.flow = flow;
    this.emits = Emits.of(mode, flow, session.remoteMaxMessageSize(), granted, emitted);
    this.driver = new StreamDriver(this, session, stream, emits, demand);
    this.executor = task -> session.execute(() -> UserCode.run("a task of a stream", task));
  }

  StreamDriver driver() {
    return driver;
  }

  /** There is something for the loop to take over. */
  private void touch() {
    if (!dirty.get() && dirty.compareAndSet(false, true)) {
      session.execute(driver);
    }
  }

  /** The loop is about to take over what there is. */
  void takeDirty() {
    dirty.set(false);
  }

  /** Whether the application wants no more messages; the command that says so is on its way. */
  boolean isInboundCut() {
    return inboundCut;
  }

  // What it is

  @Override
  public long streamID() {
    return streamId;
  }

  @Override
  public DittoAddress peer() {
    return session.peer();
  }

  @Override
  public String label() {
    return label;
  }

  @Override
  public Metadata remoteMetadata() {
    return remoteMetadata;
  }

  @Override
  public ReliabilityMode reliability() {
    return mode;
  }

  @Override
  public FlowOptions flow() {
    return flow;
  }

  @Override
  public int maxMessageSize() {
    return session.remoteMaxMessageSize();
  }

  @Override
  public Executor executor() {
    return executor;
  }

  @Override
  public boolean isInExecutor() {
    return session.loop().inLoop();
  }

  @Override
  public void start(DittoBusStreamCallback callback, AckMode ackMode) {
    Objects.requireNonNull(callback, "callback");
    if (!started.compareAndSet(false, true)) {
      throw new IllegalStateException("Stream " + this + " was started before");
    }
    session.execute(() -> driver.start(callback, ackMode == AckMode.MANUAL));
  }

  // Outbound

  @Override
  public boolean isReady() {
    return emits.isReady();
  }

  @Override
  public EnqueueResult enqueueMessage(
      ByteBuf message, MessageOptions options, @Nullable MessageCallback callback) {
    if (message.refCnt() == 0) {
      throw new IllegalReferenceCountException("The message was released before it was emitted");
    }
    Duration timeToLive = options.timeToLive();
    if (timeToLive != null && mode.isReliable()) {
      throw new IllegalArgumentException("A message of a reliable stream has no time to live");
    }
    long deadline = timeToLive == null ? SendHalf.NO_DEADLINE : session.deadlineNanos(timeToLive);
    EnqueueResult result =
        options.metadata().isEmpty()
            ? offer(message, false, deadline, callback)
            : offerWithMetadata(message, options.metadata(), deadline, callback);
    if (result == EnqueueResult.OK) {
      touch();
    }
    return result;
  }

  private EnqueueResult offer(
      ByteBuf message, boolean hasMetadata, long deadline, @Nullable MessageCallback callback) {
    int size = message.readableBytes();
    return emits.offer(new Emission(message, size, hasMetadata, deadline, callback));
  }

  /** The metadata goes before the payload, in a buffer of their own. */
  private EnqueueResult offerWithMetadata(
      ByteBuf message, Metadata metadata, long deadline, @Nullable MessageCallback callback) {
    long size = (long) MessageHead.size(metadata) + message.readableBytes();
    if (size > maxMessageSize()) {
      return EnqueueResult.TOO_LARGE;
    }
    ByteBuf whole = message.alloc().buffer((int) size);
    MessageHead.write(whole, metadata);
    whole.writeBytes(message, message.readerIndex(), message.readableBytes());
    EnqueueResult result = offer(whole, true, deadline, callback);
    (result == EnqueueResult.OK ? message : whole).release();
    return result;
  }

  @Override
  public long emittedSequence() {
    return emits.emitted();
  }

  @Override
  public long grantedMessages() {
    long granted = emits.granted();
    return granted >= Charge.UNLIMITED ? Long.MAX_VALUE : granted;
  }

  @Override
  public long availableCredit() {
    long granted = emits.granted();
    long used = emits.emitted() - emits.dropped();
    return granted >= Charge.UNLIMITED ? Long.MAX_VALUE : Math.max(0, granted - used);
  }

  @Override
  public long droppedMessages() {
    return emits.dropped();
  }

  @Override
  public void prioritize(Priority priority, int weight) {
    Objects.requireNonNull(priority, "priority");
    FlowOptions.checkedWeight(weight);
    session.execute(() -> driver.prioritize(priority, weight));
  }

  @Override
  public long queuedBytes() {
    return emits.queuedBytes();
  }

  @Override
  public void complete() {
    if (emits.terminate()) {
      session.execute(() -> driver.finish(EndCause.completed()));
    }
  }

  @Override
  public void error(long code, String text) {
    EndCause cause = EndCause.application(code, text);
    if (emits.terminate()) {
      session.execute(() -> driver.reset(cause));
    }
  }

  // Inbound

  @Override
  public void request(long n) {
    if (n < 1) {
      throw new IllegalArgumentException("At least 1 message is requested; this is " + n);
    }
    demand.request(n);
    touch();
  }

  @Override
  public void acknowledge(long messageSequence) {
    if (messageSequence < 1) {
      throw new IllegalArgumentException("Sequences count from 1; this is " + messageSequence);
    }
    demand.acknowledge(messageSequence);
    touch();
  }

  @Override
  public void acknowledgeUpTo(long messageSequence) {
    if (messageSequence < 0) {
      throw new IllegalArgumentException("Sequences count from 1; this is " + messageSequence);
    }
    demand.acknowledgeUpTo(messageSequence);
    touch();
  }

  @Override
  public void cancel() {
    cutInbound(EndCause.local(EndCause.Kind.CANCELLED, ""));
  }

  @Override
  public void failInbound(long code, String text) {
    cutInbound(EndCause.application(code, text));
  }

  private void cutInbound(EndCause cause) {
    inboundCut = true;
    session.execute(() -> driver.cancel(cause));
  }

  // Both

  @Override
  public CompletionStage<StreamCounts> counts() {
    CompletableFuture<StreamCounts> counts = new CompletableFuture<>();
    session.execute(() -> counts.complete(driver.counts()));
    return counts;
  }

  @Override
  public void close(Duration deadline) {
    long nanos = Times.nanos(deadline);
    emits.terminate();
    session.execute(() -> driver.close(EndCause.local(EndCause.Kind.CLOSED, ""), nanos));
  }

  @Override
  public void dispose() {
    cut(EndCause.local(EndCause.Kind.CLOSED, ""));
  }

  @Override
  public void fail(long code, String text) {
    cut(EndCause.application(code, text));
  }

  /** Ends both directions. */
  void cut(EndCause cause) {
    emits.terminate();
    inboundCut = true;
    session.execute(() -> driver.cut(cause));
  }

  /** Its id, label and peer. */
  @Override
  public String toString() {
    return Long.toUnsignedString(streamId)
        + " '"
        + WireText.escape(label)
        + "' with "
        + session.peer();
  }
}
