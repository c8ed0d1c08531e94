// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

/** The demo cannot go on; the message is a line for the person who runs it. */
final class DemoException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  DemoException(String message) {
    super(message);
  }
}
