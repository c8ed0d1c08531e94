// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.DropCounts;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/** Reads the body of one frame, between the buffer's indices, and checks its shape (WF-5). */
final class FrameParser {

  private FrameParser() {}

  static void parse(int type, ByteBuf in, FrameHandler to) throws FrameException {
    switch (type) {
      case FrameType.DATA -> data(in, to);
      case FrameType.ACK ->
          to.onAck(
              Varint.read(in),
              Varint.read(in),
              Varint.read(in),
              Varint.read(in),
              last(type, in, Varint.read(in)));
      case FrameType.HELLO -> to.onHello(hello(in));
      case FrameType.AUTH -> to.onAuth(last(type, in, auth(in)));
      case FrameType.READY -> to.onReady(last(type, in, ready(in)));
      case FrameType.REJECT -> to.onReject(last(type, in, EndCause.read(in)));
      case FrameType.OPEN -> open(in, to);
      case FrameType.ACCEPT ->
          to.onAccept(
              Varint.read(in),
              Varint.read(in),
              Varint.read(in),
              Varint.read(in),
              last(type, in, MessageHead.readMetadata(in)));
      case FrameType.REFUSE ->
          to.onRefuse(Varint.read(in), Varint.read(in), last(type, in, EndCause.read(in)));
      case FrameType.FIN ->
          to.onFin(
              Varint.read(in),
              Varint.read(in),
              Varint.read(in),
              Varint.read(in),
              last(type, in, EndCause.read(in)));
      case FrameType.STOP ->
          to.onStop(
              Varint.read(in),
              Varint.read(in),
              octet(in, "a flag") != 0,
              last(type, in, EndCause.read(in)));
      case FrameType.RESET ->
          to.onReset(
              Varint.read(in),
              Varint.read(in),
              Varint.read(in),
              Varint.read(in),
              last(type, in, EndCause.read(in)));
      case FrameType.DONE ->
          to.onDone(
              Varint.read(in),
              Varint.read(in),
              Varint.read(in),
              Varint.read(in),
              last(type, in, EndCause.read(in)));
      case FrameType.RESULT ->
          to.onResult(
              Varint.read(in),
              Varint.read(in),
              last(type, in, SingleResult.of(octet(in, "a result"))));
      case FrameType.DROPS -> to.onDrops(Varint.read(in), last(type, in, drops(in)));
      case FrameType.RECEIPT -> to.onReceipt(last(type, in, Varint.read(in)));
      case FrameType.PING -> to.onPing(last(type, in, Varint.read(in)));
      case FrameType.PONG -> to.onPong(last(type, in, Varint.read(in)));
      case FrameType.GOAWAY ->
          to.onGoAway(Varint.read(in), Varint.read(in), last(type, in, EndCause.read(in)));
      default -> {
        if (type < FrameType.FIRST_OPTIONAL) {
          throw new FrameException("a frame of unknown " + FrameType.name(type));
        }
      }
    }
  }

  /** The last field of a body: a frame with more in it is refused before it has any effect. */
  private static <T> T last(int type, ByteBuf in, T field) throws FrameException {
    end(type, in);
    return field;
  }

  private static long last(int type, ByteBuf in, long field) throws FrameException {
    end(type, in);
    return field;
  }

  private static void end(int type, ByteBuf in) throws FrameException {
    if (in.isReadable()) {
      throw new FrameException(in.readableBytes() + " bytes too many in " + FrameType.name(type));
    }
  }

  private static void data(ByteBuf in, FrameHandler to) throws FrameException {
    int flags = octet(in, "the flags of DATA");
    if ((flags & ~FrameType.DATA_KNOWN_FLAGS) != 0) {
      throw new FrameException("DATA with unknown flags 0x" + Integer.toHexString(flags));
    }
    boolean first = (flags & FrameType.DATA_FIRST) != 0;
    boolean last = (flags & FrameType.DATA_LAST) != 0;
    long streamId = Varint.read(in);
    long sequence = (flags & FrameType.DATA_SEQUENCE) != 0 ? Varint.read(in) : -1;
    long totalBytes = -1;
    if (first) {
      totalBytes = last ? in.readableBytes() : Varint.read(in);
      if (!last && totalBytes <= in.readableBytes()) {
        throw new FrameException("the first of several fragments has the whole message");
      }
    } else if (!in.isReadable()) {
      throw new FrameException("a fragment without payload");
    }
    boolean ackNow = (flags & FrameType.DATA_ACK_NOW) != 0;
    boolean hasMetadata = (flags & FrameType.DATA_METADATA) != 0;
    if (hasMetadata && !first) {
      throw new FrameException("metadata within a message");
    }
    to.onData(streamId, first, last, ackNow, hasMetadata, sequence, totalBytes, payload(in));
    in.readerIndex(in.writerIndex());
  }

