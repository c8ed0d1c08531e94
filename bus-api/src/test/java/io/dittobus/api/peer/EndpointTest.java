// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {

  @ParameterizedTest
  @CsvSource({
    "alice.example:4040, alice.example, 4040",
    "192.0.2.7:1, 192.0.2.7, 1",
    "bücher.example:65535, bücher.example, 65535",
    "[::1]:4040, ::1, 4040",
    "[::]:0, ::, 0",
    "[::ffff:192.0.2.7]:00080, ::ffff:192.0.2.7, 80",
    "[fe80::1%eth0]:80, fe80::1%eth0, 80",
    ":80, 0.0.0.0, 80"
  })
  @DisplayName("host:port, [ipv6]:port and :port are read, and what is printed is read again")
  void parsed(String text, String host, int port) {
    Endpoint endpoint = Endpoint.parse(text);
    assertThat(endpoint).isEqualTo(new Endpoint(host, port));
    assertThat(Endpoint.parse(endpoint.toString())).isEqualTo(endpoint);
  }

  @ParameterizedTest
  @CsvSource({
    "'', has no port",
    "alice, has no port",
    "[::1], has no port",
    "::1:4040, in brackets",
    "::1, in brackets",
    "[]:80, Only an IPv6 address stands in brackets",
    "[alice]:80, Only an IPv6 address stands in brackets",
    "[::1:80, in brackets",
    "::1]:80, in brackets",
    "[::g]:80, Not an IPv6 address",
    "[[::1]]:80, Not a host name",
    "[::1%]:80, Not an IPv6 address",
    "al ice:80, Not a host name",
    "' alice:80', Not a host name",
    "'alice\n:80', Not a host name",
    "http://alice:80, in brackets",
    "//alice:80, Not a host name",
    "me@alice:80, Not a host name",
    "alice:, port of 0 to 65535",
    "host:+80, port of 0 to 65535",
    "host:-1, port of 0 to 65535",
    "'host: 80', port of 0 to 65535",
    "host:80 x, port of 0 to 65535",
    "host:٨٠, port of 0 to 65535",
    "host:８０, port of 0 to 65535",
    "host:0x50, port of 0 to 65535",
    "host:65536, port of 0 to 65535",
    "host:000080, port of 0 to 65535",
    "host:99999999999999999999, port of 0 to 65535"
  })
  @DisplayName("anything else is refused with a line that says what was wrong")
  void refused(String text, String line) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Endpoint.parse(text))
        .withMessageContaining(line)
        .withNoCause();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "[::1]", "a:b", ":", "a:80", "a\u0000", "a/b"})
  void hostsThatAreNone(String host) {
    assertThatIllegalArgumentException().isThrownBy(() -> new Endpoint(host, 80));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 65_536, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void portsThatAreNone(int port) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Endpoint("alice", port))
        .withMessage("A port is 0 to 65535; this is " + port);
  }

  @Test
  void missingHost() {
    assertThatNullPointerException().isThrownBy(() -> new Endpoint(null, 80)).withMessage("host");
  }
}
