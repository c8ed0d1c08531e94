// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads whole numbers, and complains in words that are no programmer's. */
public final class WholeNumbers implements ITypeConverter<Integer> {

  /** Reads a number. */
  @Override
  public Integer convert(String text) {
    try {
      return Integer.valueOf(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + text + "' is not a whole number");
    }
  }
}
