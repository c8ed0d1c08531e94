// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.peer;

/**
 * Where a peer listens: a host name or IP address, and a port. The name is resolved anew at each
 * dial.
 *
 * @param host a name, an IPv4 or an IPv6 address (without brackets)
 * @param port 1 to 65535; 0 only where one listens, and lets the system choose
 */
public record Endpoint(String host, int port) {

  /**
   * An endpoint.
   *
   * @throws IllegalArgumentException if the host is blank or the port out of range
   */
  public Endpoint {
    if (host.isBlank()) {
      throw new IllegalArgumentException("The host is empty");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("A port is 0 to 65535; this is " + port);
    }
  }

  /**
   * Reads {@code host:port}, {@code [ipv6]:port} or {@code :port} (any local address).
   *
   * @throws IllegalArgumentException with a line that says what was wrong
   */
  public static Endpoint parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("Expected host:port; '" + text + "' has no port");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException(
          "An IPv6 address is written in brackets, as in [::1]:4040; this is '" + text + "'");
    }
    try {
      return new Endpoint(
          host.isEmpty() ? "0.0.0.0" : host, Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "Expected host:port with a port of 0 to 65535; this is '" + text + "'", e);
    }
  }

  /** {@code host:port}, with brackets around an IPv6 address. */
  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
