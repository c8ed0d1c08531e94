// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import java.util.List;

/**
 * What a side shows so that the other may admit it (HS-8). Nobody looks into it who has not asked
 * for its kind.
 *
 * @param kind what the items are: {@link #NONE}, {@link #SECRETS}, {@link #CERTIFICATES}, or a
 *     number that only later versions know
 * @param items at most {@link #MAX_ITEMS}; not to be changed
 */
public record Auth(int kind, List<byte[]> items) {

  /** Most bytes of the body of an AUTH. */
  public static final int MAX_BYTES = 16 * 1024;

  /** Most items. */
  public static final int MAX_ITEMS = 8;

  /** Nothing is shown. */
  public static final int NONE = 0;

  /** Proofs of network secrets (HS-9). */
  public static final int SECRETS = 1;

  /** Certificates in DER, each signed by the next (HS-10). */
  public static final int CERTIFICATES = 2;

  /** An AUTH of these items, which are not copied. */
  public Auth {
    items = List.copyOf(items);
  }

  /** Nothing is shown. */
  public static Auth none() {
    return new Auth(NONE, List.of());
  }
}
