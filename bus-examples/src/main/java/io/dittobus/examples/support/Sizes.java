// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads sizes in bytes as people write them: {@code 65536}, {@code 64K}, {@code 1.5M}. */
public final class Sizes implements ITypeConverter<Long> {

  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,15}(?:\\.\\d{1,6})?) ?([kmg]?)(?:i?b)?(?:/s)?");

  /** Reads a size of at least one byte. */
  @Override
  public Long convert(String text) {
    Matcher size = SIZE.matcher(text.toLowerCase(Locale.ROOT));
    if (!size.matches()) {
      throw new TypeConversionException(
          "'" + text + "' is not a size: write bytes, such as 65536, 64K, 5M or 1G");
    }
    double value = Double.parseDouble(size.group(1)) * unit(size.group(2));
    if (value < 1) {
      throw new TypeConversionException("'" + text + "' is not a size: it is at least 1 byte");
    }
    if (value > Long.MAX_VALUE / 2.0) {
      throw new TypeConversionException("'" + text + "' is not a size: it is too large");
    }
    return (long) value;
  }

  private static long unit(String letter) {
    return switch (letter) {
      case "k" -> 1L << 10;
      case "m" -> 1L << 20;
      case "g" -> 1L << 30;
      default -> 1;
    };
  }
}
