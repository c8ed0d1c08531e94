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
import org.jspecify.annotations.Nullable;

/** A stream on which the newest replaces what waits, as a game's positions do. */
@SuppressWarnings("SystemOut") // it is what the program is for
public final class SequencedExample {

  private SequencedExample() {}

  // guide: callback-sequenced
  static final class Display implements DittoBusCallback, DittoBusStreamCallback {
    private long last;

    @Override
    public void newIncomingStream(IncomingStream offer) {
      DittoBusStream stream = offer.accept(Metadata.empty(), FlowOptions.defaults());
      stream.start(this, AckMode.AUTOMATIC);
      stream.request(1); // one picture at a time
    }

    @Override
    public void streamMessageReceived(DittoBusStream stream, long sequence, ByteBuf data) {
      System.out.println(
          "display: " + data.toString(UTF_8) + ", " + (sequence - last - 1) + " skipped");
      last = sequence;
      if (sequence < 5) {
        stream.request(1);
      } else {
        stream.close(Duration.ofSeconds(5));
      }
    }
  }

  static final class Game implements DittoBusCallback, DittoBusStreamCallback {
    final CountDownLatch over = new CountDownLatch(1);

    @Override
    public void streamOpenSucceeded(@Nullable Object openCtx, DittoBusStream stream) {
      stream.start(this, AckMode.AUTOMATIC);
      for (int i = 1; i <= 5; i++) {
        stream.enqueueMessage(Unpooled.copiedBuffer("position " + i, UTF_8));
      }
    }

    @Override
    public void streamSendCompleted(DittoBusStream stream, MessageResult result, long sequence) {
      System.out.println("game: " + result + " up to message " + sequence);
    }

    @Override
    public void streamClosed(DittoBusStream stream, StreamEnd end) {
      over.countDown();
    }
  }

  // end

  /** Runs it. */
  public static void main(String[] args) throws InterruptedException {
    NetworkSecret secret = NetworkSecret.random(); // the same at all peers of a network
    Game game = new Game();
    DittoBus display =
        TcpBus.builder()
            .listen("127.0.0.1", 0)
            .admission(networkSecret(secret))
            .start(new Display())
            .toCompletableFuture()
            .join();
    DittoBus player =
        TcpBus.builder().admission(networkSecret(secret)).start(game).toCompletableFuture().join();
    player.connect(display.listenEndpoints().get(0), null);
    player.openStreamToAddress(display.localAddress(), StreamOptions.sequenced("positions"), null);
    game.over.await();
    player.close(Duration.ofSeconds(5));
    display.close(Duration.ofSeconds(5));
  }
}
