// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Short texts on the wire: a length and UTF-8. What a peer sent is escaped before anyone prints it
 * (WF-3).
 */
public final class WireText {

  /** Longest text for people, in bytes of UTF-8 and in characters once escaped. */
  public static final int MAX_LINE = 1024;

  /** Most of a text that is sent, in bytes: room for escapes within {@link #MAX_LINE}. */
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

  /** A text that something is decided by: malformed UTF-8 could make two of one. */
  static String read(ByteBuf in, int maxBytes, String what) throws FrameException {
    byte[] utf8 = readBytes(in, maxBytes, what);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new FrameException(what + " is not UTF-8");
    }
  }

  /** A text for people: what is malformed is replaced. */
  static String readLine(ByteBuf in, String what) throws FrameException {
    return new String(readBytes(in, MAX_LINE, what), StandardCharsets.UTF_8);
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
   * The text with everything that is not printable as a backslash, {@code u} and four digits per
   * UTF-16 unit, cut to {@value #MAX_LINE} characters, but never within a character or an escape.
   */
  public static String escape(String text) {
    StringBuilder safe = new StringBuilder(Math.min(text.length(), MAX_LINE));
    int next;
    for (int i = 0; i < text.length(); i = next) {
      int codePoint = text.codePointAt(i);
      next = i + Character.charCount(codePoint);
      int before = safe.length();
      if (isPrintable(codePoint)) {
        safe.appendCodePoint(codePoint);
      } else {
        for (int unit = i; unit < next; unit++) {
          safe.append(String.format("\\u%04x", (int) text.charAt(unit)));
        }
      }
      if (safe.length() > MAX_LINE) {
        safe.setLength(before);
        break;
      }
    }
    return safe.toString();
  }

  private static boolean isPrintable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> codePoint != '\\';
    };
  }
}
