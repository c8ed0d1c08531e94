// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.BusListener;
import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.DittoBusStream;
import io.dittobus.api.IncomingMessage;
import io.dittobus.api.IncomingStream;
import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.peer.PeerState;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.test.MemoryBus;
import io.dittobus.test.memory.MemoryConnection;
import io.dittobus.test.memory.Reachability;
import io.dittobus.test.memory.SimulatedNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A whole bus in virtual time that notes what it is told. Takes every stream, unless told else. */
final class SimulatedBus implements DittoBusCallback, BusListener {

  /** Longer than a session waits for a connection. */
  static final Duration BOUND = Duration.ofMinutes(5);

  /** Two identities for the whole run, as which key is larger decides who decides. */
  private static final List<PeerIdentity> BY_KEY =
      Stream.of(PeerIdentity.ephemeral(), PeerIdentity.ephemeral())
          .sorted(Comparator.comparing(PeerIdentity::publicKey))
          .toList();

  final String host;
  final List<DittoAddress> connected = new ArrayList<>();
  final List<DittoBusException> connectFailures = new ArrayList<>();
  final List<StreamEnd> openFailures = new ArrayList<>();
  final List<ErrorCode> handshakeFailures = new ArrayList<>();

  /** The streams opened here and by the other side, started. */
  final List<StreamProbe> opened = new ArrayList<>();

  final List<StreamProbe> accepted = new ArrayList<>();

  /** What became of the single messages sent here, by their context. */
  final Map<String, BusSingleSendResult> singleResults = new LinkedHashMap<>();

  private @Nullable CloseReport report;
  Consumer<IncomingMessage> messageHandler = IncomingMessage::refuse;

  /** How it stood with the other one, one after the other. */
  final List<PeerState> states = new ArrayList<>();

  int sessionsBegun;
  int sessionsEnded;
  int timesClosed;
  int streamsCut;
  FlowOptions flow = FlowOptions.defaults();
  Consumer<IncomingStream> handler = this::accept;
  Consumer<DittoBusStream> opener = stream -> opened.add(StreamProbe.start(stream));

  private final SimulatedNetwork network;
  private @Nullable DittoBus bus;

  private SimulatedBus(SimulatedNetwork network, String host) {
    this.network = network;
    this.host = host;
  }

  /** Starts one; of the two of a network, exactly one has the larger key. */
  static SimulatedBus start(SimulatedNetwork network, String host, boolean largerKey) {
    return start(network, host, largerKey, BusOptions.defaults());
  }

  static SimulatedBus start(
      SimulatedNetwork network, String host, boolean largerKey, BusOptions options) {
    return start(network, host, BY_KEY.get(largerKey ? 1 : 0), options);
  }

  /** Whether its session waits for a connection. */
  boolean isLost() {
    return !states.isEmpty() && states.get(states.size() - 1) instanceof PeerState.Lost;
  }

  boolean hasLargerKey() {
    return bus().localAddress().peerKey().equals(BY_KEY.get(1).publicKey());
  }

  static SimulatedBus start(
      SimulatedNetwork network, String host, PeerIdentity identity, BusOptions options) {
    SimulatedBus started = new SimulatedBus(network, host);
    MemoryBus.on(network, host)
        .identity(identity)
        .options(options)
        .listener(started)
        .start(started)
        .thenAccept(bus -> started.bus = bus);
    network.runUntil(() -> started.bus != null, BOUND);
    return started;
  }

  DittoBus bus() {
    DittoBus running = bus;
    if (running == null) {
      throw new AssertionError("not started");
    }
    return running;
  }

  /** From now on no two hosts find each other any more. */
  static void loseForGood(SimulatedNetwork network, SimulatedBus... buses) {
    for (SimulatedBus bus : buses) {
      network.reachability(bus.host, Reachability.REFUSING);
    }
    network.connections().forEach(MemoryConnection::cut);
  }

