// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.fake;

import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.DittoBusStream;
import io.dittobus.api.IncomingStream;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.BusCompletionReason;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A bus without a network: what it is asked to do is kept, and the test answers. */
public final class FakeBus implements DittoBus {

  /** What was asked for. */
  public record Call(Object target, @Nullable Object ctx) {}

  public final DittoBusCallback callback;
  public final TaskQueue tasks = new TaskQueue();
  public final List<Call> connects = new ArrayList<>();
  public final List<Call> opens = new ArrayList<>();
  public final List<Call> sends = new ArrayList<>();
  public final List<Duration> closes = new ArrayList<>();
  private final DittoAddress address = PeerIdentity.ephemeral().address();

  public FakeBus(DittoBusCallback callback) {
    this.callback = callback;
  }

  /** A peer opens a stream. */
  public Incoming open(String label) {
    Incoming incoming = new Incoming(label);
    callback.newIncomingStream(incoming);
    return incoming;
  }

  @Override
  public DittoAddress localAddress() {
    return address;
  }

  @Override
  public List<Endpoint> listenEndpoints() {
    return List.of(new Endpoint("127.0.0.1", 1));
  }

  @Override
  public List<DittoAddress> peers() {
    return List.of();
  }

  @Override
  public void connect(Endpoint endpoint, @Nullable PeerKey peer, @Nullable Object connectCtx) {
    connects.add(new Call(endpoint, connectCtx));
  }

  @Override
  public void move(DittoAddress peer, Endpoint endpoint, @Nullable Object connectCtx) {
    connects.add(new Call(endpoint, connectCtx));
  }

  @Override
  public void openStreamToAddress(
      DittoAddress peer,
      StreamOptions options,
      @Nullable ByteBuf firstMessage,
      @Nullable Object openCtx) {
    if (peer.equals(address)) {
      throw new IllegalArgumentException("own address");
    }
    opens.add(new Call(options, openCtx));
  }

  @Override
  public void sendSingleReliableMessage(
      DittoAddress peer, ByteBuf data, SingleMessageOptions options, @Nullable Object sendCtx) {
    send(peer, data, options, sendCtx);
  }

  @Override
  public void sendSingleUnreliableMessage(
      DittoAddress peer, ByteBuf data, SingleMessageOptions options, @Nullable Object sendCtx) {
    send(peer, data, options, sendCtx);
  }

  private void send(
      DittoAddress peer, ByteBuf data, SingleMessageOptions options, @Nullable Object sendCtx) {
    if (peer.equals(address)) {
      throw new IllegalArgumentException("own address");
    }
    data.release();
    sends.add(new Call(options, sendCtx));
  }

  @Override
  public void close(Duration deadline) {
    closes.add(deadline);
  }

  /** A stream that a peer asks for. */
  public final class Incoming implements IncomingStream {
    private final String label;
    public @Nullable FakeStream accepted;
    public @Nullable FlowOptions flow;
    public @Nullable BusCompletionReason refused;

    Incoming(String label) {
      this.label = label;
    }

    @Override
    public long streamID() {
      return 1;
    }

    @Override
    public DittoAddress peer() {
      return address;
    }

    @Override
    public String label() {
      return label;
    }

    @Override
    public Metadata metadata() {
      return Metadata.empty();
    }

    @Override
    public ReliabilityMode reliability() {
      return ReliabilityMode.RELIABLE;
    }

    @Override
    public DittoBusStream accept(Metadata metadata, FlowOptions newFlow) {
      if (accepted != null || refused != null) {
        throw new IllegalStateException("decided before");
      }
      flow = newFlow;
      accepted = new FakeStream(tasks, newFlow, label);
      return accepted;
    }

    @Override
    public void refuse(BusCompletionReason reason, String text) {
      if (accepted == null && refused == null) {
        refused = reason;
      }
    }
  }
}
