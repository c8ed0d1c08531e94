// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import static org.awaitility.Awaitility.await;

import io.dittobus.api.BusListener;
import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.DittoBusStream;
import io.dittobus.api.DittoBusStreamCallback;
import io.dittobus.api.IncomingStream;
import io.dittobus.api.admission.Admission;
import io.dittobus.api.options.AckMode;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.EnqueueResult;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.MessageResult;
import io.dittobus.api.result.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A bus that listens on loopback, and another one that sends it one message after the other, the
 * next as soon as the last one is acknowledged.
 */
public final class SteadyStream implements AutoCloseable {

  private static final long WITHIN_SECONDS = 20;

  /** What went wrong or ended, in the order in which it was seen. */
  public final Queue<String> surprises = new ConcurrentLinkedQueue<>();

  /** What the listener of the listening bus heard of handshakes. */
  public final Queue<ErrorCode> failedHandshakes = new ConcurrentLinkedQueue<>();

  /** Why the listening bus could not connect, where it was told to. */
  public final Queue<DittoBusException> dialFailures = new ConcurrentLinkedQueue<>();

  private final CompletableFuture<BusCompletionReason> sent = new CompletableFuture<>();
  private final CompletableFuture<BusCompletionReason> received = new CompletableFuture<>();
  private final CompletableFuture<Void> listeningClosed = new CompletableFuture<>();
  private final CompletableFuture<Void> sendingClosed = new CompletableFuture<>();
  private final DittoBus listening;
  private final DittoBus sending;
  private volatile boolean stopping;
  private volatile long lastReceived;
  private volatile long lastAcked;

  SteadyStream(Duration handshakeTimeout) throws Exception {
    this(handshakeTimeout, Admission.insecure());
  }

  SteadyStream(Duration handshakeTimeout, Admission admission) throws Exception {
    this(handshakeTimeout, admission, admission, PeerIdentity.ephemeral());
  }

  /** Each of the two buses has its own choice, and the one that sends this identity. */
  public SteadyStream(
      Duration handshakeTimeout, Admission listens, Admission sends, PeerIdentity sender)
      throws Exception {
    BusOptions options =
        BusOptions.defaults().toBuilder().handshakeTimeout(handshakeTimeout).build();
    listening =
        started(
            TcpBus.builder()
                .listen("127.0.0.1", 0)
                .admission(listens)
                .options(options)
                .listener(new Handshakes())
                .start(new Listening()));
    sending = started(TcpBus.builder().identity(sender).admission(sends).start(new Sending()));
    sending.connect(endpoint(), null);
  }

  /** The listening bus dials. */
  public void dial(Endpoint endpoint) {
    listening.connect(endpoint, null);
  }

  private static DittoBus started(CompletionStage<DittoBus> starting) throws Exception {
    return starting.toCompletableFuture().get(WITHIN_SECONDS, TimeUnit.SECONDS);
  }

  /** Where it listens. */
  public Endpoint endpoint() {
    return listening.listenEndpoints().get(0);
  }

  /** Messages that have arrived. */
  public long lastReceived() {
    return lastReceived;
  }

  /** Sessions of the listening bus. */
  List<DittoAddress> peers() {
    return listening.peers();
  }

  /** Ends the stream in order; returns the reasons at the sender and at the receiver. */
  public List<BusCompletionReason> complete() throws Exception {
    stopping = true;
    List<BusCompletionReason> reasons =
        List.of(
            sent.get(WITHIN_SECONDS, TimeUnit.SECONDS),
            received.get(WITHIN_SECONDS, TimeUnit.SECONDS));
    if (lastAcked != lastReceived) {
      surprises.add("acked " + lastAcked + ", received " + lastReceived);
    }
    return reasons;
  }

  @Override
  public void close() {
    sending.dispose();
    listening.dispose();
    await()
        .atMost(Duration.ofSeconds(WITHIN_SECONDS))
        .until(() -> sendingClosed.isDone() && listeningClosed.isDone());
  }

  private final class Handshakes implements BusListener {
    @Override
    public void handshakeFailed(String remote, ErrorCode code) {
      failedHandshakes.add(code);
    }
  }

  private final class Listening implements DittoBusCallback {
    @Override
    public void newIncomingStream(IncomingStream offered) {
      DittoBusStream stream = offered.accept(Metadata.empty(), FlowOptions.defaults());
      stream.start(new Receiver(), AckMode.AUTOMATIC);
      stream.complete();
      stream.request(Long.MAX_VALUE);
    }

    @Override
    public void connectFailed(@Nullable Object connectCtx, DittoBusException error) {
      dialFailures.add(error);
    }

    @Override
    public void peerDisconnected(DittoAddress peer, StreamEnd end) {
      if (!stopping && peer.equals(sending.localAddress())) {
        surprises.add("the listening bus lost its peer: " + end.describe());
      }
    }

    @Override
    public void busClosed(CloseReport report) {
      listeningClosed.complete(null);
    }
  }

  private final class Sending implements DittoBusCallback {
    @Override
    public void connectSucceeded(@Nullable Object connectCtx, DittoAddress peer) {
      sending.openStreamToAddress(peer, StreamOptions.reliable("steady"), null);
    }

    @Override
    public void connectFailed(@Nullable Object connectCtx, DittoBusException error) {
      surprises.add("not connected: " + error);
    }

    @Override
    public void streamOpenSucceeded(@Nullable Object openCtx, DittoBusStream stream) {
      stream.start(new Sender(), AckMode.AUTOMATIC);
      sendNext(stream);
    }

    @Override
    public void streamOpenFailed(@Nullable Object openCtx, StreamEnd end) {
      surprises.add("not opened: " + end.describe());
    }

    @Override
    public void busClosed(CloseReport report) {
      sendingClosed.complete(null);
    }
  }

  private void sendNext(DittoBusStream stream) {
    if (stopping) {
      stream.complete();
      return;
    }
    ByteBuf message = Unpooled.buffer(8).writeLong(stream.emittedSequence() + 1);
    EnqueueResult result =
        stream.enqueueMessage(
            message,
            (sequence, end) -> {
              lastAcked = sequence;
              if (end == MessageResult.ACKED) {
                sendNext(stream);
              } else {
                surprises.add("message " + sequence + " ended as " + end);
              }
            });
    if (result != EnqueueResult.OK) {
      message.release();
      surprises.add("message was not taken: " + result);
    }
  }

  private final class Sender implements DittoBusStreamCallback {
    @Override
    public void streamMessageReceived(DittoBusStream stream, long sequence, ByteBuf data) {
      surprises.add("the sender received a message");
    }

    @Override
    public void streamClosed(DittoBusStream stream, StreamEnd end) {
      sent.complete(end.reason());
    }
  }

  private final class Receiver implements DittoBusStreamCallback {
    @Override
    public void streamMessageReceived(DittoBusStream stream, long sequence, ByteBuf data) {
      if (sequence != lastReceived + 1 || data.readLong() != sequence) {
        surprises.add("message " + sequence + " came after " + lastReceived);
      }
      lastReceived = sequence;
    }

    @Override
    public void streamClosed(DittoBusStream stream, StreamEnd end) {
      received.complete(end.reason());
    }
  }
}
