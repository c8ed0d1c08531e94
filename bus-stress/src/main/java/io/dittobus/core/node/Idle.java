// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.Nonce;
import io.dittobus.core.stream.SessionStream;
import io.dittobus.core.transport.Link;
import io.dittobus.core.transport.OwnerLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Queue;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A session that never begins: what is brought to its loop waits, and can be looked at. */
final class Idle {

  private static final ByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(false, true);
  private static final Nonce NONCE = Nonce.of(new byte[Nonce.LENGTH]);
  private static final Inside MAILBOX = Inside.of(PeerSession.class, "mailbox");
  private static final Inside TASKS = Inside.of(Mailbox.class, "tasks");

  final PeerSession session;
  final Queue<Runnable> tasks;

  Idle(NodeContext node, DittoAddress peer) {
    Hello hello = new Hello(1, 1, 0, peer.peerKey(), 7, NONCE, 1000, 10, 1, 100, 10, 10_000);
    session = new PeerSession(node, new Inline(), hello, true, 1);
    tasks = TASKS.get(MAILBOX.get(session));
  }

  /** A stream of this session which the peer has opened. */
  @SuppressWarnings("NullAway") // its receiving half is not looked at
  static SessionStream stream() {
    return new SessionStream(1, false, ReliabilityMode.RELIABLE, "label", Metadata.empty(), null);
  }

  /** A link without an other end. */
  static Link link() {
    OwnerLoop loop = new Inline();
    return (Link)
        Proxy.newProxyInstance(
            Idle.class.getClassLoader(),
            new Class<?>[] {Link.class},
            (proxy, method, arguments) -> call(method, arguments, loop));
  }

  private static @Nullable Object call(Method method, Object[] arguments, OwnerLoop loop) {
    return switch (method.getName()) {
      case "loop" -> loop;
      case "remote" -> "nowhere";
      case "allocator" -> ALLOCATOR;
      case "isWritable" -> true;
      case "authenticatedPeer" -> Optional.empty();
      case "ageNanos" -> 0L;
      case "maxUnitBytes" -> Integer.MAX_VALUE;
      case "write" -> {
        ((ByteBuf) arguments[0]).release();
        yield null;
      }
      case "flush", "suspendReading", "resumeReading", "sessionBegins", "close", "abort" -> null;
      default -> throw new UnsupportedOperationException(method.getName());
    };
  }
}
