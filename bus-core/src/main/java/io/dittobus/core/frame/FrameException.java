// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

/**
 * Bytes that are no frames, or frames that are not allowed: the link's bytes can no longer be
 * trusted.
 */
public final class FrameException extends Exception {

  private static final long serialVersionUID = 1L;

  /** What is wrong, in one line. */
  public FrameException(String line) {
    super(line, null, false, false);
  }

  /** What is wrong, in one line; never null. */
  public String line() {
    return String.valueOf(getMessage());
  }
}
