// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusFactory;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.peer.PeerState;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.DittoBusException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A node of the bus, for users of Reactor. Connects to peers, opens streams to them, and takes the
 * streams that they open.
 *
 * <p>All methods may be called from any thread and never block; what returns a Mono or a Flux acts
 * when that is subscribed to. Errors are {@link io.dittobus.api.result.DittoBusException}s, with a
 * code that the docs explain.
 */
public final class ReactorBus implements Disposable {

  /** How long {@link #close()} waits for the streams to drain. */
  public static final Duration DEFAULT_CLOSE_DEADLINE = Duration.ofSeconds(10);

  private final DittoBus bus;
  private final BusEvents events;

  private ReactorBus(DittoBus bus, BusEvents events) {
    this.bus = bus;
    this.events = events;
  }

  /**
   * Starts a bus at each subscription; completes with it once it listens. If it is cancelled
   * before, the bus is disposed of as soon as it is up.
   */
  public static Mono<ReactorBus> start(DittoBusFactory factory) {
    return PendingResult.mono(
        pending -> {
          BusEvents events = new BusEvents();
          factory
              .start(events)
              .whenComplete(
                  (bus, error) -> {
                    if (error != null) {
                      pending.fail(cause(error));
                    } else {
                      pending.complete(new ReactorBus(bus, events));
                    }
                  });
        },
        ReactorBus::dispose);
  }

  private static Throwable cause(Throwable error) {
    Throwable cause = error.getCause();
    return error instanceof CompletionException && cause != null ? cause : error;
  }

  /** The address of this node. */
  public DittoAddress address() {
    return bus.localAddress();
  }

  /**
   * Where this node listens, with the ports that the system chose for 0. Empty if it does not
   * listen.
   */
  public List<Endpoint> listenEndpoints() {
    return bus.listenEndpoints();
  }

  /** The peers that this node has a session with now. */
  public List<DittoAddress> peers() {
    return bus.peers();
  }

  /**
   * How this node stands with a peer: how it is now, if it ever met or dialled it, then each
   * change. A connection that is lost and comes back is seen here, while the streams only pause.
   * Who is slow gets the latest. Completes when this node is closed.
   */
  public Flux<PeerState> peerStates(DittoAddress peer) {
    return events.peerStates().of(peer);
  }

  /** The bus beneath. */
  public DittoBus unwrap() {
    return bus;
  }

  /** {@link #connect(Endpoint)}. */
  public Mono<DittoAddress> connect(String host, int port) {
    return Mono.defer(() -> connect(new Endpoint(host, port)));
  }

  /**
   * Dials an endpoint at each subscription; completes with the peer that answered. Succeeds at once
   * if there is a session with that peer. Cancelling gives up the wait, not the session.
   */
  public Mono<DittoAddress> connect(Endpoint endpoint) {
    return PendingResult.mono(pending -> bus.connect(endpoint, pending), peer -> {});
  }

  /**
   * Dials a peer whose key is known: as {@link #connect(Endpoint)}, but fails with {@code
   * NOT_ADMITTED} if another one answers there.
   */
  public Mono<DittoAddress> connect(Endpoint endpoint, PeerKey expected) {
    return PendingResult.mono(pending -> bus.connect(endpoint, expected, pending), peer -> {});
  }

  /**
   * Moves the session with a peer to a connection that is made for it at each subscription, though
   * the present one may work: to another address or path, say. Nothing is lost; if it fails all
   * stays as it is. See {@link DittoBus#move}.
   */
  public Mono<DittoAddress> move(DittoAddress peer, Endpoint endpoint) {
    return PendingResult.mono(pending -> bus.move(peer, endpoint, pending), answered -> {});
  }

  /**
   * Opens a stream at each subscription. A session with the peer is waited for, up to the option
   * {@code openTimeout} in all. Fails with a {@link io.dittobus.api.result.StreamException} that
   * tells why, or with an {@code IllegalArgumentException} if the peer is this node itself. If it
   * is cancelled before the answer, the stream is disposed of when it comes.
   */
  public Mono<ReactorStream> openStream(DittoAddress peer, StreamOptions options) {
    return PendingResult.mono(
        pending -> bus.openStreamToAddress(peer, options, pending), ReactorStream::dispose);
  }

  /**
   * Opens a stream at each subscription with its first message, which travels with the opening: see
   * {@link DittoBus#openStreamToAddress(DittoAddress, StreamOptions, ByteBuf, Object)}. Otherwise
   * as {@link #openStream(DittoAddress, StreamOptions)}. The array must not be changed afterwards.
   */
  public Mono<ReactorStream> openStream(
      DittoAddress peer, StreamOptions options, byte[] firstMessage) {
    return PendingResult.mono(
        pending -> {
          ByteBuf first = Unpooled.wrappedBuffer(firstMessage);
          bus.openStreamToAddress(peer, options, first, pending);
        },
        ReactorStream::dispose);
  }

