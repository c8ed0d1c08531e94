// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.reactor.codec.Codec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * What was read of the machine at one moment.
 *
 * @param index from 0, without gaps
 * @param cpuLoad how busy the machine's processors are, 0 to 1; below 0 if that is not known
 * @param freeMemoryBytes memory of the machine that is free
 * @param usedHeapBytes heap that this process uses
 * @param collections garbage collections of this process so far
 */
record Reading(
    long index, double cpuLoad, long freeMemoryBytes, long usedHeapBytes, long collections) {

  static final Codec<Reading> CODEC =
      new Codec<>() {
        @Override
        public ByteBuf encode(Reading reading, ByteBufAllocator allocator) {
          return allocator
              .buffer(5 * Long.BYTES)
              .writeLong(reading.index)
              .writeDouble(reading.cpuLoad)
              .writeLong(reading.freeMemoryBytes)
              .writeLong(reading.usedHeapBytes)
              .writeLong(reading.collections);
        }

        @Override
        public Reading decode(ByteBuf message) {
          return new Reading(
              message.readLong(),
              message.readDouble(),
              message.readLong(),
              message.readLong(),
              message.readLong());
        }
      };
}
