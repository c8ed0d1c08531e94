// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.DittoAddress;
import io.netty.buffer.ByteBuf;

/**
 * A single message that came in. Until it has ended it occupies a place in the session's window of
 * single messages: it ends when {@link DittoBusCallback#singleMessageReceived} returns, or, after
 * {@link #acknowledgeLater}, by one of the other methods, from any thread. The first one takes
 * effect; further calls are without.
 */
public interface IncomingMessage {

  /** Who sent it. */
  DittoAddress peer();

  /** What it is for; may be empty. */
  String label();

  /** What travelled with it. */
  Metadata metadata();

  /** How it was sent: {@code RELIABLE} or {@code UNRELIABLE}. */
  ReliabilityMode reliability();

  /** The payload, borrowed until the callback returns; retain it to keep it. */
  ByteBuf data();

  /** The message does not end when the callback returns. Within the callback only. */
  void acknowledgeLater();

  /** The message was consumed: its sender is told {@code DELIVERED}. */
  void acknowledge();

  /** Nobody handles the message, or it is not allowed: its sender is told {@code REFUSED}. */
  void refuse();

  /** The message was taken, and could not be consumed: its sender is told {@code UNKNOWN}. */
  void fail();
}
