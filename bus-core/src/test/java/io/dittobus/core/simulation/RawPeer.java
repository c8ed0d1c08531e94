// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.DropCounts;
import io.dittobus.core.flow.WindowBudget;
import io.dittobus.core.frame.Auth;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameException;
import io.dittobus.core.frame.FrameHandler;
import io.dittobus.core.frame.FrameReader;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.MessageHead;
import io.dittobus.core.frame.Nonce;
import io.dittobus.core.frame.Ready;
import io.dittobus.core.frame.SingleResult;
import io.dittobus.core.session.Session;
import io.dittobus.core.session.SessionEvents;
import io.dittobus.core.stream.DropLog;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A peer that writes whatever frames it is told to, allowed or not, to a session under test, and
 * notes what the session answers and tells its owner. Ids of its own streams are even.
 */
public final class RawPeer implements FrameHandler, SessionEvents {

  /** Single messages that the session may send at first. */
  public static final int SINGLE_MESSAGES = 4;

  /** Their charge. */
  public static final int SINGLE_BYTES = 4096;

  /** What the session wrote: a line per frame. */
  public final List<String> frames = new ArrayList<>();

  /** What the session told its owner: a line per event. */
  public final List<String> events = new ArrayList<>();

  /** Limits that the session has announced, by stream: messages and bytes. */
  public final Map<Long, long[]> limits = new HashMap<>();

  /** Counts in the last FIN or RESET of each stream: messages and offset. */
  public final Map<Long, long[]> finals = new HashMap<>();

  /** Numbers of the control frames that the session wrote. */
  public final List<Long> controls = new ArrayList<>();

  /** Streams that the session offered its owner, by id. */
  public final Map<Long, SessionStream> offered = new HashMap<>();

  /** The session under test. */
  public final Session session;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
  private final FrameReader reader = new FrameReader(allocator);
  private long now;

  /** A peer of a session with these options. */
  public RawPeer(BusOptions options) {
    this(options, 0);
  }

  /** The same with these features of its own. */
  public RawPeer(BusOptions options, long features) {
    Hello hello =
        new Hello(
            1,
            1,
            features,
            key(),
            1,
            Nonce.of(new byte[Nonce.LENGTH]),
            1 << 20,
            100,
            1,
            16 * 1024,
            SINGLE_MESSAGES,
            SINGLE_BYTES);
    session =
        new Session(
            options,
            hello,
            false,
            new WindowBudget(options.busWindowBudget()),
            new FrameReader(allocator),
            allocator,
            this,
            now);
  }

  private static PeerKey key() {
    byte[] bytes = new byte[PeerKey.LENGTH];
    bytes[0] = 1;
    return PeerKey.of(bytes);
  }

  /** Writes frames to the session, and takes its answers. */
  public void write(Consumer<ByteBuf> frameWriter) {
    ByteBuf bytes = allocator.buffer();
    frameWriter.accept(bytes);
    session.handleBytes(bytes, now);
    bytes.release();
    read();
  }

  /** Takes what the session has to say. */
  public void read() {
    ByteBuf bytes = allocator.buffer(64 * 1024, 64 * 1024);
    try {
      while (session.pollWrite(bytes)) {
        boolean whole = true;
        while (whole) {
          whole = reader.readFrame(bytes, this);
        }
        bytes.clear();
      }
    } catch (FrameException e) {
      throw new AssertionError("The session writes no frames: " + e.line());
    } finally {
      bytes.release();
    }
  }

  /** Lets time pass. */
  public void pass(long nanos) {
    now += nanos;
    session.handleTimeout(now);
    read();
  }

  /** The time. */
  public long now() {
    return now;
  }

  /** Ends everything. */
  public void close() {
    session.abort(EndCause.linkLost("over"));
    reader.release();
    long left = allocator.metric().usedHeapMemory();
    Check.that(left == 0, "%d bytes of buffers were not released", left);
  }

  // What the session writes

  private void note(String line) {
    frames.add(line);
  }

  private void noteControl(long control, String line) {
    controls.add(control);
    frames.add(line);
  }

  @Override
  public void onHello(Hello hello) {
    note("HELLO");
  }

  @Override
  public void onAuth(Auth auth) {
    note("AUTH");
  }

  @Override
  public void onReady(Ready ready) {
    note("READY");
  }

  @Override
  public void onReject(EndCause cause) {
    note("REJECT");
  }

  @Override
  public void onOpen(
      long control,
      long streamId,
      ReliabilityMode mode,
      long maxMessages,
      long maxOffset,
      String label,
      Metadata metadata,
      @Nullable ByteBuf firstMessage) {
    limits.put(streamId, new long[] {maxMessages, maxOffset});
    String first = firstMessage == null ? "" : " first " + firstMessage.readableBytes();
    noteControl(control, "OPEN " + streamId + first);
  }

  @Override
  public void onAccept(
      long control, long streamId, long maxMessages, long maxOffset, Metadata metadata) {
    limits.put(streamId, new long[] {maxMessages, maxOffset});
    noteControl(control, "ACCEPT " + streamId);
  }

