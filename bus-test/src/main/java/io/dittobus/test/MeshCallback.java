// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test;

import io.dittobus.api.DittoBusCallback;
import io.dittobus.api.DittoBusStream;
import io.dittobus.api.IncomingMessage;
import io.dittobus.api.IncomingStream;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.CloseReport;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.StreamEnd;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Hands every event on to the test's callback, and tells the mesh when all peers are there and when
 * the bus is gone.
 */
final class MeshCallback implements DittoBusCallback {

  private final DittoBusCallback test;
  private final CountDownLatch peers;
  private final CountDownLatch closed;

  MeshCallback(DittoBusCallback test, CountDownLatch peers, CountDownLatch closed) {
    this.test = test;
    this.peers = peers;
    this.closed = closed;
  }

  @Override
  public void connectSucceeded(@Nullable Object connectCtx, DittoAddress peer) {
    test.connectSucceeded(connectCtx, peer);
  }

  @Override
  public void connectFailed(@Nullable Object connectCtx, DittoBusException error) {
    test.connectFailed(connectCtx, error);
  }

  @Override
  public void peerConnected(DittoAddress peer) {
    try {
      test.peerConnected(peer);
    } finally {
      peers.countDown();
    }
  }

  @Override
  public void peerDisconnected(DittoAddress peer, StreamEnd end) {
    test.peerDisconnected(peer, end);
  }

  @Override
  public void streamOpenSucceeded(@Nullable Object openCtx, DittoBusStream stream) {
    test.streamOpenSucceeded(openCtx, stream);
  }

  @Override
  public void streamOpenFailed(@Nullable Object openCtx, StreamEnd end) {
    test.streamOpenFailed(openCtx, end);
  }

  @Override
  public void newIncomingStream(IncomingStream stream) {
    test.newIncomingStream(stream);
  }

  @Override
  public void singleMessageReceived(IncomingMessage message) {
    test.singleMessageReceived(message);
  }

  @Override
  public void finishedSendingSingleMessage(
      @Nullable Object sendCtx, ReliabilityMode reliability, BusSingleSendResult result) {
    test.finishedSendingSingleMessage(sendCtx, reliability, result);
  }

  @Override
  public void busClosed(CloseReport report) {
    try {
      test.busClosed(report);
    } finally {
      closed.countDown();
    }
  }
}
