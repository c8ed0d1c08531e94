// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between two ends on this machine, passes on what they say, and can be cut: its connections
 * break as if a cable were pulled, and for a while no new one is made.
 */
public final class CuttableRelay implements AutoCloseable {

  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int CONNECT_MILLIS = 5_000;

  private final ServerSocket listening;
  private final int port;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile long refusesUntilNanos = System.nanoTime();

  private CuttableRelay(ServerSocket listening, int port) {
    this.listening = listening;
    this.port = port;
  }

  /** A relay to this port of this machine. */
  public static CuttableRelay to(int port) {
    try {
      ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      CuttableRelay relay = new CuttableRelay(listening, port);
      daemon(relay::accept);
      return relay;
    } catch (IOException e) {
      throw new ProgramFailure("cannot listen on this machine: " + e.getMessage(), e);
    }
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "relay");
    thread.setDaemon(true);
    thread.start();
  }

  /** Where it listens, on this machine only. */
  public int port() {
    return listening.getLocalPort();
  }

  /** Breaks its connections; for this time those that are made are broken at once. */
  public void cut(Duration outage) {
    refusesUntilNanos = System.nanoTime() + outage.toNanos();
    sockets.forEach(CuttableRelay::reset);
  }

  private static void reset(Socket socket) {
    try (socket) {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // It is closed, then.
    }
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket from = listening.accept();
        daemon(() -> relay(from));
      } catch (IOException e) {
        // Closed, or one that left before it was taken.
      }
    }
  }

  private void relay(Socket from) {
    Socket to = new Socket();
    sockets.add(from);
    sockets.add(to);
    try {
      if (System.nanoTime() - refusesUntilNanos < 0) {
        reset(from);
        return;
      }
      to.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      from.setTcpNoDelay(true);
      to.setTcpNoDelay(true);
      daemon(() -> copy(to, from));
      copy(from, to);
    } catch (IOException e) {
      reset(from);
    } finally {
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  /** One direction, to its end. */
  private static void copy(Socket from, Socket to) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      int read;
      while ((read = from.getInputStream().read(buffer)) >= 0) {
        to.getOutputStream().write(buffer, 0, read);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      reset(from);
      reset(to);
    }
  }

  @Override
  public void close() {
    try (listening) {
      sockets.forEach(CuttableRelay::reset);
    } catch (IOException e) {
      throw new ProgramFailure("cannot close a port of this machine: " + e.getMessage(), e);
    }
  }
}
