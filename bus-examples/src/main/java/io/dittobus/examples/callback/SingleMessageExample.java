// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.callback;

import static io.dittobus.api.admission.Admission.networkSecret;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.dittobus.api.DittoBus;
import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.IncomingMessage;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.SingleMessageOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.transport.tcp.TcpBus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Single messages between two buses, reliable and unreliable ones, and how each of them ends. */
@SuppressWarnings("SystemOut") // it is what the program is for
public final class SingleMessageExample {

  private SingleMessageExample() {}

  // guide: callback-single
  record Node(String name, CountDownLatch connected, CountDownLatch results)
      implements DittoBusCallback {
    @Override
    public void connectSucceeded(@Nullable Object connectCtx, DittoAddress peer) {
      connected.countDown();
    }

    @Override
    public void singleMessageReceived(IncomingMessage message) {
      if (!message.label().equals("greetings")) {
        message.refuse(); // and the sender is told REFUSED
        return;
      }
      System.out.println(name + ": got '" + message.data().toString(UTF_8) + "'");
    } // consumed: the sender is told DELIVERED

    @Override
    public void finishedSendingSingleMessage(
        @Nullable Object sendCtx, ReliabilityMode reliability, BusSingleSendResult result) {
      System.out.println(name + ": " + reliability + " message " + sendCtx + " is " + result);
      results.countDown();
    }
  }

  /** Runs it. */
  public static void main(String[] args) throws InterruptedException {
    NetworkSecret secret = NetworkSecret.random(); // the same at all peers of a network
    Node alice = new Node("alice", new CountDownLatch(0), new CountDownLatch(1));
    Node bob = new Node("bob", new CountDownLatch(1), new CountDownLatch(3));
    DittoBus alices =
        TcpBus.builder()
            .listen("127.0.0.1", 0)
            .admission(networkSecret(secret))
            .start(alice)
            .toCompletableFuture()
            .join();
    DittoBus bobs =
        TcpBus.builder().admission(networkSecret(secret)).start(bob).toCompletableFuture().join();
    bobs.connect(alices.listenEndpoints().get(0), null);
    bob.connected().await(); // an unreliable message to a stranger would be dropped
    SingleMessageOptions greetings = SingleMessageOptions.label("greetings");
    SingleMessageOptions orders = SingleMessageOptions.label("orders");
    bobs.sendSingleReliableMessage(alices.localAddress(), text("hello"), greetings, 1);
    bobs.sendSingleUnreliableMessage(alices.localAddress(), text("anyone?"), greetings, 2);
    bobs.sendSingleReliableMessage(alices.localAddress(), text("coffee"), orders, 3);
    alices.sendSingleReliableMessage(bobs.localAddress(), text("hello back"), greetings, 4);
    bob.results().await();
    alice.results().await();
    bobs.close(Duration.ofSeconds(5));
    alices.close(Duration.ofSeconds(5));
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, UTF_8); // which belongs to the bus once it was sent
  }
  // end
}
