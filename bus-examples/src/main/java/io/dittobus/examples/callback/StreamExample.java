// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.callback;

import static io.dittobus.api.admission.Admission.networkSecret;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.DittoBusStream;
import io.dittobus.api.DittoBusStreamCallback;
import io.dittobus.api.IncomingStream;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.options.AckMode;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.result.MessageResult;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.transport.tcp.TcpBus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A reliable stream between two buses, from its opening to its end. */
@SuppressWarnings("SystemOut") // it is what the program is for
public final class StreamExample {

  private StreamExample() {}

  // guide: callback-stream
  static final class Server implements DittoBusCallback, DittoBusStreamCallback {
    final CountDownLatch over = new CountDownLatch(1);

    @Override
    public void newIncomingStream(IncomingStream offer) {
      DittoBusStream stream = offer.accept(Metadata.empty(), FlowOptions.defaults());
      stream.start(this, AckMode.AUTOMATIC); // acknowledged when streamMessageReceived returns
      stream.request(Long.MAX_VALUE); // takes whatever comes
    }

    @Override
    public void streamMessageReceived(DittoBusStream stream, long sequence, ByteBuf data) {
      System.out.println("server: message " + sequence + " is '" + data.toString(UTF_8) + "'");
    }

    @Override
    public void streamClosed(DittoBusStream stream, StreamEnd end) {
      System.out.println("server: " + end.reason());
      over.countDown();
    }
  }

  static final class Client implements DittoBusCallback, DittoBusStreamCallback {
    final CountDownLatch over = new CountDownLatch(1);

    @Override
    public void streamOpenSucceeded(@Nullable Object openCtx, DittoBusStream stream) {
      System.out.println("client: " + openCtx + " is open, " + stream.reliability());
      stream.start(this, AckMode.AUTOMATIC);
      for (String text : new String[] {"one", "two", "three"}) {
        stream.enqueueMessage(Unpooled.copiedBuffer(text, UTF_8));
      }
      stream.close(Duration.ofSeconds(5)); // what was enqueued goes out first
    }

    @Override
    public void streamOpenFailed(@Nullable Object openCtx, StreamEnd end) {
      System.out.println("client: " + openCtx + " did not open, " + end.reason());
      over.countDown();
    }

    @Override
    public void streamSendCompleted(DittoBusStream stream, MessageResult result, long sequence) {
      System.out.println("client: " + result + " up to message " + sequence);
    }

    @Override
    public void streamRemoteAck(DittoBusStream stream, long sequence) {
      System.out.println("client: consumed up to message " + sequence);
    }

    @Override
    public void streamClosed(DittoBusStream stream, StreamEnd end) {
      System.out.println("client: " + end.reason());
      over.countDown();
    }
  }

  /** Runs it. */
  public static void main(String[] args) throws InterruptedException {
    NetworkSecret secret = NetworkSecret.random(); // the same at all peers of a network
    Server greeted = new Server();
    Client callback = new Client();
    DittoBus server =
        TcpBus.builder()
            .listen("127.0.0.1", 0)
            .admission(networkSecret(secret))
            .start(greeted)
            .toCompletableFuture()
            .join();
    DittoBus client =
        TcpBus.builder()
            .admission(networkSecret(secret))
            .start(callback)
            .toCompletableFuture()
            .join();
    client.connect(server.listenEndpoints().get(0), null);
    client.openStreamToAddress(
        server.localAddress(), StreamOptions.reliable("greetings"), "the stream");
    callback.over.await();
    if (!greeted.over.await(5, TimeUnit.SECONDS)) {
      System.out.println("server: no stream has ended");
    }
    client.close(Duration.ofSeconds(5));
    server.close(Duration.ofSeconds(5));
  }
  // end
}
