// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import io.dittobus.api.DittoBusStream;
import io.dittobus.api.options.AckMode;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.MessageOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.Priority;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.StreamCounts;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.reactor.codec.Codec;
import io.dittobus.reactor.codec.Codecs;
import io.dittobus.reactor.inbound.InboundFlux;
import io.dittobus.reactor.inbound.InboundSide;
import io.dittobus.reactor.outbound.BusSink;
import io.dittobus.reactor.outbound.OutboundSide;
import io.dittobus.reactor.outbound.SendOptions;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * One stream with one peer: a Flux of what the peer sends, and ways to send to it. Both directions
 * end on their own; the stream is over when both have.
 *
 * <p>All methods may be called from any thread and never block; what returns a Mono acts when that
 * is subscribed to.
 */
public final class ReactorStream implements Disposable {

  /** How long {@link #close()} waits for the stream to drain. */
  public static final Duration DEFAULT_CLOSE_DEADLINE = Duration.ofSeconds(10);

  private final DittoBusStream stream;
  private final InboundSide inbound;
  private final OutboundSide outbound;
  private final StreamSignals signals;

  private ReactorStream(DittoBusStream stream, boolean handled) {
    this.stream = stream;
    this.inbound = new InboundSide(stream, handled);
    this.outbound = new OutboundSide(stream);
    this.signals = new StreamSignals(inbound, outbound);
  }

  /**
   * The view of a stream that was not started before.
   *
   * @param handled whether a handler owns the stream, whose outcome decides how it ends
   */
  static ReactorStream of(DittoBusStream stream, boolean handled) {
    ReactorStream view = new ReactorStream(stream, handled);
    // By hand, whatever the receiver will choose: messages come only when they are requested, and
    // by then it is known
    // who acknowledges them, and when.
    stream.start(view.signals, AckMode.MANUAL);
    return view;
  }

  /** The stream's id, an unsigned number, unique among the streams with this peer. */
  public long streamID() {
    return stream.streamID();
  }

  /** The peer at the other end. */
  public DittoAddress peer() {
    return stream.peer();
  }

  /** What the stream is for. */
  public String label() {
    return stream.label();
  }

  /** What the other side sent with the opening (or with its acceptance). */
  public Metadata remoteMetadata() {
    return stream.remoteMetadata();
  }

  /** What is promised for its messages. */
  public ReliabilityMode reliability() {
    return stream.reliability();
  }

  /** The bounds of this end. */
  public FlowOptions flow() {
    return stream.flow();
  }

  /** Largest message that may be sent, in bytes. */
  public int maxMessageSize() {
    return stream.maxMessageSize();
  }

  /**
   * Messages that the other side has allowed so far, in all; {@code Long.MAX_VALUE} if unbounded.
   */
  public long grantedMessages() {
    return stream.grantedMessages();
  }

  /** Sequence of the last message emitted here, 0 if none. */
  public long emittedSequence() {
    return stream.emittedSequence();
  }

  /** Sequence up to which messages are on the wire, 0 if none. */
  public long sentSequence() {
    return outbound.sentSequence();
  }

  /** Sequence up to which the remote application has consumed messages, 0 if none. */
  public long ackedSequence() {
    return outbound.ackedSequence();
  }

  /**
   * Messages that may be emitted now without waiting, or being dropped, for want of the other
   * side's demand; {@code Long.MAX_VALUE} if unbounded.
   */
  public long availableCredit() {
    return stream.availableCredit();
  }

  /** Messages emitted here and dropped before they were on the wire; 0 in a reliable stream. */
  public long droppedMessages() {
    return stream.droppedMessages();
  }

  /** Counts the messages of both directions, all as of one moment. Also when the stream is over. */
  public Mono<StreamCounts> counts() {
    return Mono.fromCompletionStage(stream::counts);
  }

  /**
   * Changes how what this end sends shares the link with other streams.
   *
   * @param weight relative to the others of that class, 1 to {@value FlowOptions#MAX_WEIGHT}
   * @throws IllegalArgumentException if the weight is outside of its range
   */
  public void prioritize(Priority priority, int weight) {
    stream.prioritize(priority, weight);
  }

  /** The stream beneath. What is done to it directly is done behind the back of this view. */
  public DittoBusStream unwrap() {
    return stream;
  }

  /** What the peer sends. One subscriber; see {@link InboundFlux}. */
  public InboundFlux receive() {
    return inbound.receive();
  }

  /**
   * {@link #send(Publisher, Codec, SendOptions)} of arrays, which must not be changed afterwards.
   */
  public Mono<Void> send(Publisher<byte[]> messages) {
    return send(messages, Codecs.bytes());
  }

  /** {@link #send(Publisher, Codec, SendOptions)} with the default options. */
  public <T> Mono<Void> send(Publisher<? extends T> messages, Codec<T> codec) {
    return send(messages, codec, SendOptions.defaults());
  }

  /**
   * {@link #send(Publisher, Codec, SendOptions)} of arrays, which must not be changed afterwards.
   */
  public Mono<Void> send(Publisher<byte[]> messages, SendOptions options) {
    return send(messages, Codecs.bytes(), options);
  }