  @Override
  public void onRefuse(long control, long streamId, EndCause cause) {
    noteControl(control, "REFUSE " + streamId + " " + cause.kind());
  }

  @Override
  public void onFin(long control, long streamId, long messages, long offset, EndCause cause) {
    finals.put(streamId, new long[] {messages, offset});
    noteControl(control, "FIN " + streamId + " " + messages + " " + offset + " " + cause.kind());
  }

  @Override
  public void onStop(long control, long streamId, boolean drain, EndCause cause) {
    noteControl(control, "STOP " + streamId + (drain ? " drain " : " ") + cause.kind());
  }

  @Override
  public void onReset(long control, long streamId, long messages, long offset, EndCause cause) {
    finals.put(streamId, new long[] {messages, offset});
    noteControl(control, "RESET " + streamId + " " + cause.kind());
  }

  @Override
  public void onDone(long control, long streamId, long acked, long received, EndCause cause) {
    noteControl(control, "DONE " + streamId + " " + acked + " " + cause.kind());
  }

  @Override
  public void onData(
      long streamId,
      boolean first,
      boolean last,
      boolean ackNow,
      boolean hasMetadata,
      long sequence,
      long totalBytes,
      ByteBuf payload) {
    note(
        "DATA "
            + streamId
            + (first ? " first " : " ")
            + payload.readableBytes()
            + (first && !last ? " of " + totalBytes : "")
            + (last ? " last" : "")
            + (ackNow ? " ack now" : "")
            + (hasMetadata ? " metadata" : "")
            + (sequence >= 0 ? " sequence " + sequence : ""));
  }

  @Override
  public void onAck(long streamId, long acked, long received, long maxMessages, long maxOffset) {
    limits.put(streamId, new long[] {maxMessages, maxOffset});
    note("ACK " + streamId + " " + acked + " " + received);
  }

  @Override
  public void onDrops(long streamId, DropCounts counts) {
    note("DROPS " + streamId + " " + counts);
  }

  @Override
  public void onResult(long control, long message, SingleResult result) {
    noteControl(control, "RESULT " + message + " " + result);
  }

  @Override
  public void onReceipt(long control) {
    note("RECEIPT " + control);
  }

  @Override
  public void onPing(long number) {
    note("PING " + number);
  }

  @Override
  public void onPong(long number) {
    note("PONG " + number);
  }

  @Override
  public void onGoAway(long lastStreamId, long deadlineMillis, EndCause cause) {
    note("GOAWAY " + cause.kind() + " " + lastStreamId + " " + deadlineMillis + " " + cause.text());
  }

  // What the session tells

  @Override
  public void streamOffered(SessionStream stream) {
    offered.put(stream.id(), stream);
    events.add("offered " + stream.id());
  }

  @Override
  public void streamAccepted(SessionStream stream) {
    events.add("accepted " + stream.id());
  }

  @Override
  public void streamRefused(SessionStream stream, EndCause cause) {
    events.add("refused " + stream.id() + " " + cause.kind());
  }

  @Override
  public boolean messageReceived(
      SessionStream stream, long sequence, Metadata metadata, ByteBuf message) {
    events.add(
        "message "
            + stream.id()
            + " "
            + sequence
            + " "
            + message.readableBytes()
            + (metadata.isEmpty() ? "" : " " + metadata));
    return true;
  }

  @Override
  public void messagesDropped(SessionStream stream, DropLog.Run run) {
    events.add(
        "dropped " + stream.id() + " " + run.first() + " to " + run.last() + " " + run.cause());
  }

  @Override
  public void singleReceived(long number, MessageHead.Single head, ByteBuf message) {
    events.add("single " + number + " '" + head.label() + "' " + message.readableBytes());
  }

  @Override
  public void singleWritten(Object attachment) {
    events.add("single written " + attachment);
  }

  @Override
  public void singleEnded(Object attachment, BusSingleSendResult result) {
    events.add("single ended " + attachment + " " + result);
  }

  @Override
  public void batchEnded(SessionStream stream) {}

  @Override
  public void messagesWritten(SessionStream stream, long sequence, long freedBytes) {}

  @Override
  public void messagesAcked(SessionStream stream, long sequence) {
    events.add("acked " + stream.id() + " " + sequence);
  }

  @Override
  public void creditChanged(SessionStream stream) {}

  @Override
  public void drainRequested(SessionStream stream, EndCause cause) {
    events.add("drain " + stream.id());
  }

  @Override
  public void inboundEnded(SessionStream stream, EndCause cause) {
    events.add("inbound ended " + stream.id() + " " + cause.kind());
  }

  @Override
  public void outboundEnded(SessionStream stream, EndCause cause) {
    events.add("outbound ended " + stream.id() + " " + cause.kind());
  }

  @Override
  public void streamClosed(SessionStream stream, EndCause cause) {
    events.add("closed " + stream.id() + " " + cause.kind());
  }

  @Override
  public void peerGoingAway(EndCause cause) {
    events.add("going away");
  }

  @Override
  public void roundTripMeasured(long nanos) {}

  @Override
  public void sessionEnded(EndCause cause) {
    events.add("session ended " + cause.kind());
  }
}
