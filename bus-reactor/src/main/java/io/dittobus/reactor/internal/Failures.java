// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.internal;

import reactor.core.Exceptions;

/** Words about failures that show no payload, and nothing unescaped that a peer has sent. */
public final class Failures {

  /** The application code of an error for which the application gave none. */
  public static final long NO_CODE = 0;

  private static final int MAX_CHARS = 255;

  private Failures() {}

  /**
   * Throws what only the virtual machine can deal with. Not a stack that overflowed: that is over
   * with the call, and costs its stream only.
   */
  public static void throwIfFatal(Throwable failure) {
    if (!(failure instanceof StackOverflowError)) {
      Exceptions.throwIfFatal(failure);
    }
  }

  /** The class of a failure and where it happened; not its message, which may quote a payload. */
  public static String describe(Throwable failure) {
    StackTraceElement[] trace = failure.getStackTrace();
    String name = failure.getClass().getName();
    return trace.length == 0 ? name : name + " at " + trace[0];
  }

  /** What the peer is told of an error that the application hands over as a throwable. */
  public static String text(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
  }

  /** A text of a peer, fit for a log: control characters escaped, cut to 255 characters. */
  public static String printable(String text) {
    StringBuilder line = new StringBuilder(Math.min(text.length(), MAX_CHARS) + 3);
    for (int i = 0; i < text.length(); i++) {
      if (line.length() >= MAX_CHARS) {
        return line.append("...").toString();
      }
      char c = text.charAt(i);
      int type = Character.getType(c);
      if (Character.isISOControl(c)
          || type == Character.FORMAT
          || type == Character.LINE_SEPARATOR
          || type == Character.PARAGRAPH_SEPARATOR
          || type == Character.SURROGATE) {
        line.append(String.format("\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
    return line.toString();
  }
}
