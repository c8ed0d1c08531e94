// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.peer;

/**
 * The address of a peer on the bus: its site id and its whole key. Two addresses are equal when
 * their keys are.
 *
 * @param siteId the first 8 bytes of the key's SHA-256, an unsigned number
 * @param peerKey the key
 */
public record DittoAddress(long siteId, PeerKey peerKey) {

  /**
   * An address whose parts belong together.
   *
   * @throws IllegalArgumentException if the site id does not follow from the key
   */
  public DittoAddress {
    if (peerKey.siteId() != siteId) {
      throw new IllegalArgumentException(
          "Site id " + Long.toUnsignedString(siteId) + " does not follow from key " + peerKey);
    }
  }

  /** The address that follows from a key. */
  public static DittoAddress of(PeerKey peerKey) {
    return new DittoAddress(peerKey.siteId(), peerKey);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DittoAddress address && peerKey.equals(address.peerKey);
  }

  @Override
  public int hashCode() {
    return peerKey.hashCode();
  }

  /** The site id, an unsigned decimal number. */
  @Override
  public String toString() {
    return Long.toUnsignedString(siteId);
  }
}
