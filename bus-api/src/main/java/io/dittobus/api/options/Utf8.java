// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.options;

import java.nio.charset.StandardCharsets;

/** Texts that travel: the other side must read what was written here. */
final class Utf8 {

  private Utf8() {}

  /**
   * Checks a text's length.
   *
   * @param what what the text is, with its article
   * @return its bytes in UTF-8, 1 to the most
   * @throws IllegalArgumentException if there are fewer or more, or if half of a character is in it
   */
  static int checkedLength(String what, String text, int mostBytes) {
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0 || bytes > mostBytes) {
      throw new IllegalArgumentException(
          what + " has 1 to " + mostBytes + " bytes of UTF-8; this has " + bytes);
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException(what + " has no lone surrogates; this has");
    }
    return bytes;
  }
}
