// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.core.transport.Transport;
import io.dittobus.test.contract.TransportContract;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;

abstract class TcpContract extends TransportContract {

  private final boolean preferNative;
  private final String address;
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final LoopbackNameServer nameServer = LoopbackNameServer.knowingNothing();
  private final List<AutoCloseable> silent = new ArrayList<>();

  private final boolean secure;

  TcpContract(boolean preferNative, String address, boolean secure) {
    this.preferNative = preferNative;
    this.address = address;
    this.secure = secure;
  }

  @Override
  protected Transport newTransport(String host) {
    return TcpTransport.builder()
        .preferNative(preferNative)
        .allocator(allocator)
        .nameServer(nameServer.address())
        .identity(secure ? PeerIdentity.ephemeral() : null)
        .build();
  }

  @Override
  protected String address(String host) {
    return address;
  }

  @Override
  protected long bufferBytesInUse() {
    return allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
  }

  /**
   * A socket whose queue of connections to be accepted is full: the system leaves further ones
   * without an answer.
   */
  @Override
  protected Optional<Endpoint> silentEndpoint() {
    try {
      ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName(address));
      silent.add(server);
      InetSocketAddress full = new InetSocketAddress(address, server.getLocalPort());
      for (int i = 0; i < 8; i++) {
        SocketChannel filling = SocketChannel.open();
        silent.add(filling);
        filling.configureBlocking(false);
        filling.connect(full);
      }
      return Optional.of(new Endpoint(address, server.getLocalPort()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void closeSockets() throws Exception {
    nameServer.close();
    for (AutoCloseable closeable : silent) {
      closeable.close();
    }
  }
}
