// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.inbound;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.options.Metadata;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A stream of which a test is the other side, and which counts what is wanted of it. */
final class Source {

  private static final byte[] BYTES = new byte[5000];

  final AtomicLong requested = new AtomicLong();
  final AtomicInteger cancels = new AtomicInteger();
  final AtomicInteger fails = new AtomicInteger();

  /** All of its own, so not copied where it waits: its references tell whether it still does. */
  final ByteBuf data = Unpooled.wrappedBuffer(BYTES);

  volatile long acknowledged;
  final InboundSide side =
      new InboundSide(
          (DittoBusStream)
              Proxy.newProxyInstance(
                  Source.class.getClassLoader(),
                  new Class<?>[] {DittoBusStream.class},
                  (proxy, method, arguments) -> call(method, arguments)),
          false);

  private @Nullable Object call(Method method, Object[] arguments) {
    return switch (method.getName()) {
      case "request" -> requested.addAndGet((long) arguments[0]);
      case "acknowledgeUpTo" -> acknowledged = (long) arguments[0];
      case "cancel" -> cancels.incrementAndGet();
      case "fail", "failInbound" -> fails.incrementAndGet();
      case "streamID" -> 1L;
      default -> throw new UnsupportedOperationException(method.getName());
    };
  }

  /** What the bus does with a message: it lends the buffer for the time of the call. */
  void deliver(long sequence) {
    ByteBuf slice = data.slice();
    slice.retain();
    side.messageReceived(sequence, Metadata.empty(), slice);
    slice.release();
  }
}