  /** Reads HELLO; what a later version has added at its end is passed over (HS-2). */
  private static Hello hello(ByteBuf in) throws FrameException {
    if (in.readableBytes() > Hello.MAX_BYTES) {
      throw new FrameException(
          "HELLO of " + in.readableBytes() + " bytes; at most " + Hello.MAX_BYTES);
    }
    need(in, 6, "HELLO");
    if (in.readInt() != Hello.MAGIC) {
      throw new FrameException("HELLO without its magic number");
    }
    int minVersion = in.readUnsignedByte();
    int maxVersion = in.readUnsignedByte();
    long features = Varint.read(in);
    need(in, PeerKey.LENGTH + Long.BYTES + Nonce.LENGTH, "HELLO");
    byte[] key = new byte[PeerKey.LENGTH];
    in.readBytes(key);
    long incarnation = in.readLong();
    byte[] nonce = new byte[Nonce.LENGTH];
    in.readBytes(nonce);
    return new Hello(
        minVersion,
        maxVersion,
        features,
        PeerKey.of(key),
        incarnation,
        Nonce.of(nonce),
        integer(in, "maxMessageSize"),
        integer(in, "maxIncomingStreams"),
        integer(in, "initialMessages"),
        integer(in, "initialBytes"),
        integer(in, "singleMessages"),
        integer(in, "singleBytes"));
  }

  private static Ready ready(ByteBuf in) throws FrameException {
    return new Ready(
        Varint.read(in), Varint.read(in), Varint.read(in), Varint.read(in), Varint.read(in));
  }

  private static Auth auth(ByteBuf in) throws FrameException {
    if (in.readableBytes() > Auth.MAX_BYTES) {
      throw new FrameException(
          "AUTH of " + in.readableBytes() + " bytes; at most " + Auth.MAX_BYTES);
    }
    int kind = octet(in, "the kind of AUTH");
    long count = Varint.read(in);
    if (count > Auth.MAX_ITEMS) {
      throw new FrameException("AUTH with " + count + " items; at most " + Auth.MAX_ITEMS);
    }
    List<byte[]> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long length = Varint.read(in);
      if (length > in.readableBytes()) {
        throw new FrameException("AUTH ends within an item");
      }
      byte[] item = new byte[(int) length];
      in.readBytes(item);
      items.add(item);
    }
    return new Auth(kind, items);
  }

  private static void open(ByteBuf in, FrameHandler to) throws FrameException {
    long control = Varint.read(in);
    long streamId = Varint.read(in);
    int modeNumber = octet(in, "the mode of OPEN");
    if (modeNumber < 1 || modeNumber > 3) {
      throw new FrameException("no mode has number " + modeNumber);
    }
    long maxMessages = Varint.read(in);
    long maxOffset = Varint.read(in);
    String label = WireText.read(in, StreamOptions.MAX_LABEL_BYTES, "a label");
    Metadata metadata = MessageHead.readMetadata(in);
    int first = octet(in, "the first message of OPEN");
    if (first > 1) {
      throw new FrameException("OPEN with " + first + " first messages");
    }
    if (first == 0) {
      end(FrameType.OPEN, in);
    }
    to.onOpen(
        control,
        streamId,
        ReliabilityMode.of(modeNumber),
        maxMessages,
        maxOffset,
        label,
        metadata,
        first == 0 ? null : payload(in));
    in.readerIndex(in.writerIndex());
  }

  private static ByteBuf payload(ByteBuf in) throws FrameException {
    if (in.readableBytes() > FrameType.MAX_PAYLOAD) {
      throw new FrameException(
          "a payload of " + in.readableBytes() + " bytes; at most " + FrameType.MAX_PAYLOAD);
    }
    return in;
  }

  private static DropCounts drops(ByteBuf in) throws FrameException {
    return new DropCounts(
        Varint.read(in),
        Varint.read(in),
        Varint.read(in),
        Varint.read(in),
        Varint.read(in),
        Varint.read(in));
  }

  private static int integer(ByteBuf in, String what) throws FrameException {
    long value = Varint.read(in);
    if (value > Integer.MAX_VALUE) {
      throw new FrameException(what + " of " + value);
    }
    return (int) value;
  }

  private static int octet(ByteBuf in, String what) throws FrameException {
    need(in, 1, what);
    return in.readUnsignedByte();
  }

  private static void need(ByteBuf in, int bytes, String what) throws FrameException {
    if (in.readableBytes() < bytes) {
      throw new FrameException(what + " is cut off");
    }
  }
}
