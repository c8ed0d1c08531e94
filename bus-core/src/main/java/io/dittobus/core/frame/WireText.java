// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Short texts on the wire: a length and UTF-8. What a peer sent is escaped before anyone prints it
 * (WF-3).
 */
public final class WireText {

  /** Longest text for people, in bytes of UTF-8 and in characters once escaped. */
  public static final int MAX_LINE = 1024;

  /** Most of a text that is sent, in bytes, so that its escaped form still fits. */
  static final int MAX_SENT = 512;

  private WireText() {}

  static void write(ByteBuf out, byte[] utf8) {
    Varint.write(out, utf8.length);
    out.writeBytes(utf8);
  }

  /** The text as UTF-8, cut to what may be sent. */
  static byte[] cut(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (utf8.length <= MAX_SENT) {
      return utf8;
    }
    int end = MAX_SENT;
    while ((utf8[end] & 0xc0) == 0x80) {
      end--;
    }
    return Arrays.copyOf(utf8, end);
  }

  static String read(ByteBuf in, int maxBytes, String what) throws FrameException {
    return new String(readBytes(in, maxBytes, what), StandardCharsets.UTF_8);
  }

  static byte[] readBytes(ByteBuf in, int maxBytes, String what) throws FrameException {
    long length = Varint.read(in);
    if (length > maxBytes) {
      throw new FrameException(what + " has " + length + " bytes; at most " + maxBytes);
    }
    if (length > in.readableBytes()) {
      throw new FrameException(what + " is cut off");
    }
    byte[] bytes = new byte[(int) length];
    in.readBytes(bytes);
    return bytes;
  }

  /**
   * The text with everything that is not printable as a backslash, {@code u} and four digits, cut
   * to {@value #MAX_LINE} characters.
   */
  public static String escape(String text) {
    StringBuilder safe = new StringBuilder(Math.min(text.length(), MAX_LINE));
    for (int i = 0; i < text.length() && safe.length() < MAX_LINE; i++) {
      char c = text.charAt(i);
      boolean lineOrParagraph = c == 0x2028 || c == 0x2029;
      boolean directional = Character.getType(c) == Character.FORMAT;
      if (Character.isISOControl(c) || lineOrParagraph || directional || c == '\\') {
        safe.append(String.format("\\u%04x", (int) c));
      } else {
        safe.append(c);
      }
    }
    if (safe.length() > MAX_LINE) {
      safe.setLength(MAX_LINE);
    }
    return safe.toString();
  }
}
