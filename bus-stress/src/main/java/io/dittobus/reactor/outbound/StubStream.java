// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.outbound;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.result.EnqueueResult;
import io.netty.buffer.ByteBuf;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/** A stream with a number of places, which keeps what it takes. */
final class StubStream {

  final AtomicInteger places;
  final AtomicInteger taken = new AtomicInteger();
  volatile boolean ended;
  volatile int lastTaken;
  final DittoBusStream stream =
      (DittoBusStream)
          Proxy.newProxyInstance(
              StubStream.class.getClassLoader(),
              new Class<?>[] {DittoBusStream.class},
              (proxy, method, arguments) -> call(method, arguments));

  StubStream(int places) {
    this.places = new AtomicInteger(places);
  }

  private Object call(Method method, Object[] arguments) {
    return switch (method.getName()) {
      case "flow" -> FlowOptions.defaults();
      case "reliability" -> ReliabilityMode.RELIABLE;
      case "enqueueMessage" -> enqueue((ByteBuf) arguments[0]);
      case "isReady" -> places.get() > taken.get();
      case "maxMessageSize" -> 100;
      case "availableCredit", "grantedMessages" -> (long) places.get();
      case "emittedSequence" -> (long) taken.get();
      case "isInExecutor" -> false;
      default -> 0L;
    };
  }

  private EnqueueResult enqueue(ByteBuf message) {
    if (ended) {
      return EnqueueResult.TERMINATED;
    }
    int before;
    do {
      before = taken.get();
      if (before >= places.get()) {
        return EnqueueResult.OVERFLOW;
      }
    } while (!taken.compareAndSet(before, before + 1));
    lastTaken = message.getByte(0);
    message.release();
    return EnqueueResult.OK;
  }
}
