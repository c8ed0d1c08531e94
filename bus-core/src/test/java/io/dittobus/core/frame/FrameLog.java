// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.DropCounts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Notes each frame as a line with everything that was in it. */
class FrameLog implements FrameHandler {

  final List<String> lines = new ArrayList<>();

  private void note(String frame, Object... fields) {
    lines.add(line(frame, fields));
  }

  static String line(String frame, Object... fields) {
    StringJoiner joiner = new StringJoiner(" ", frame + " ", "");
    for (Object field : fields) {
      joiner.add(text(field));
    }
    return joiner.toString();
  }

  private static String text(Object field) {
    if (field instanceof byte[] bytes) {
      return HexFormat.of().formatHex(bytes);
    }
    if (field instanceof Metadata metadata) {
      StringJoiner joiner = new StringJoiner(",", "{", "}");
      for (Metadata.Entry entry : metadata.entries()) {
        joiner.add(entry.key() + "=" + HexFormat.of().formatHex(entry.value()));
      }
      return joiner.toString();
    }
    return field.toString();
  }

  static String cause(EndCause cause, boolean local) {
    return cause.kind() + "/" + local + "/" + cause.applicationCode() + "/" + cause.text();
  }

  private static String cause(EndCause cause) {
    return cause(cause, cause.local());
  }

  @Override
  public void onHello(Hello hello) {
    note("HELLO", hello.minVersion(), hello.maxVersion(), hello.features(), hello.key());
    note("HELLO", hello.incarnation(), hello.nonce().toBytes(), hello.maxMessageSize());
    note("HELLO", hello.maxIncomingStreams(), hello.initialMessages(), hello.initialBytes());
  }

  @Override
  public void onAuth(Auth auth) {
    note("AUTH", auth.kind(), auth.items().size());
    auth.items().forEach(item -> note("AUTH", (Object) item));
  }

  @Override
  public void onReady(Ready ready) {
    note("READY", ready.epoch(), ready.session(), ready.arrived(), ready.link(), ready.after());
  }

  @Override
  public void onReject(EndCause cause) {
    note("REJECT", cause(cause));
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
    Object first = firstMessage == null ? "none" : ByteBufUtil.getBytes(firstMessage);
    note("OPEN", control, streamId, mode, maxMessages, maxOffset, label, metadata, first);
  }

  @Override
  public void onAccept(
      long control, long streamId, long maxMessages, long maxOffset, Metadata metadata) {
    note("ACCEPT", control, streamId, maxMessages, maxOffset, metadata);
  }

  @Override
  public void onRefuse(long control, long streamId, EndCause cause) {
    note("REFUSE", control, streamId, cause(cause));
  }

  @Override
  public void onFin(long control, long streamId, long messages, long offset, EndCause cause) {
    note("FIN", control, streamId, messages, offset, cause(cause));
  }

  @Override
  public void onStop(long control, long streamId, boolean drain, EndCause cause) {
    note("STOP", control, streamId, drain, cause(cause));
  }

  @Override
  public void onReset(long control, long streamId, long messages, long offset, EndCause cause) {
    note("RESET", control, streamId, messages, offset, cause(cause));
  }

  @Override
  public void onDone(long control, long streamId, long acked, long received, EndCause cause) {
    note("DONE", control, streamId, acked, received, cause(cause));
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
    byte[] bytes = ByteBufUtil.getBytes(payload);
    note("DATA", streamId, first, last, ackNow, hasMetadata, sequence, totalBytes, bytes);
  }

  @Override
  public void onAck(long streamId, long acked, long received, long maxMessages, long maxOffset) {
    note("ACK", streamId, acked, received, maxMessages, maxOffset);
  }

  @Override
  public void onDrops(long streamId, DropCounts counts) {
    note("DROPS", streamId, counts);
  }

  @Override
  public void onResult(long control, long message, SingleResult result) {
    note("RESULT", control, message, result);
  }

  @Override
  public void onReceipt(long control) {
    note("RECEIPT", control);
  }

  @Override
  public void onPing(long number) throws FrameException {
    note("PING", number);
  }

  @Override
  public void onPong(long number) {
    note("PONG", number);
  }

  @Override
  public void onGoAway(long lastStreamId, long deadlineMillis, EndCause cause) {
    note("GOAWAY", lastStreamId, deadlineMillis, cause(cause));
  }
}
