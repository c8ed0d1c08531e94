// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.transport;

import io.dittobus.api.peer.Endpoint;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** Makes links. Any thread. One transport serves one node, and is closed with it. */
public interface Transport {

  /**
   * Dials. On success the handler's {@link LinkHandler#linkUp} is called on the link's loop; on
   * failure {@link DialHandler#dialFailed}. Exactly one of the two happens, once, within the
   * timeout.
   *
   * @param endpoint resolved anew at each dial; every address of a name is tried
   * @param timeout for resolving and connecting together
   */
  void dial(Endpoint endpoint, Duration timeout, DialHandler handler);

  /**
   * Listens. Each accepted connection gets a handler of its own from the acceptor, on the link's
   * loop.
   *
   * @param endpoint port 0 lets the system choose
   * @return what listens; fails with a {@link io.dittobus.api.result.DittoBusException} ({@code
   *     LISTEN_FAILED}) whose one line says what was wrong
   */
  CompletionStage<Listening> listen(Endpoint endpoint, LinkAcceptor acceptor);

  /** A loop for work that belongs to no link. */
  OwnerLoop loop();

  /** Whether {@link #close} was called: there will be no further links. */
  boolean isClosing();

  /**
   * Stops listening, cuts what links there are, and frees what this transport owns (never what it
   * was lent).
   */
  CompletionStage<Void> close();

  /** A dialled link, or why there is none. */
  interface DialHandler extends LinkHandler {
    /**
     * There will be no link.
     *
     * @param line one line for people: what failed, and where
     */
    void dialFailed(String line, Throwable cause);
  }

  /** Gives each accepted link its handler. */
  @FunctionalInterface
  interface LinkAcceptor {
    /** The handler of a link that is about to come up. Called on its loop. */
    LinkHandler accept();

    /**
     * An accepted connection did not become a link: the carrier's own handshake failed. Called on
     * its loop.
     *
     * @param line one line for people: what failed
     */
    default void acceptFailed(String remote, String line) {}
  }

  /** An endpoint that is listened at. */
  interface Listening {
    /** The endpoint with the port that was really bound. */
    Endpoint endpoint();

    /** Stops accepting; the links live on. */
    CompletionStage<Void> stop();
  }
}