  void connect(SimulatedBus other) {
    bus().connect(MemoryBus.endpoint(other.host), "connect");
  }

  /** Connects, and runs until both have the session. */
  void connectAndWait(SimulatedBus other) {
    connect(other);
    network.runUntil(() -> sessionsBegun > 0 && other.sessionsBegun > 0, BOUND);
  }

  void open(SimulatedBus other) {
    open(other, StreamOptions.reliable("test"));
  }

  void open(SimulatedBus other, StreamOptions options) {
    bus().openStreamToAddress(other.bus().localAddress(), options, "open");
  }

  /** Opens a stream, and runs until both have it. */
  StreamProbe openAndWait(SimulatedBus other) {
    return openAndWait(other, StreamOptions.reliable("test"));
  }

  StreamProbe openAndWait(SimulatedBus other, StreamOptions options) {
    int before = opened.size();
    int acceptedBefore = other.accepted.size();
    open(other, options);
    network.runUntil(() -> opened.size() > before && other.accepted.size() > acceptedBefore, BOUND);
    return opened.get(before);
  }

  /** Ends everything, and checks that nothing was told twice and nothing is left. */
  static void disposeAll(SimulatedNetwork network, SimulatedBus... buses) {
    for (SimulatedBus each : buses) {
      each.bus().dispose();
    }
    for (SimulatedBus each : buses) {
      network.runUntil(() -> each.timesClosed > 0, BOUND);
    }
    network.close();
    for (SimulatedBus each : buses) {
      assertThat(each.timesClosed).as("closed, seed %d", network.seed()).isEqualTo(1);
      assertThat(each.sessionsEnded).as("seed %d", network.seed()).isEqualTo(each.sessionsBegun);
      assertThat(each.bus().peers()).as("seed %d", network.seed()).isEmpty();
    }
    assertThat(network.bufferBytesInUse()).as("leaked, seed %d", network.seed()).isZero();
  }

  private void accept(IncomingStream offered) {
    accepted.add(StreamProbe.start(offered.accept(Metadata.empty(), flow)));
  }

  @Override
  public void connectSucceeded(@Nullable Object connectCtx, DittoAddress peer) {
    connected.add(peer);
  }

  @Override
  public void connectFailed(@Nullable Object connectCtx, DittoBusException error) {
    connectFailures.add(error);
  }

  @Override
  public void peerConnected(DittoAddress peer) {
    sessionsBegun++;
  }

  @Override
  public void peerDisconnected(DittoAddress peer, StreamEnd end) {
    sessionsEnded++;
  }

  @Override
  public void peerStateChanged(DittoAddress peer, PeerState state) {
    states.add(state);
  }

  @Override
  public void streamOpenSucceeded(@Nullable Object openCtx, DittoBusStream stream) {
    opener.accept(stream);
  }

  @Override
  public void streamOpenFailed(@Nullable Object openCtx, StreamEnd end) {
    openFailures.add(end);
  }

  @Override
  public void newIncomingStream(IncomingStream stream) {
    handler.accept(stream);
  }

  @Override
  public void singleMessageReceived(IncomingMessage message) {
    messageHandler.accept(message);
  }

  @Override
  public void finishedSendingSingleMessage(
      @Nullable Object sendCtx, ReliabilityMode reliability, BusSingleSendResult result) {
    BusSingleSendResult before = singleResults.put(String.valueOf(sendCtx), result);
    assertThat(before).as("a second end of %s", sendCtx).isNull();
  }

  CloseReport report() {
    CloseReport last = report;
    if (last == null) {
      throw new AssertionError("not closed");
    }
    return last;
  }

  @Override
  public void busClosed(CloseReport closed) {
    timesClosed++;
    report = closed;
    streamsCut = closed.streamsCut();
  }

  @Override
  public void handshakeFailed(String remote, ErrorCode code) {
    handshakeFailures.add(code);
  }
}
