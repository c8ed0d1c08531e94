// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.StreamOptions;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * What may stand before the payload within a message's bytes: the metadata of a message on a stream
 * (FR-8), or the head of a single message (SM-1).
 */
public final class MessageHead {

  private static final int RELIABLE = 1;

  private MessageHead() {}

  /** Bytes that metadata takes. */
  public static int size(Metadata metadata) {
    int size = Varint.size(metadata.entries().size());
    for (Metadata.Entry entry : metadata.entries()) {
      int valueBytes = entry.value().length;
      int keyBytes = entry.sizeBytes() - valueBytes;
      size += Varint.size(keyBytes) + keyBytes + Varint.size(valueBytes) + valueBytes;
    }
    return size;
  }

  /** Writes the metadata of a message. */
  public static void write(ByteBuf out, Metadata metadata) {
    Varint.write(out, metadata.entries().size());
    for (Metadata.Entry entry : metadata.entries()) {
      WireText.write(out, entry.key().getBytes(StandardCharsets.UTF_8));
      WireText.write(out, entry.value());
    }
  }

  /** Reads the metadata of a message; what is left is its payload. */
  public static Metadata readMetadata(ByteBuf in) throws FrameException {
    long count = Varint.read(in);
    if (count > Metadata.MAX_ENTRIES) {
      throw new FrameException(count + " entries of metadata; at most " + Metadata.MAX_ENTRIES);
    }
    Metadata metadata = Metadata.empty();
    for (long i = 0; i < count; i++) {
      String key = WireText.read(in, Metadata.MAX_KEY_BYTES, "a key of metadata");
      byte[] value = WireText.readBytes(in, Metadata.MAX_TOTAL_BYTES, "a value of metadata");
      try {
        metadata = metadata.withAnyKey(key, value);
      } catch (IllegalArgumentException e) {
        throw new FrameException("metadata beyond its bounds");
      }
    }
    return metadata;
  }

  /** Most bytes of the head of a single message. */
  public static int singleSize(String label, Metadata metadata) {
    return 1 + Varint.MAX_BYTES + label.length() * 3 + size(metadata);
  }

  /** Writes the head of a single message. */
  public static void writeSingle(ByteBuf out, boolean reliable, String label, Metadata metadata) {
    out.writeByte(reliable ? RELIABLE : 0);
    WireText.write(out, label.getBytes(StandardCharsets.UTF_8));
    write(out, metadata);
  }

  /**
   * The head of a single message.
   *
   * @param reliable whether its sender waits for a result
   */
  public record Single(boolean reliable, String label, Metadata metadata) {}

  /** Reads the head of a single message; what is left is its payload. */
  public static Single readSingle(ByteBuf in) throws FrameException {
    if (!in.isReadable()) {
      throw new FrameException("a single message without its head");
    }
    int flags = in.readUnsignedByte();
    if (flags > RELIABLE) {
      throw new FrameException("a single message with unknown flags");
    }
    String label = WireText.read(in, StreamOptions.MAX_LABEL_BYTES, "a label");
    return new Single(flags == RELIABLE, label, readMetadata(in));
  }
}
