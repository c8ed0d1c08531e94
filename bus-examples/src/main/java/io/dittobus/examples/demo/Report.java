// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.reactor.codec.Codec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;

/**
 * What the receiving process counted so far, told to the sending one.
 *
 * @param file the pieces of the file
 * @param readings the readings of the machine
 * @param cpuLoad of the last reading that arrived
 * @param peakMemoryBytes what the receiving process had at most
 * @param sha256 of all data of the file in the order of its arrival; empty before the end
 */
@SuppressWarnings("ArrayRecordComponent") // moved, never compared
record Report(
    DeliveryCheck.Count file,
    DeliveryCheck.Count readings,
    double cpuLoad,
    long peakMemoryBytes,
    byte[] sha256) {

  static final Codec<Report> CODEC =
      new Codec<>() {
        @Override
        public ByteBuf encode(Report report, ByteBufAllocator allocator) {
          ByteBuf message = allocator.buffer(128);
          write(message, report.file);
          write(message, report.readings);
          return message
              .writeDouble(report.cpuLoad)
              .writeLong(report.peakMemoryBytes)
              .writeBytes(report.sha256);
        }

        @Override
        public Report decode(ByteBuf message) {
          return new Report(
              readCount(message),
              readCount(message),
              message.readDouble(),
              message.readLong(),
              ByteBufUtil.getBytes(message));
        }
      };

  private static void write(ByteBuf message, DeliveryCheck.Count count) {
    message
        .writeLong(count.arrived())
        .writeLong(count.distinct())
        .writeLong(count.duplicated())
        .writeLong(count.reordered());
  }

  private static DeliveryCheck.Count readCount(ByteBuf message) {
    return new DeliveryCheck.Count(
        message.readLong(), message.readLong(), message.readLong(), message.readLong());
  }
}
