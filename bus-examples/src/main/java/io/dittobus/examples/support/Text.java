// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import java.util.Locale;

/** How the programs print numbers, and texts that come from elsewhere. */
public final class Text {

  private static final int MOST_CHARS = 500;
  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB"};

  private Text() {}

  /** One line that cannot steer a terminal: what is not printable becomes '?', the rest is cut. */
  public static String oneLine(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .limit(MOST_CHARS)
        .forEach(c -> line.appendCodePoint(isPrintable(c) ? c : c == '\n' ? ' ' : '?'));
    return line.toString();
  }

  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  /** Bytes in the largest binary unit that leaves a whole number before the point. */
  public static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 1023.95 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  /** Bytes per second. */
  public static String rate(long bytes, long nanos) {
    return bytes((long) (bytes * 1e9 / Math.max(1, nanos))) + "/s";
  }

  /** A time in seconds, with one digit after the point. */
  public static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
  }

  /** A count and its noun, in the plural if need be. */
  public static String count(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}
