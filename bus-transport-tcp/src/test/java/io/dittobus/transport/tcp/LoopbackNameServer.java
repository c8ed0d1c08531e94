// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A name server on the loopback interface that knows no name, or does not answer at all. */
final class LoopbackNameServer implements AutoCloseable {

  private final DatagramSocket socket;

  private LoopbackNameServer(boolean answers) {
    try {
      socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (answers) {
      Thread thread = new Thread(this::answer, "name-server");
      thread.setDaemon(true);
      thread.start();
    }
  }

  static LoopbackNameServer knowingNothing() {
    return new LoopbackNameServer(true);
  }

  static LoopbackNameServer silent() {
    return new LoopbackNameServer(false);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  private void answer() {
    DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
    try {
      while (true) {
        packet.setLength(4096);
        socket.receive(packet);
        // The question itself, marked as a response (RFC 1035, 4.1.1) with the code "name error".
        packet.getData()[2] |= (byte) 0x80;
        packet.getData()[3] = (byte) 0x83;
        socket.send(packet);
      }
    } catch (IOException e) {
      // Closed.
      socket.close();
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