  /**
   * Sends what a publisher has. Never more is taken and requested than the other side has asked for
   * (and the explicit prefetch), nor more than the stream's queue takes; all senders of a stream
   * share this, and take turns with who waits in the sink's {@link BusSink#emit}, message by
   * message. In the unreliable modes the publisher is asked for everything.
   *
   * <p>Ends in one of these ways:
   *
   * <ul>
   *   <li>completes when the publisher has, and all its messages have been taken over; the stream
   *       stays open
   *   <li>completes when the other side cancels, which cancels the publisher: {@link #onClose()}
   *       and {@link #sentSequence()} tell how far it came
   *   <li>fails with what the publisher, or the codec, failed with, or with {@code
   *       MESSAGE_TOO_LARGE}: the publisher is cancelled, the stream stays open
   *   <li>fails with a {@link io.dittobus.api.result.StreamException} if the direction ends in any
   *       other way, which cancels the publisher; or with {@code TERMINATED} if it had been ended
   *       at this side
   * </ul>
   *
   * Cancelling it cancels the publisher, and the stream stays open. Messages that were taken from
   * the publisher and could not be sent go to {@code doOnDiscard}; buffers are released. The
   * publisher sees the Reactor context of the one who subscribes here.
   */
  public <T> Mono<Void> send(Publisher<? extends T> messages, Codec<T> codec, SendOptions options) {
    return send(messages, codec, message -> MessageOptions.none(), options);
  }

  /**
   * The same with options for each message, such as its metadata or time to live.
   *
   * @param optionsOf gives the options of a value, before it is encoded; if it throws, so does the
   *     codec, as it were
   */
  public <T> Mono<Void> send(
      Publisher<? extends T> messages,
      Codec<T> codec,
      Function<? super T, MessageOptions> optionsOf,
      SendOptions options) {
    return outbound.send(messages, codec, optionsOf, options, false);
  }

  /**
   * {@link #sendAndComplete(Publisher, Codec, SendOptions)} of arrays, which must not be changed
   * afterwards.
   */
  public Mono<Void> sendAndComplete(Publisher<byte[]> messages) {
    return sendAndComplete(messages, Codecs.bytes());
  }

  /** {@link #sendAndComplete(Publisher, Codec, SendOptions)} with the default options. */
  public <T> Mono<Void> sendAndComplete(Publisher<? extends T> messages, Codec<T> codec) {
    return sendAndComplete(messages, codec, SendOptions.defaults());
  }

  /**
   * {@link #sendAndComplete(Publisher, Codec, SendOptions)} of arrays, which must not be changed
   * afterwards.
   */
  public Mono<Void> sendAndComplete(Publisher<byte[]> messages, SendOptions options) {
    return sendAndComplete(messages, Codecs.bytes(), options);
  }

  /**
   * {@link #send(Publisher, Codec, SendOptions)}, and then ends this direction. Differs from it in
   * this:
   *
   * <ul>
   *   <li>completes when the other side has acknowledged everything and the end
   *   <li>if the publisher fails, or the codec, or a message is too large, so does the other side,
   *       with code 0 and the message of that error: what it has is not the whole
   *   <li>if it is cancelled before the publisher has completed, the other side fails too, with
   *       code 0
   * </ul>
   */
  public <T> Mono<Void> sendAndComplete(
      Publisher<? extends T> messages, Codec<T> codec, SendOptions options) {
    return sendAndComplete(messages, codec, message -> MessageOptions.none(), options);
  }

  /**
   * The same with options for each message, such as its metadata or time to live.
   *
   * @param optionsOf as in {@link #send(Publisher, Codec, Function, SendOptions)}
   */
  public <T> Mono<Void> sendAndComplete(
      Publisher<? extends T> messages,
      Codec<T> codec,
      Function<? super T, MessageOptions> optionsOf,
      SendOptions options) {
    return outbound.send(messages, codec, optionsOf, options, true);
  }

  /** Emits messages one by one. Always the same sink. */
  public BusSink sink() {
    return outbound.sink();
  }

  /** How the stream ended, once it has; never fails. */
  public Mono<StreamEnd> onClose() {
    return signals.closed();
  }

  /** {@link #close(Duration)} within 10 s. */
  public Mono<Void> close() {
    return close(DEFAULT_CLOSE_DEADLINE);
  }

  /**
   * Closes the stream in order: completes the sending direction, asks the other side to complete
   * its own, lets both drain, and cuts what is left at the deadline. Completes when the stream is
   * over, however it ended: see {@link #onClose()}.
   *
   * <p>Nothing more is taken from here on. What waits for room in the sink's {@link BusSink#emit}
   * was taken in before, so it goes first; what still waits at the deadline is {@code NOT_SENT}. A
   * {@link #send} that has not come to its end fails.
   *
   * @param deadline how long to wait, from the subscription on
   */
  public Mono<Void> close(Duration deadline) {
    Objects.requireNonNull(deadline, "deadline");
    return Mono.defer(
        () -> {
          outbound.close(deadline);
          return onClose().then();
        });
  }

  /** Cuts both directions at once. */
  @Override
  public void dispose() {
    stream.dispose();
  }

  /** Whether the stream is over. */
  @Override
  public boolean isDisposed() {
    return signals.isClosed();
  }

  /**
   * The handler is done: what it emitted is sent, and what it has not received it does not want.
   */
  void handlerCompleted() {
    outbound.tryComplete();
    inbound.cancel();
  }

  /** The handler failed: so does the stream, at both ends. */
  void handlerFailed(long code, String text) {
    inbound.fail(code, text);
  }

  /** The id and the peer. */
  @Override
  public String toString() {
    return "stream " + Long.toUnsignedString(streamID()) + " with " + peer();
  }
}
