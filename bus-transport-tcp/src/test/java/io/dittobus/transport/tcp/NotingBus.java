// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import static org.awaitility.Awaitility.await;

import io.dittobus.api.BusListener;
import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.admission.Admission;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A bus that listens on loopback, and notes what it is told of connections. */
public final class NotingBus implements DittoBusCallback, BusListener, AutoCloseable {

  private static final Duration BOUND = Duration.ofSeconds(20);

  public final Queue<DittoAddress> connected = new ConcurrentLinkedQueue<>();
  public final Queue<DittoBusException> failures = new ConcurrentLinkedQueue<>();
  public final Queue<ErrorCode> handshakesFailed = new ConcurrentLinkedQueue<>();
  public final Queue<DittoAddress> began = new ConcurrentLinkedQueue<>();
  public final Queue<DittoAddress> ended = new ConcurrentLinkedQueue<>();
  public final PeerIdentity identity = PeerIdentity.ephemeral();
  private final CompletableFuture<CloseReport> closed = new CompletableFuture<>();
  public final DittoBus bus;

  private NotingBus(UnaryOperator<TcpBus.Builder> settings) throws Exception {
    TcpBus.Builder builder = TcpBus.builder().identity(identity).listener(this);
    bus = settings.apply(builder).start(this).toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** Starts one. */
  public static NotingBus start(UnaryOperator<TcpBus.Builder> settings) throws Exception {
    return new NotingBus(settings);
  }

  /** Starts one that listens at a port of the system's choice. */
  public static NotingBus start(Admission admission, boolean preferNative) throws Exception {
    return start(
        builder -> builder.listen("127.0.0.1", 0).admission(admission).preferNative(preferNative));
  }

  /** Where it listens. */
  public Endpoint endpoint() {
    return bus.listenEndpoints().get(0);
  }

  /** Dials another one, of which it knows the key; {@link #connected} has it then. */
  public void connect(NotingBus other) {
    bus.connect(other.endpoint(), other.identity.publicKey(), null);
  }

  /** The one connect that it has tried has failed, with this. */
  public DittoBusException awaitFailure() {
    await().atMost(BOUND).until(() -> !failures.isEmpty() || !connected.isEmpty());
    if (failures.size() != 1 || !connected.isEmpty()) {
      throw new AssertionError("connected " + connected + ", failed " + failures);
    }
    return failures.element();
  }

  @Override
  public void connectSucceeded(@Nullable Object connectCtx, DittoAddress peer) {
    connected.add(peer);
  }

  @Override
  public void connectFailed(@Nullable Object connectCtx, DittoBusException error) {
    failures.add(error);
  }

  @Override
  public void handshakeFailed(String remote, ErrorCode code) {
    handshakesFailed.add(code);
  }

  @Override
  public void sessionStarted(DittoAddress peer) {
    began.add(peer);
  }

  @Override
  public void sessionEnded(DittoAddress peer, StreamEnd end) {
    ended.add(peer);
  }

  @Override
  public void busClosed(CloseReport report) {
    closed.complete(report);
  }

  @Override
  public void close() throws Exception {
    bus.dispose();
    CloseReport unused = closed.get(20, TimeUnit.SECONDS);
  }
}