  /**
   * {@link #sendMessage(DittoAddress, ByteBuf, SingleMessageOptions)} of an array, at each
   * subscription, with this label and nothing else. The array must not be changed before the end.
   */
  public Mono<Void> sendMessage(DittoAddress peer, String label, byte[] message) {
    return Mono.defer(
        () ->
            sendMessage(peer, Unpooled.wrappedBuffer(message), SingleMessageOptions.label(label)));
  }

  /**
   * Sends a single message, reliably. Completes when the remote application has consumed it; fails
   * with a {@link DittoBusException} whose code tells its fate: {@code UNREACHABLE}, {@code
   * MESSAGE_REFUSED}, {@code MESSAGE_TOO_LARGE}, {@code OVERFLOW} or {@code UNKNOWN}; or with an
   * {@code IllegalArgumentException} if the peer is this node itself. Cancelling does not take the
   * message back.
   *
   * @param message belongs to the bus from the subscription on, whatever happens; to be subscribed
   *     to once
   */
  public Mono<Void> sendMessage(DittoAddress peer, ByteBuf message, SingleMessageOptions options) {
    return single(
            message, pending -> bus.sendSingleReliableMessage(peer, message, options, pending))
        .flatMap(ReactorBus::orError);
  }

  private static Mono<Void> orError(BusSingleSendResult result) {
    return result.isSuccess()
        ? Mono.empty()
        : Mono.error(new DittoBusException(result.errorCode(), result.errorCode().cause()));
  }

  /**
   * {@link #sendUnreliableMessage(DittoAddress, ByteBuf, SingleMessageOptions)} of an array, at
   * each subscription, with this label and nothing else. The array must not be changed before the
   * end.
   */
  public Mono<BusSingleSendResult> sendUnreliableMessage(
      DittoAddress peer, String label, byte[] message) {
    return Mono.defer(
        () ->
            sendUnreliableMessage(
                peer, Unpooled.wrappedBuffer(message), SingleMessageOptions.label(label)));
  }

  /**
   * Sends a single message if it can go now, and drops it otherwise. Completes with what became of
   * it: {@code TRANSMITTED}, {@code DROPPED} or {@code TOO_LARGE}; fails with an {@code
   * IllegalArgumentException} if the peer is this node itself.
   *
   * @param message belongs to the bus from the subscription on, whatever happens; to be subscribed
   *     to once
   */
  public Mono<BusSingleSendResult> sendUnreliableMessage(
      DittoAddress peer, ByteBuf message, SingleMessageOptions options) {
    return single(
        message, pending -> bus.sendSingleUnreliableMessage(peer, message, options, pending));
  }

  private static Mono<BusSingleSendResult> single(
      ByteBuf message, Consumer<PendingResult<BusSingleSendResult>> send) {
    return PendingResult.mono(
        pending -> {
          try {
            send.accept(pending);
          } catch (RuntimeException wrong) { // then it was not taken
            message.release();
            throw wrong;
          }
        },
        result -> {});
  }

  /** The way to handle the single messages that peers send for this label. */
  public MessageRoute messages(String label) {
    return new MessageRoute(events, label);
  }

  /** The way to handle the streams that peers open for this label. */
  public StreamRoute streams(String label) {
    return new StreamRoute(events, label);
  }

  /** {@link #incomingStreams(FlowOptions)} with the default bounds. */
  public Flux<ReactorStream> incomingStreams() {
    return incomingStreams(FlowOptions.defaults());
  }

  /**
   * The streams that peers open for labels without a handler, of all peers. Each one that was
   * requested is accepted; further ones are refused with {@code REFUSED_LIMIT}, so that the demand
   * is the limit. While there is no subscriber they are refused with {@code REFUSED_NO_HANDLER}.
   * Completes when the bus is closed. One subscriber at a time; another gets an {@code
   * IllegalStateException}. Whoever gets a stream closes or disposes of it.
   *
   * @param flow bounds of this end of each stream
   */
  public Flux<ReactorStream> incomingStreams(FlowOptions flow) {
    return events.incoming().flux(flow, events);
  }

  /** {@link #close(Duration)} within 10 s. */
  public Mono<Void> close() {
    return close(DEFAULT_CLOSE_DEADLINE);
  }

  /**
   * Closes the node: nothing new is opened or taken, all streams are drained in both directions,
   * and what is not done by the deadline is cut. Completes when it is closed, soon after the
   * deadline at the latest (3 s if a peer does not answer); {@link #closeReport()} tells what could
   * not be brought to its end.
   *
   * @param deadline how long to wait, from the subscription on
   */
  public Mono<Void> close(Duration deadline) {
    return Mono.defer(
        () -> {
          bus.close(deadline);
          return onDispose();
        });
  }

  /** Closes the node at once, cutting everything. */
  @Override
  public void dispose() {
    bus.dispose();
  }

  /** Whether the node is closed. */
  @Override
  public boolean isDisposed() {
    return events.isClosed();
  }

  /** Completes when the node is closed, whoever closed it. */
  public Mono<Void> onDispose() {
    return events.closed().then();
  }

  /** What could not be brought to its end: comes when the node is closed. */
  public Mono<CloseReport> closeReport() {
    return events.closed();
  }

  /** The address of the node. */
  @Override
  public String toString() {
    return "bus " + address();
  }
}
