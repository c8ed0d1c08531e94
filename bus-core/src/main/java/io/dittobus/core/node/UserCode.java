// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.core.frame.WireText;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what users give: what it throws is logged in one line and goes no further, so that it cannot
 * break the loop. Only the errors of the virtual machine itself go on, but for a stack that
 * overflowed: that is over with the call.
 */
final class UserCode {

  private static final Logger log = LoggerFactory.getLogger(UserCode.class);

  private UserCode() {}

  /** Runs a call of the user's. */
  static void run(String what, Runnable call) {
    try {
      call.run();
    } catch (Throwable e) {
      threw(what, e);
    }
  }

  /** A call of the user's has thrown. */
  static void threw(String what, Throwable error) {
    log.warn("{} threw {}", what, describe(error));
    log.debug("{} threw", what, error);
    rethrowFatal(error);
  }

  /** What the virtual machine cannot go on with goes on. */
  static void rethrowFatal(Throwable error) {
    if (error instanceof VirtualMachineError fatal && !(error instanceof StackOverflowError)) {
      throw fatal;
    }
  }

  /** What an I/O failure says, which is for people already; of others class and message. */
  static String describeIo(Throwable error) {
    String message = error.getMessage();
    return error instanceof IOException && message != null
        ? WireText.escape(message)
        : describe(error);
  }

  /** Class and message in one line that is safe to print. */
  static String describe(Throwable error) {
    String message = error.getMessage();
    String name = error.getClass().getSimpleName();
    return message == null ? name : name + ": " + WireText.escape(message);
  }
}
