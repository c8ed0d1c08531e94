// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.transport;

import io.dittobus.api.peer.PeerKey;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Optional;

/**
 * One connection: bytes in order, without loss, both ways, until it is down. All methods are called
 * on its {@link #loop()}, except {@link #loop()} itself and {@link #remote()}.
 */
public interface Link {

  /** How units of the carrier relate to what is written. */
  enum Mode {
    /** A stream of bytes: what is written may arrive cut or joined anywhere. */
    BYTES,
    /** Each written buffer arrives as one buffer. */
    MESSAGES
  }

  /** How units of the carrier relate to what is written. */
  Mode mode();

  /** Most bytes of one written buffer; at least 1,024. */
  int maxUnitBytes();

  /** The peer's key, if the carrier has proven it. */
  Optional<PeerKey> authenticatedPeer();

  /**
   * How long before {@link LinkHandler#linkUp} the connection began, in nanoseconds: what a carrier
   * needs for a handshake of its own counts for the time that all of it may take.
   */
  default long ageNanos() {
    return 0;
  }

  /** Where the other end is, for people and logs. */
  String remote();

  /** The loop that runs the handler of this link. */
  OwnerLoop loop();

  /** Where buffers to be written come from. */
  ByteBufAllocator allocator();

  /**
   * Whether the link wants more. False while more than a bounded number of bytes waits to be sent;
   * {@link LinkHandler#writabilityChanged} tells when that changes. Whoever goes on writing
   * regardless may do so for a bounded number of bytes only.
   */
  boolean isWritable();

  /**
   * Queues a buffer, which belongs to the link from now on, whatever happens. After the link is
   * down it is released and nothing else happens.
   */
  void write(ByteBuf buffer);

  /** Sends what was queued. Never calls the handler from within. */
  void flush();

  /**
   * Delivers no further bytes until {@link #resumeReading}; at most what one read had already taken
   * in still comes.
   */
  void suspendReading();

  /** Delivers again. */
  void resumeReading();

  /**
   * The other side has proven what it had to, and the two have a session from now on; called once,
   * if ever. Before, a carrier bounds what the other side may cost: it should end the link, with a
   * cause that says so, when it has read more than 64 KiB, all that it reads for itself included;
   * and a link that is closed need not wait as long for the other side as {@link #close} says.
   */
  default void sessionBegins() {}

  /**
   * Ends the link in order: what is queued is sent, then the end; what the other side still sends
   * is read and thrown away until it ends too, for at most 2 s. {@link LinkHandler#linkDown}
   * follows, once.
   */
  void close();

  /** Cuts the link: nothing more is sent. {@link LinkHandler#linkDown} follows, once. */
  void abort();
}
