// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

/**
 * What a program could not do, as one line for the one who runs it: what was wrong, and what to do.
 */
public final class ProgramFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** A failure with this line. */
  public ProgramFailure(String line) {
    super(line);
  }

  /** A failure with this line and what it comes from. */
  public ProgramFailure(String line, Throwable cause) {
    super(line, cause);
  }
}
