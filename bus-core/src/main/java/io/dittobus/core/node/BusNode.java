// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.core.frame.WireText;
import io.dittobus.core.transport.LinkHandler;
import io.dittobus.core.transport.OwnerLoop;
import io.dittobus.core.transport.Transport;
import io.netty.buffer.ByteBuf;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node of the bus: runs sessions over the links of one transport. Any thread.
 *
 * <p>Its parts: {@link LinkDriver} owns a link and runs its handshake; {@link PeerSession} runs a
 * session on its loop; {@link Peers} knows which sessions there are and who waits for one; {@link
 * NodeStream} and {@link StreamDriver} are the two sides of a stream, the user's and the loop's.
 */
public final class BusNode implements DittoBus {

  /** Time that links get to end in order after the deadline of the bus, before they are cut. */
  private static final Duration LINK_GRACE = Duration.ofSeconds(3);

  private static final Logger log = LoggerFactory.getLogger(BusNode.class);

  private final NodeContext node;
  private final List<Transport.Listening> listening = new CopyOnWriteArrayList<>();
  private final List<OwnerLoop.Timer> closeTimers = new CopyOnWriteArrayList<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  private BusNode(NodeContext node) {
    this.node = node;
  }

  /**
   * Starts a node. It owns the transport from now on, and closes it with itself, also if the start
   * fails.
   *
   * @return the bus, once it listens everywhere; fails with a {@link
   *     io.dittobus.api.result.DittoBusException} if it cannot
   */
  public static CompletionStage<DittoBus> start(
      NodeConfig config, Transport transport, DittoBusCallback callback) {
    return start(config, transport, callback, new SecureRandom());
  }

  /**
   * The same with a source of chance of the caller's, for tests that replay.
   *
   * @param random nonces and proofs of all peers depend on nobody guessing what it says
   */
  public static CompletionStage<DittoBus> start(
      NodeConfig config, Transport transport, DittoBusCallback callback, Random random) {
    BusNode bus = new BusNode(new NodeContext(config, transport, callback, random));
    CompletionStage<Void> listensEverywhere = CompletableFuture.completedFuture(null);
    for (Endpoint endpoint : config.listen()) {
      listensEverywhere = listensEverywhere.thenCompose(done -> bus.listen(endpoint));
    }
    CompletableFuture<DittoBus> started = new CompletableFuture<>();
    listensEverywhere.whenComplete(
        (done, error) -> {
          if (error == null) {
            started.complete(bus);
          } else {
            Throwable cause = error.getCause() == null ? error : error.getCause();
            transport.close().whenComplete((v, e) -> started.completeExceptionally(cause));
          }
        });
    return started;
  }

  /** Gives each accepted link its driver. */
  private record Accepting(NodeContext node) implements Transport.LinkAcceptor {
    @Override
    public LinkHandler accept() {
      return new LinkDriver(node, null);
    }

    @Override
    public void acceptFailed(String remote, String line) {
      log.warn("connection from {} closed: {}", remote, WireText.escape(line));
      node.tellListener(
          "handshakeFailed", l -> l.handshakeFailed(remote, ErrorCode.NOT_AUTHENTICATED));
    }
  }

  private CompletionStage<Void> listen(Endpoint endpoint) {
    return node.transport().listen(endpoint, new Accepting(node)).thenAccept(listening::add);
  }

  @Override
  public DittoAddress localAddress() {
    return node.config().identity().address();
  }

  @Override
  public List<Endpoint> listenEndpoints() {
    return listening.stream().map(Transport.Listening::endpoint).toList();
  }

  @Override
  public List<DittoAddress> peers() {
    return node.peers().addresses();
  }

  @Override
  public void connect(Endpoint endpoint, @Nullable PeerKey peer, @Nullable Object connectCtx) {
    start(new PendingConnect(node, endpoint, peer, false, connectCtx));
  }

  @Override
  public void move(DittoAddress peer, Endpoint endpoint, @Nullable Object connectCtx) {
    checkNotSelf(peer, "has no session");
    start(new PendingConnect(node, endpoint, peer.peerKey(), true, connectCtx));
  }

  private void start(PendingConnect connect) {
    if (!node.peers().begin(connect)) {
      connect.failed(ErrorCode.BUS_CLOSED, "the bus is closed");
      return;
    }
    connect.start();
    node.transport()
        .dial(connect.endpoint(), node.config().connectTimeout(), new LinkDriver(node, connect));
  }

  @Override
  public void openStreamToAddress(
      DittoAddress address,
      StreamOptions options,
      @Nullable ByteBuf firstMessage,
      @Nullable Object openCtx) {
    Objects.requireNonNull(options, "options");
    checkNotSelf(address, "opens no stream");
    ByteBuf first = firstMessage == null ? null : ownCopy(firstMessage);
    PendingOpen open = new PendingOpen(node, address, options, first, openCtx);
    open.start();
    node.peers().submit(open);
  }

  /** What waits must pin nothing but itself, and nobody else may release it. */
  private static ByteBuf ownCopy(ByteBuf message) {
    int bytes = message.readableBytes();
    ByteBuf copy = message.alloc().buffer(bytes, bytes);
    copy.writeBytes(message, message.readerIndex(), bytes);
    message.release();
    return copy;
  }

  private void checkNotSelf(DittoAddress address, String what) {
    if (address.equals(localAddress())) {
      throw new IllegalArgumentException("A bus " + what + " to itself");
    }
  }

  @Override
  public void sendSingleReliableMessage(
      DittoAddress address, ByteBuf data, SingleMessageOptions options, @Nullable Object sendCtx) {
    sendSingle(address, true, data, options, sendCtx);
  }

  @Override
  public void sendSingleUnreliableMessage(
      DittoAddress address, ByteBuf data, SingleMessageOptions options, @Nullable Object sendCtx) {
    sendSingle(address, false, data, options, sendCtx);
  }

  private void sendSingle(
      DittoAddress address,
      boolean reliable,
      ByteBuf data,
      SingleMessageOptions options,
      @Nullable Object sendCtx) {
    Objects.requireNonNull(options, "options");
    checkNotSelf(address, "sends no message");
    node.peers().submit(new PendingSingle(node, address, reliable, data, options, sendCtx));
  }

  @Override
  public void close(Duration deadline) {
    listening.forEach(Transport.Listening::stop);
    node.peers().close(Times.nanos(deadline), this::closeTransport);
    long latest = Times.nanos(deadline) + LINK_GRACE.toNanos();
    OwnerLoop.Timer timer = node.transport().loop().schedule(this::closeTransport, latest);
    closeTimers.add(timer);
    if (closed.get()) {
      timer.cancel();
    }
  }

  private void closeTransport() {
    if (closed.compareAndSet(false, true)) {
      closeTimers.forEach(OwnerLoop.Timer::cancel);
      node.transport()
          .close()
          .whenComplete(
              (done, error) ->
                  node.tell("busClosed", callback -> callback.busClosed(node.closeReport())));
    }
  }
}
