// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** A process of its own that begins many TLS handshakes, and goes on with none. */
final class StalledClients {

  /** The beginning of a ClientHello of 512 bytes. */
  private static final byte[] HALF_A_HELLO = {
    0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
  };

  private StalledClients() {}

  /** Arguments: the port, and how many; says so when all are there, and ends with its input. */
  @SuppressWarnings("SystemOut") // how the test learns of it
  public static void main(String[] args) throws IOException {
    List<Socket> sockets = new ArrayList<>();
    int port = Integer.parseInt(args[0]);
    int number = Integer.parseInt(args[1]);
    for (int i = 0; i < number; i++) {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
      sockets.add(socket);
      socket.getOutputStream().write(HALF_A_HELLO);
    }
    System.out.println("stalled " + sockets.size());
    int unused = System.in.read();
    Runtime.getRuntime().halt(0);
  }
}
