// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.transport.tcp.tls.Stranger;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** A process of its own that begins many TLS handshakes, and goes on with none. */
final class StalledClients {

  /** The beginning of a ClientHello of 512 bytes. */
  private static final byte[] HALF_A_HELLO = {
    0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
  };

  private StalledClients() {}

  /** How far they come. */
  enum Stall {
    /** A connection, and nothing more. */
    BEFORE_TLS,
    /** Half of a ClientHello. */
    IN_TLS,
    /** All of TLS, with an identity of their own, and then no word. */
    BEHIND_TLS
  }

  /**
   * Arguments: the port, how many, and how far; says so when all are there; ends with its input.
   */
  @SuppressWarnings("SystemOut") // how the test learns of it
  public static void main(String[] args) throws Exception {
    List<Socket> sockets = new ArrayList<>();
    int port = Integer.parseInt(args[0]);
    int number = Integer.parseInt(args[1]);
    Stall stall = Stall.valueOf(args[2]);
    SSLSocketFactory tls = Stranger.tls(PeerIdentity.ephemeral()).getSocketFactory();
    for (int i = 0; i < number; i++) {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
      sockets.add(socket);
      if (stall == Stall.IN_TLS) {
        socket.getOutputStream().write(HALF_A_HELLO);
      } else if (stall == Stall.BEHIND_TLS) {
        socket.setSoTimeout(20_000);
        ((SSLSocket) tls.createSocket(socket, "127.0.0.1", port, false)).startHandshake();
      }
    }
    System.out.println("stalled " + sockets.size());
    int unused = System.in.read();
    Runtime.getRuntime().halt(0);
  }
}
