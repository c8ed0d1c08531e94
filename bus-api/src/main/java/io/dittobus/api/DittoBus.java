// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api;

import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerKey;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node of the bus: it has sessions with peers, and streams with each of them. Made by a {@link
 * DittoBusFactory}; what happens is told to the {@link DittoBusCallback} given there.
 *
 * <p>All methods may be called from any thread, never block, and throw only for wrong arguments.
 */
public interface DittoBus {

  /** The address of this node. */
  DittoAddress localAddress();

  /**
   * Where this node listens, with the ports that the system chose for 0. Empty if it does not
   * listen.
   */
  List<Endpoint> listenEndpoints();

  /** The peers that this node has a session with now. */
  List<DittoAddress> peers();

  /**
   * Dials an endpoint. Ends in {@link DittoBusCallback#connectSucceeded} or {@link
   * DittoBusCallback#connectFailed}, once, with the same {@code connectCtx}. Dialling a peer that
   * there is a session with succeeds.
   */
  default void connect(Endpoint endpoint, @Nullable Object connectCtx) {
    connect(endpoint, null, connectCtx);
  }

  /**
   * The same, for a peer whose key is known: another one that answers there is turned away ({@code
   * NOT_ADMITTED}).
   *
   * @param peer the key that must answer; null if any may that is admitted
   */
  void connect(Endpoint endpoint, @Nullable PeerKey peer, @Nullable Object connectCtx);

  /**
   * Moves the session with a peer to a connection that is made for it, though the present one may
   * work: to another address or path, say. Nothing is lost, and the streams see a pause at most; if
   * the dial fails all stays as it is. Ends as {@link #connect(Endpoint, PeerKey, Object)} does. If
   * there is no session with the peer, one begins.
   *
   * @param endpoint where the peer is to be dialled
   * @throws IllegalArgumentException if the address is this node's own
   */
  void move(DittoAddress peer, Endpoint endpoint, @Nullable Object connectCtx);

  /**
   * Opens a stream to a peer. Ends in {@link DittoBusCallback#streamOpenSucceeded} or {@link
   * DittoBusCallback#streamOpenFailed}, once, with the same {@code openCtx}. If there is no session
   * with the peer yet, it is waited for, up to the option {@code openTimeout} in all.
   *
   * @throws IllegalArgumentException if the address is this node's own
   */
  default void openStreamToAddress(
      DittoAddress address, StreamOptions options, @Nullable Object openCtx) {
    openStreamToAddress(address, options, null, openCtx);
  }

  /**
   * Opens a stream to a peer with its first message, which travels with the opening if the peer
   * takes one of this size (16 KiB by default), and as soon as it is asked for otherwise. It has
   * sequence 1 here, and is answered without a further round trip.
   *
   * @param firstMessage belongs to the bus if this returns; null for none
   * @throws IllegalArgumentException if the address is this node's own
   */
  void openStreamToAddress(
      DittoAddress address,
      StreamOptions options,
      @Nullable ByteBuf firstMessage,
      @Nullable Object openCtx);

  /**
   * Sends one message to a peer, reliably. Ends in {@link
   * DittoBusCallback#finishedSendingSingleMessage}, once, with the same {@code sendCtx}; at once,
   * on this thread, if it is not taken at all. If there is no session with the peer yet, or no
   * credit, it waits, up to its timeout. Single messages to one peer keep their order among
   * themselves, and have none relative to streams.
   *
   * @param data belongs to the bus if this returns
   * @throws IllegalArgumentException if the address is this node's own
   */
  void sendSingleReliableMessage(
      DittoAddress address, ByteBuf data, SingleMessageOptions options, @Nullable Object sendCtx);

  /**
   * Sends one message to a peer, and drops it if it cannot be put on the wire now. Ends in {@link
   * DittoBusCallback#finishedSendingSingleMessage}, once, with the same {@code sendCtx}; at once,
   * on this thread, if it is not taken at all.
   *
   * @param data belongs to the bus if this returns
   * @throws IllegalArgumentException if the address is this node's own
   */
  void sendSingleUnreliableMessage(
      DittoAddress address, ByteBuf data, SingleMessageOptions options, @Nullable Object sendCtx);

  /**
   * Closes the node: nothing new is opened or taken, all streams are drained in both directions,
   * and what is not done by the deadline is cut. Ends in {@link DittoBusCallback#busClosed}, soon
   * after the deadline: the peers' last words and the end of the links are waited for, up to 3 s. A
   * second call can only shorten the deadline.
   */
  void close(Duration deadline);

  /** Closes the node at once, cutting everything. Ends in {@link DittoBusCallback#busClosed}. */
  default void dispose() {
    close(Duration.ZERO);
  }
}
