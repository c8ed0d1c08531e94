// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands between two buses, passes on what they say, and can be pulled out. */
final class Relay implements AutoCloseable {

  private final ServerSocket listening;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  private Relay(ServerSocket listening) {
    this.listening = listening;
  }

  /** Passes one connection on to this port of this machine. */
  static Relay to(int port) {
    try {
      Relay relay = new Relay(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      Thread accepting = new Thread(() -> relay.accept(port), "relay");
      accepting.setDaemon(true);
      accepting.start();
      return relay;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return listening.getLocalPort();
  }

  private void accept(int port) {
    try {
      Socket from = listening.accept();
      sockets.add(from);
      Socket to = new Socket(InetAddress.getLoopbackAddress(), port);
      sockets.add(to);
      Thread back = new Thread(() -> copy(to, from), "relay back");
      back.setDaemon(true);
      back.start();
      copy(from, to);
    } catch (IOException e) {
      close(); // pulled out before anybody came
    }
  }

  private void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // Pulled out, or one side is gone.
    } finally {
      close();
    }
  }

  @Override
  public void close() {
    try {
      listening.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
