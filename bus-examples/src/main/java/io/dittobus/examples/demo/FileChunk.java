// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.reactor.codec.Codec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;

/**
 * A piece of the file, with a number of its own, so that the receiver can count by itself what is
 * missing, comes twice, or comes late. The bus knows nothing of this number.
 *
 * @param index from 0, without gaps
 * @param data not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // moved, never compared
record FileChunk(long index, byte[] data) {

  static final Codec<FileChunk> CODEC =
      new Codec<>() {
        @Override
        public ByteBuf encode(FileChunk chunk, ByteBufAllocator allocator) {
          return allocator
              .buffer(Long.BYTES + chunk.data.length)
              .writeLong(chunk.index)
              .writeBytes(chunk.data);
        }

        @Override
        public FileChunk decode(ByteBuf message) {
          return new FileChunk(message.readLong(), ByteBufUtil.getBytes(message));
        }
      };
}
