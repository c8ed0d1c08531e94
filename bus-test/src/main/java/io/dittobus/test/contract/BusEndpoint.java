// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.contract;

import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.DittoBusStream;
import io.dittobus.api.IncomingMessage;
import io.dittobus.api.IncomingStream;
import io.dittobus.api.options.AckMode;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One bus, which notes what it is told. Accepts every stream and notes every message, unless told
 * else. Any thread.
 */
final class BusEndpoint implements DittoBusCallback {

  final List<DittoAddress> connected = new CopyOnWriteArrayList<>();
  final List<DittoBusException> connectFailures = new CopyOnWriteArrayList<>();
  final List<StreamEndpoint> opened = new CopyOnWriteArrayList<>();
  final List<StreamEndpoint> accepted = new CopyOnWriteArrayList<>();
  final List<IncomingStream> offers = new CopyOnWriteArrayList<>();
  final List<StreamEnd> openFailures = new CopyOnWriteArrayList<>();
  final List<String> messages = new CopyOnWriteArrayList<>();
  final Map<Object, BusSingleSendResult> results = new ConcurrentHashMap<>();
  final AtomicInteger peersConnected = new AtomicInteger();
  final AtomicInteger peersDisconnected = new AtomicInteger();
  final Queue<CloseReport> reports = new ConcurrentLinkedQueue<>();
  final Queue<String> violations = new ConcurrentLinkedQueue<>();

  volatile Consumer<IncomingStream> streamHandler = this::accept;
  volatile Consumer<IncomingMessage> messageHandler = this::note;
  volatile FlowOptions flow = FlowOptions.defaults();
  volatile AckMode ackMode = AckMode.AUTOMATIC;
  private volatile @Nullable DittoBus bus;

  DittoBus bus() {
    return Objects.requireNonNull(bus, "not started");
  }

  void started(DittoBus running) {
    bus = running;
  }

  CloseReport report() {
    return Objects.requireNonNull(reports.peek(), "not closed");
  }

  DittoAddress address() {
    return bus().localAddress();
  }

  /** Sends a single message whose text is also the context of its result. */
  void single(BusEndpoint to, String text, boolean reliable, SingleMessageOptions options) {
    ByteBuf data = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    if (reliable) {
      bus().sendSingleReliableMessage(to.address(), data, options, text);
    } else {
      bus().sendSingleUnreliableMessage(to.address(), data, options, text);
    }
  }

  void accept(IncomingStream offer) {
    accepted.add(
        new StreamEndpoint(offer.accept(Metadata.of("from", "acceptor"), flow)).start(ackMode));
  }

  void note(IncomingMessage message) {
    messages.add(message.data().toString(StandardCharsets.UTF_8));
  }

  @Override
  public void connectSucceeded(@Nullable Object ctx, DittoAddress peer) {
    connected.add(peer);
  }

  @Override
  public void connectFailed(@Nullable Object ctx, DittoBusException error) {
    connectFailures.add(error);
  }

  @Override
  public void peerConnected(DittoAddress peer) {
    peersConnected.incrementAndGet();
  }

  @Override
  public void peerDisconnected(DittoAddress peer, StreamEnd why) {
    peersDisconnected.incrementAndGet();
  }

  @Override
  public void streamOpenSucceeded(@Nullable Object ctx, DittoBusStream stream) {
    opened.add(new StreamEndpoint(stream).start(ackMode));
  }

  @Override
  public void streamOpenFailed(@Nullable Object ctx, StreamEnd why) {
    openFailures.add(why);
  }

  @Override
  public void newIncomingStream(IncomingStream stream) {
    offers.add(stream);
    streamHandler.accept(stream);
  }

  @Override
  public void singleMessageReceived(IncomingMessage message) {
    messageHandler.accept(message);
  }

  @Override
  public void finishedSendingSingleMessage(
      @Nullable Object ctx, ReliabilityMode reliability, BusSingleSendResult result) {
    if (results.put(Objects.requireNonNull(ctx), result) != null) {
      violations.add("single message " + ctx + " ended twice");
    }
    boolean fits =
        switch (result) {
          case DELIVERED, UNREACHABLE, UNKNOWN, REFUSED -> reliability.isReliable();
          case TRANSMITTED, DROPPED -> !reliability.isReliable();
          case TOO_LARGE, OVERFLOW -> true;
        };
    if (!fits) {
      violations.add(reliability + " message " + ctx + " ended as " + result);
    }
  }

  @Override
  public void busClosed(CloseReport report) {
    reports.add(report);
  }
}
