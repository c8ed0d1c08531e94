// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
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
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.EnqueueResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.OpenSsl;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What TLS and resuming cost: one reliable stream with unbounded demand, both ends in this process,
 * in plaintext without and with resuming, and with resuming over the platform's TLS and BoringSSL,
 * in turns. Figures of one run compare with each other only.
 */
final class TransferCost {

  private static final int ROUNDS = 3;
  private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final int[] SIZES = {64, 16 * 1024};

  private enum Kind {
    NO_RESUMING(Admission.insecure(), false, Duration.ZERO),
    PLAINTEXT(Admission.insecure(), false, BusOptions.defaults().resumeWindow()),
    JDK(Admission.anyone(), false, BusOptions.defaults().resumeWindow()),
    BORING_SSL(Admission.anyone(), true, BusOptions.defaults().resumeWindow());

    final Admission admission;
    final boolean preferNative;
    final BusOptions options;

    Kind(Admission admission, boolean preferNative, Duration resumeWindow) {
      this.admission = admission;
      this.preferNative = preferNative;
      this.options = BusOptions.defaults().toBuilder().resumeWindow(resumeWindow).build();
    }
  }

  /** Of a round: messages per second, and for each message CPU nanoseconds and heap bytes. */
  private record Figures(double rate, double cpuNanos, double heapBytes) {}

  private TransferCost() {}

  /** Runs it, and prints a table. */
  @SuppressWarnings("SystemOut") // which is what it is for
  public static void main(String[] args) throws Exception {
    System.out.printf(
        "%-11s %7s %12s %8s %14s %16s%n",
        "", "bytes", "messages/s", "MB/s", "CPU ns/message", "heap B/message");
    for (int size : SIZES) {
      List<List<Figures>> all = new ArrayList<>();
      for (Kind kind : Kind.values()) {
        all.add(new ArrayList<>());
        if (isThere(kind)) {
          measure(kind, size, WARM_UP_NANOS);
        }
      }
      for (int round = 0; round < ROUNDS; round++) {
        for (Kind kind : Kind.values()) {
          if (isThere(kind)) {
            all.get(kind.ordinal()).add(measure(kind, size, WARM_UP_NANOS / 3));
          }
        }
      }
      for (Kind kind : Kind.values()) {
        print(kind, size, all.get(kind.ordinal()));
      }
    }
  }

  private static boolean isThere(Kind kind) {
    return kind != Kind.BORING_SSL || OpenSsl.isAvailable();
  }

  private static void print(Kind kind, int size, List<Figures> rounds) {
    if (rounds.isEmpty()) {
      System.out.printf("%-11s is not on the class path%n", kind);
      return;
    }
    double rate = median(rounds, Figures::rate);
    System.out.printf(
        "%-11s %7d %12.0f %8.1f %14.0f %16.1f%n",
        kind,
        size,
        rate,
        rate * size / 1e6,
        median(rounds, Figures::cpuNanos),
        median(rounds, Figures::heapBytes));
  }

  private static double median(List<Figures> rounds, ToDoubleFunction<Figures> figure) {
    double[] values = rounds.stream().mapToDouble(figure).sorted().toArray();
    return values[values.length / 2];
  }

  private static Figures measure(Kind kind, int size, long warmUpNanos) throws Exception {
    Receiver receiver = new Receiver();
    Sender sender = new Sender(size);
    DittoBus listening = start(TcpBus.builder().listen("127.0.0.1", 0), kind, receiver);
    DittoBus sending = start(TcpBus.builder(), kind, sender);
    sender.bus = sending;
    sending.connect(listening.listenEndpoints().get(0), null);
    sender.opened.get(20, TimeUnit.SECONDS);
    LockSupport.parkNanos(warmUpNanos);
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long began = System.nanoTime();
    long messages = receiver.received;
    long cpu = system.getProcessCpuTime();
    long heap = allocated();
    LockSupport.parkNanos(ROUND_NANOS);
    messages = receiver.received - messages;
    cpu = system.getProcessCpuTime() - cpu;
    heap = allocated() - heap;
    double seconds = (System.nanoTime() - began) / 1e9;
    sending.dispose();
    listening.dispose();
    sender.closed.get(20, TimeUnit.SECONDS);
    receiver.closed.get(20, TimeUnit.SECONDS);
    sender.payload.release();
    return new Figures(messages / seconds, (double) cpu / messages, (double) heap / messages);
  }

  private static DittoBus start(TcpBus.Builder builder, Kind kind, DittoBusCallback callback)
      throws Exception {
    return builder
        .admission(kind.admission)
        .options(kind.options)
        .preferNative(kind.preferNative)
        .start(callback)
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] bytes = threads.getThreadAllocatedBytes(threads.getAllThreadIds());
    return Arrays.stream(bytes).filter(each -> each > 0).sum();
  }

  private static final class Receiver implements DittoBusCallback, DittoBusStreamCallback {
    final CompletableFuture<CloseReport> closed = new CompletableFuture<>();
    volatile long received;

    @Override
    public void newIncomingStream(IncomingStream stream) {
      DittoBusStream accepted = stream.accept(Metadata.empty(), FlowOptions.defaults());
      accepted.start(this, AckMode.AUTOMATIC);
      accepted.request(Long.MAX_VALUE);
    }

    @Override
    public void streamMessageReceived(DittoBusStream stream, long sequence, ByteBuf data) {
      received = sequence;
    }

    @Override
    public void busClosed(CloseReport report) {
      closed.complete(report);
    }
  }

  private static final class Sender implements DittoBusCallback, DittoBusStreamCallback {
    final CompletableFuture<DittoBusStream> opened = new CompletableFuture<>();
    final CompletableFuture<CloseReport> closed = new CompletableFuture<>();
    final ByteBuf payload;
    @Nullable DittoBus bus;

    Sender(int size) {
      payload = Unpooled.directBuffer(size).writeZero(size);
    }

    @Override
    public void connectSucceeded(@Nullable Object connectCtx, DittoAddress peer) {
      bus.openStreamToAddress(peer, StreamOptions.reliable("cost"), null);
    }

    @Override
    public void streamOpenSucceeded(@Nullable Object openCtx, DittoBusStream stream) {
      stream.start(this, AckMode.AUTOMATIC);
      opened.complete(stream);
      fill(stream);
    }

    @Override
    public void streamCreditChanged(DittoBusStream stream) {
      fill(stream);
    }

    private void fill(DittoBusStream stream) {
      while (stream.isReady()) {
        ByteBuf message = payload.retainedDuplicate();
        if (stream.enqueueMessage(message) != EnqueueResult.OK) {
          message.release();
          return;
        }
      }
    }

    @Override
    public void busClosed(CloseReport report) {
      closed.complete(report);
    }
  }
}
