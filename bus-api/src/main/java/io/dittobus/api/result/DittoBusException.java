// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

/**
 * An error of the bus, with the code under which the docs explain it. Its message is one line, fit
 * to be shown.
 */
public class DittoBusException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  /** An error with this code and text. */
  public DittoBusException(ErrorCode code, String text) {
    super(code + ": " + text);
    this.code = code;
  }

  /** An error with this code, text and cause. */
  public DittoBusException(ErrorCode code, String text, Throwable cause) {
    super(code + ": " + text, cause);
    this.code = code;
  }

  /** The code. */
  public ErrorCode code() {
    return code;
  }
}
