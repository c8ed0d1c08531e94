// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.simulation.RawPeer;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What a peer writes, frame by frame, to a session under test. It counts its control frames. */
final class PeerScript {

  final RawPeer peer;
  private long control;

  PeerScript(BusOptions options) {
    this(options, 0);
  }

  PeerScript(BusOptions options, long features) {
    peer = new RawPeer(options, features);
  }

  Session session() {
    return peer.session;
  }

  void open(long id, String label, long maxMessages, long maxOffset) {
    open(id, ReliabilityMode.RELIABLE, label, maxMessages, maxOffset, null);
  }

  void open(
      long id,
      ReliabilityMode mode,
      String label,
      long maxMessages,
      long maxOffset,
      @Nullable ByteBuf first) {
    peer.write(
        out ->
            FrameWriter.open(
                out, ++control, id, mode, maxMessages, maxOffset, label, Metadata.empty(), first));
  }

  /** A stream of the peer's, accepted and started, whose sender here has this credit. */
  SessionStream stream(long id, int prefetch, long maxMessages, long maxOffset, boolean byHand) {
    return stream(id, ReliabilityMode.RELIABLE, prefetch, maxMessages, maxOffset, byHand);
  }

  SessionStream stream(
      long id,
      ReliabilityMode mode,
      int prefetch,
      long maxMessages,
      long maxOffset,
      boolean byHand) {
    open(id, mode, "x", maxMessages, maxOffset, null);
    SessionStream stream = Objects.requireNonNull(peer.offered.get(id));
    session().accept(stream, Metadata.empty(), FlowOptions.defaults().withPrefetch(prefetch));
    session().start(stream, byHand);
    peer.read();
    return stream;
  }

  SessionStream stream(long id, int prefetch) {
    return stream(id, prefetch, 100, 1_000_000, false);
  }

  /** A control frame of the peer's, which is given its number. */
  void control(BiConsumer<ByteBuf, Long> writer) {
    peer.write(out -> writer.accept(out, ++control));
  }

  void accept(long id, long maxMessages, long maxOffset) {
    peer.write(
        out -> FrameWriter.accept(out, ++control, id, maxMessages, maxOffset, Metadata.empty()));
  }

  void refuse(long id, EndCause.Kind kind) {
    peer.write(out -> FrameWriter.refuse(out, ++control, id, cause(kind)));
  }

  void fin(long id, long messages, long offset, EndCause.Kind kind) {
    peer.write(out -> FrameWriter.fin(out, ++control, id, messages, offset, cause(kind)));
  }

  void reset(long id, long messages, long offset, EndCause.Kind kind) {
    peer.write(out -> FrameWriter.reset(out, ++control, id, messages, offset, cause(kind)));
  }

  void stop(long id, boolean drain, EndCause.Kind kind) {
    peer.write(out -> FrameWriter.stop(out, ++control, id, drain, cause(kind)));
  }

  void done(long id, long acked, EndCause.Kind kind) {
    peer.write(out -> FrameWriter.done(out, ++control, id, acked, acked, cause(kind)));
  }

  void ack(long id, long acked, long maxMessages, long maxOffset) {
    peer.write(out -> FrameWriter.ack(out, id, acked, acked, maxMessages, maxOffset));
  }

  void goAway(long lastStream, long deadlineMillis, EndCause.Kind kind) {
    peer.write(out -> FrameWriter.goAway(out, lastStream, deadlineMillis, cause(kind)));
  }

  /** A whole message. */
  void message(long id, long sequence, int bytes) {
    fragment(id, true, true, sequence, bytes, bytes);
  }

  void fragment(long id, boolean first, boolean last, long sequence, long total, int bytes) {
    ByteBuf payload = Unpooled.wrappedBuffer(new byte[bytes]);
    peer.write(
        out ->
            FrameWriter.data(out, id, first, last, false, false, sequence, total, payload, bytes));
  }

  static EndCause cause(EndCause.Kind kind) {
    return EndCause.local(kind, "");
  }

  void send(SessionStream stream, int bytes) {
    session().send(stream, Unpooled.wrappedBuffer(new byte[bytes]), false);
  }

  /** What the session wrote on this stream since the last call of {@link #forget}. */
  List<String> frames(long id) {
    return peer.frames.stream()
        .filter(f -> !f.startsWith("RECEIPT") && f.matches("\\w+ " + id + "( .*)?"))
        .toList();
  }

  void forget() {
    peer.frames.clear();
    peer.events.clear();
  }
}
