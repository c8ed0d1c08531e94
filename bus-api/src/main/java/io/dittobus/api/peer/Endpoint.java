// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.peer;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Where a peer listens: a host name or IP address, and a port. The name is resolved anew at each
 * dial.
 *
 * @param host a name, an IPv4 or an IPv6 address (without brackets; a zone may follow, as in {@code
 *     fe80::1%eth0})
 * @param port 1 to 65535; 0 only where one listens, and lets the system choose
 */
public record Endpoint(String host, int port) {

  private static final int MAX_PORT = 65_535;
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

  /** What tells an IPv6 address from a name; whether it is one is for who resolves it. */
  private static final Pattern IPV6 =
      Pattern.compile("[0-9a-fA-F.]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*(%.+)?");

  private static final Pattern NOT_IN_HOSTS = Pattern.compile("[\\s\\p{Cntrl}\\[\\]/@]");

  /**
   * An endpoint.
   *
   * @throws IllegalArgumentException if the host is empty, has blanks, control characters,
   *     brackets, {@code /} or {@code @} in it, or colons without being an IPv6 address; or if the
   *     port is out of range
   */
  public Endpoint {
    Objects.requireNonNull(host, "host");
    if (host.isEmpty()) {
      throw new IllegalArgumentException("The host is empty");
    }
    if (NOT_IN_HOSTS.matcher(host).find()) {
      throw new IllegalArgumentException("Not a host name or IP address: '" + host + "'");
    }
    if (host.indexOf(':') >= 0 && !IPV6.matcher(host).matches()) {
      throw new IllegalArgumentException("Not an IPv6 address: '" + host + "'");
    }
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException("A port is 0 to 65535; this is " + port);
    }
  }

  /**
   * Reads {@code host:port}, {@code [ipv6]:port} or {@code :port} (any local address of IPv4). The
   * port is one to five digits of ASCII.
   *
   * @throws IllegalArgumentException with a line that says what was wrong
   */
  public static Endpoint parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0 || text.endsWith("]")) {
      throw new IllegalArgumentException("Expected host:port; '" + text + "' has no port");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
      if (host.indexOf(':') < 0) {
        throw new IllegalArgumentException(
            "Only an IPv6 address stands in brackets, as in [::1]:4040; this is '" + text + "'");
      }
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException(
          "An IPv6 address is written in brackets, as in [::1]:4040; this is '" + text + "'");
    }
    String port = text.substring(colon + 1);
    if (!PORT.matcher(port).matches() || Integer.parseInt(port) > MAX_PORT) {
      throw new IllegalArgumentException(
          "Expected host:port with a port of 0 to 65535; this is '" + text + "'");
    }
    return new Endpoint(host.isEmpty() ? "0.0.0.0" : host, Integer.parseInt(port));
  }

  /** {@code host:port}, with brackets around an IPv6 address; {@link #parse} reads it. */
  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
