// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** The codecs that need no library. */
public final class Codecs {

  private static final Codec<byte[]> BYTES = new BytesCodec();
  private static final Codec<String> STRING = new StringCodec();
  private static final Codec<ByteBuf> BUFFER = new BufferCodec();

  private Codecs() {}

  /**
   * Arrays of bytes. Sent without a copy, so an array must not be changed once it was handed over;
   * each received one is the receiver's own.
   */
  public static Codec<byte[]> bytes() {
    return BYTES;
  }

  /** Texts, as UTF-8. Malformed input becomes U+FFFD. */
  public static Codec<String> string() {
    return STRING;
  }

  /**
   * The buffers themselves. A buffer that is handed over belongs to the bus; a received one is
   * borrowed until {@code onNext} returns.
   */
  public static Codec<ByteBuf> buffer() {
    return BUFFER;
  }

  private static final class BytesCodec implements Codec<byte[]> {
    @Override
    public ByteBuf encode(byte[] value, ByteBufAllocator allocator) {
      return Unpooled.wrappedBuffer(value);
    }

    @Override
    public byte[] decode(ByteBuf message) {
      return ByteBufUtil.getBytes(message);
    }
  }

  private static final class StringCodec implements Codec<String> {
    @Override
    public ByteBuf encode(String value, ByteBufAllocator allocator) {
      return ByteBufUtil.writeUtf8(allocator, value);
    }

    @Override
    public String decode(ByteBuf message) {
      return message.toString(StandardCharsets.UTF_8);
    }
  }

  private static final class BufferCodec implements Codec<ByteBuf> {
    @Override
    public ByteBuf encode(ByteBuf value, ByteBufAllocator allocator) {
      return value;
    }

    @Override
    public ByteBuf decode(ByteBuf message) {
      return message;
    }
  }
}
