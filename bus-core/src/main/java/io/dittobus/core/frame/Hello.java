// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import io.dittobus.api.peer.PeerKey;

/**
 * What each side says first (HS-2).
 *
 * @param minVersion lowest protocol version spoken, 1 to 255
 * @param maxVersion highest protocol version spoken
 * @param features bits of optional features; those that both sides name are on
 * @param key the peer's key
 * @param incarnation a random number of this process's life of the bus
 * @param nonce made for this handshake
 * @param maxMessageSize largest message taken, in bytes
 * @param maxIncomingStreams streams taken at a time
 * @param initialMessages messages that may ride in OPEN: 1, or 0
 * @param initialBytes largest payload of such a message
 * @param singleMessages single messages that may be sent at first (SM-3)
 * @param singleBytes their charge
 */
public record Hello(
    int minVersion,
    int maxVersion,
    long features,
    PeerKey key,
    long incarnation,
    Nonce nonce,
    int maxMessageSize,
    int maxIncomingStreams,
    int initialMessages,
    int initialBytes,
    int singleMessages,
    int singleBytes) {

  /** First four bytes of a HELLO: "DTBS". */
  public static final int MAGIC = 0x44544253;

  /** Most bytes of a HELLO, with whatever later versions add at its end. */
  public static final int MAX_BYTES = 1024;

  /** The version that is spoken here. */
  public static final int VERSION = 1;

  /** The feature of sessions that outlive their links (RS). */
  public static final long RESUME = 1;

  /** Whether this side resumes sessions. */
  public boolean resumes() {
    return (features & RESUME) != 0;
  }
}
