// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.DropCounts;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames, one method each, at the end of a buffer. The caller sees to it that there is room:
 * {@link #MAX_CONTROL_BYTES} for any frame but OPEN, ACCEPT and DATA.
 */
public final class FrameWriter {

  /** Most bytes of a frame that bears neither metadata nor payload. */
  public static final int MAX_CONTROL_BYTES = 640;

  /** Most bytes of OPEN, without its first message, or of ACCEPT. */
  public static final int MAX_METADATA_FRAME_BYTES =
      Metadata.MAX_TOTAL_BYTES + Metadata.MAX_ENTRIES * 8 + MAX_CONTROL_BYTES;

  /** Most bytes of DATA besides its payload. */
  public static final int MAX_DATA_HEAD_BYTES = FrameType.HEAD_BYTES + 1 + 3 * Varint.MAX_BYTES;

  private FrameWriter() {}

  private static int begin(ByteBuf out) {
    int start = out.writerIndex();
    out.writeInt(0);
    return start;
  }

  private static void end(ByteBuf out, int start, int type) {
    int length = out.writerIndex() - start - FrameType.HEAD_BYTES;
    out.setInt(start, length << 8 | type);
  }

  /** Writes HELLO. */
  public static void hello(ByteBuf out, Hello hello) {
    int start = begin(out);
    out.writeInt(Hello.MAGIC);
    out.writeByte(hello.minVersion());
    out.writeByte(hello.maxVersion());
    Varint.write(out, hello.features());
    out.writeBytes(hello.key().toBytes());
    out.writeLong(hello.incarnation());
    out.writeBytes(hello.nonce().toBytes());
    Varint.write(out, hello.maxMessageSize());
    Varint.write(out, hello.maxIncomingStreams());
    Varint.write(out, hello.initialMessages());
    Varint.write(out, hello.initialBytes());
    Varint.write(out, hello.singleMessages());
    Varint.write(out, hello.singleBytes());
    end(out, start, FrameType.HELLO);
  }

  /** Writes AUTH. */
  public static void auth(ByteBuf out, Auth auth) {
    int start = begin(out);
    out.writeByte(auth.kind());
    Varint.write(out, auth.items().size());
    for (byte[] item : auth.items()) {
      Varint.write(out, item.length);
      out.writeBytes(item);
    }
    end(out, start, FrameType.AUTH);
  }

  /** Writes READY. */
  public static void ready(ByteBuf out, Ready ready) {
    int start = begin(out);
    Varint.write(out, ready.epoch());
    Varint.write(out, ready.session());
    Varint.write(out, ready.arrived());
    Varint.write(out, ready.link());
    Varint.write(out, ready.after());
    end(out, start, FrameType.READY);
  }

  /** Writes REJECT. */
  public static void reject(ByteBuf out, EndCause cause) {
    int start = begin(out);
    cause.write(out);
    end(out, start, FrameType.REJECT);
  }

  /**
   * Writes OPEN.
   *
   * @param firstMessage the first message, of at most {@link FrameType#MAX_PAYLOAD} bytes; its
   *     indices stay as they are. Null for none.
   */
  public static void open(
      ByteBuf out,
      long control,
      long streamId,
      ReliabilityMode mode,
      long maxMessages,
      long maxOffset,
      String label,
      Metadata metadata,
      @Nullable ByteBuf firstMessage) {
    int start = begin(out);
    Varint.write(out, control);
    Varint.write(out, streamId);
    out.writeByte(mode.number());
    Varint.write(out, maxMessages);
    Varint.write(out, maxOffset);
    WireText.write(out, label.getBytes(StandardCharsets.UTF_8));
    MessageHead.write(out, metadata);
    if (firstMessage == null) {
      out.writeByte(0);
    } else {
      out.writeByte(1);
      out.writeBytes(firstMessage, firstMessage.readerIndex(), firstMessage.readableBytes());
    }
    end(out, start, FrameType.OPEN);
  }

  /** Writes ACCEPT. */
  public static void accept(
      ByteBuf out,
      long control,
      long streamId,
      long maxMessages,
      long maxOffset,
      Metadata metadata) {
    int start = begin(out);
    Varint.write(out, control);
    Varint.write(out, streamId);
    Varint.write(out, maxMessages);
    Varint.write(out, maxOffset);
    MessageHead.write(out, metadata);
    end(out, start, FrameType.ACCEPT);
  }

  /** Writes REFUSE. */
  public static void refuse(ByteBuf out, long control, long streamId, EndCause cause) {
    int start = begin(out);
    Varint.write(out, control);
    Varint.write(out, streamId);
    cause.write(out);
    end(out, start, FrameType.REFUSE);
  }

  /** Writes FIN. */
  public static void fin(
      ByteBuf out, long control, long streamId, long messages, long offset, EndCause cause) {
    counted(out, FrameType.FIN, control, streamId, messages, offset, cause);
  }

  /** Writes RESET. */
  public static void reset(
      ByteBuf out, long control, long streamId, long messages, long offset, EndCause cause) {
    counted(out, FrameType.RESET, control, streamId, messages, offset, cause);
  }

  private static void counted(
      ByteBuf out,
      int type,
      long control,
      long streamId,
      long firstCount,
      long secondCount,
      EndCause cause) {
    int start = begin(out);
    Varint.write(out, control);
    Varint.write(out, streamId);
    Varint.write(out, firstCount);
    Varint.write(out, secondCount);
    cause.write(out);
    end(out, start, type);
  }

  /** Writes STOP. */
  public static void stop(ByteBuf out, long control, long streamId, boolean drain, EndCause cause) {
    int start = begin(out);
    Varint.write(out, control);
    Varint.write(out, streamId);
    out.writeByte(drain ? 1 : 0);
    cause.write(out);
    end(out, start, FrameType.STOP);
  }

  /** Writes DONE. */
  public static void done(
      ByteBuf out, long control, long streamId, long acked, long received, EndCause cause) {
    counted(out, FrameType.DONE, control, streamId, acked, received, cause);
  }

  /**
   * Writes DATA with a part of a message.
   *
   * @param hasMetadata whether the message's bytes begin with metadata; with the first fragment
   * @param sequence the message's sequence, or -1 to leave it implied
   * @param totalBytes with the first of several fragments the message's length; ignored otherwise
   * @param payload read from its reader index on, which moves
   */
  public static void data(
      ByteBuf out,
      long streamId,
      boolean first,
      boolean last,
      boolean ackNow,
      boolean hasMetadata,
      long sequence,
      long totalBytes,
      ByteBuf payload,
      int payloadBytes) {
    int start = begin(out);
    int flags =
        (first ? FrameType.DATA_FIRST : 0)
            | (last ? FrameType.DATA_LAST : 0)
            | (ackNow ? FrameType.DATA_ACK_NOW : 0)
            | (hasMetadata ? FrameType.DATA_METADATA : 0)
            | (sequence >= 0 ? FrameType.DATA_SEQUENCE : 0);
    out.writeByte(flags);
    Varint.write(out, streamId);
    if (sequence >= 0) {
      Varint.write(out, sequence);
    }
    if (first && !last) {
      Varint.write(out, totalBytes);
    }
    out.writeBytes(payload, payloadBytes);
    end(out, start, FrameType.DATA);
  }

  /** Writes ACK. */
  public static void ack(
      ByteBuf out, long streamId, long acked, long received, long maxMessages, long maxOffset) {
    int start = begin(out);
    Varint.write(out, streamId);
    Varint.write(out, acked);
    Varint.write(out, received);
    Varint.write(out, maxMessages);
    Varint.write(out, maxOffset);
    end(out, start, FrameType.ACK);
  }

  /** Writes DROPS. */
  public static void drops(ByteBuf out, long streamId, DropCounts counts) {
    int start = begin(out);
    Varint.write(out, streamId);
    Varint.write(out, counts.noCredit());
    Varint.write(out, counts.replaced());
    Varint.write(out, counts.expired());
    Varint.write(out, counts.overflow());
    Varint.write(out, counts.ended());
    Varint.write(out, counts.noLink());
    end(out, start, FrameType.DROPS);
  }

  /** Writes RESULT. */
  public static void result(ByteBuf out, long control, long message, SingleResult result) {
    int start = begin(out);
    Varint.write(out, control);
    Varint.write(out, message);
    out.writeByte(result.number);
    end(out, start, FrameType.RESULT);
  }

  /** Writes RECEIPT. */
  public static void receipt(ByteBuf out, long frames) {
    number(out, FrameType.RECEIPT, frames);
  }

  /** Writes PING. */
  public static void ping(ByteBuf out, long number) {
    number(out, FrameType.PING, number);
  }

  /** Writes PONG. */
  public static void pong(ByteBuf out, long number) {
    number(out, FrameType.PONG, number);
  }

  private static void number(ByteBuf out, int type, long number) {
    int start = begin(out);
    Varint.write(out, number);
    end(out, start, type);
  }

  /** Writes GOAWAY. */
  public static void goAway(ByteBuf out, long lastStreamId, long deadlineMillis, EndCause cause) {
    int start = begin(out);
    Varint.write(out, lastStreamId);
    Varint.write(out, deadlineMillis);
    cause.write(out);
    end(out, start, FrameType.GOAWAY);
  }
}
