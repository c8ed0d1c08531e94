// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import io.dittobus.api.peer.Endpoint;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code HOST:PORT} of someone who listens. */
public final class Endpoints implements ITypeConverter<Endpoint> {

  /** Reads an endpoint that can be dialled. */
  @Override
  public Endpoint convert(String text) {
    Endpoint endpoint;
    try {
      endpoint = Endpoint.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
    if (endpoint.port() == 0 || text.startsWith(":")) {
      throw new TypeConversionException(
          "'" + text + "' cannot be dialled: write HOST:PORT with a port of 1 to 65535");
    }
    return endpoint;
  }
}
