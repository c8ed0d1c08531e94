// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.outbound;

import io.dittobus.reactor.codec.Codec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/** A {@link BusSink} where a {@link Sinks.Many} is wanted. Stateless. */
final class CodecSink<T> implements Sinks.Many<T> {

  private final BusSink sink;
  private final OutboundSide side;
  private final Codec<T> codec;

  CodecSink(BusSink sink, OutboundSide side, Codec<T> codec) {
    this.sink = sink;
    this.side = side;
    this.codec = Objects.requireNonNull(codec, "codec");
  }

  /** A value that is reference-counted stays the caller's unless it is taken. */
  @Override
  public Sinks.EmitResult tryEmitNext(T value) {
    ReferenceCountUtil.retain(value); // one is the codec's from here on, whatever it does with it
    ByteBuf message =
        Objects.requireNonNull(codec.encode(value, ByteBufAllocator.DEFAULT), "encoded value");
    if (message == value) {
      message.release();
      return sink.tryEmitNext(message);
    }
    Sinks.EmitResult result = null;
    try {
      result = sink.tryEmitNext(message);
      return result;
    } finally {
      if (result == Sinks.EmitResult.OK) {
        ReferenceCountUtil.release(value);
      } else {
        message.release();
      }
    }
  }

  @Override
  public Sinks.EmitResult tryEmitComplete() {
    return sink.tryEmitComplete();
  }

  @Override
  public Sinks.EmitResult tryEmitError(Throwable error) {
    return sink.tryEmitError(error);
  }

  @Override
  public void emitNext(T value, Sinks.EmitFailureHandler handler) {
    sink.emitNext(() -> tryEmitNext(value), value, handler);
  }

  /** That the direction had ended is no news: so nobody is asked. */
  @Override
  public void emitComplete(Sinks.EmitFailureHandler handler) {
    sink.tryEmitComplete();
  }

  @Override
  public void emitError(Throwable error, Sinks.EmitFailureHandler handler) {
    if (sink.tryEmitError(error) == Sinks.EmitResult.FAIL_TERMINATED) {
      Operators.onErrorDropped(error, Context.empty());
    }
  }

  /** One, the remote side, as long as the direction lasts. */
  @Override
  public int currentSubscriberCount() {
    return side.isOpen() ? 1 : 0;
  }

  /** There is none: what is emitted goes to the other side. */
  @Override
  public Flux<T> asFlux() {
    throw new UnsupportedOperationException(
        "What this sink emits goes to the other side of the stream, whose receive() is its Flux");
  }

  @Override
  @SuppressWarnings("rawtypes") // so it is declared
  public @Nullable Object scanUnsafe(Scannable.Attr key) {
    return key == Scannable.Attr.TERMINATED ? !side.isOpen() : null;
  }
}
