// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.examples.support.RunningProgram;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot be done is one clear line on standard error, and a status other than 0. */
class PipeComplaintsTest extends PipeProcesses {

  private static final String NOBODY = "127.0.0.1:1";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``                               | Say what to do: 'listen' or 'send'",
        "zap                              | 'zap'",
        "--zap                            | Unknown option: '--zap'",
        "listen --zap                     | Unknown option: '--zap'",
        "send --zap                       | Unknown option: '--zap'",
        "send                             | pipe: HOST:PORT is missing;",
        "send host                        | 'host' has no port",
        "send host:0                      | a port of 1 to 65535",
        "send 127.0.0.1:1 f --chunk 0     | '--chunk': '0' is not a size",
        "send 127.0.0.1:1 f --chunk 9M    | --chunk is 1 to 8M bytes",
        "listen --timeout 0               | --timeout is 1 to 3600 seconds",
        "listen --slow fast               | '--slow': 'fast' is not a size",
        "listen --port 65536              | --port is 0 to 65535; this is 65536",
        "listen --port some               | 'some' is not a whole number",
      })
  void aBadCommandLine(String line, String words) throws Exception {
    RunningProgram program = pipe(line.isEmpty() ? new String[0] : line.split(" ", -1));
    assertFailed(program, 2, words, " --help' tells what there is");
    assertThat(program.out()).isEmpty();
  }

  @Test
  void aPortInUse() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      RunningProgram listener = pipe("listen", "--port", Integer.toString(other.getLocalPort()));
      assertFailed(listener, 1, "cannot listen at 127.0.0.1:" + other.getLocalPort(), "in use");
    }
  }

  @Test
  void anAddressOfNobodyToListenAt() throws Exception {
    assertFailed(pipe("listen", "--host", "nobody.invalid"), 1, "nobody.invalid", "unknown host");
  }

  @Test
  void anUnknownHost() throws Exception {
    Path file = file("file", 1);
    assertFailed(
        pipe("send", "nobody.invalid:4040", file.toString()), 1, "unknown host nobody.invalid");
  }

  @Test
  void aRefusedConnection() throws Exception {
    Path file = file("file", 1);
    try (Socket nobodyListens = new Socket()) {
      nobodyListens.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String endpoint = "127.0.0.1:" + nobodyListens.getLocalPort();
      assertFailed(
          pipe("send", endpoint, file.toString()),
          1,
          "cannot connect to " + endpoint,
          "connection refused");
    }
  }

  @Test
  void anotherProtocolWithoutTls() throws Exception {
    Path file = file("file", 1);
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String endpoint = "127.0.0.1:" + other.getLocalPort();
      RunningProgram sender = pipe("send", endpoint, file.toString(), "--insecure");
      try (Socket accepted = other.accept()) {
        accepted.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(US_ASCII));
        assertFailed(sender, 1, "not the DittoBus protocol", "(this looks like HTTP)");
      }
    }
  }

  /** Something else listens there: an HTTP server that says so at once. */
  @Test
  void anotherProtocol() throws Exception {
    Path file = file("file", 1);
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      RunningProgram sender = pipe("send", "127.0.0.1:" + other.getLocalPort(), file.toString());
      try (Socket accepted = other.accept()) {
        accepted.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(US_ASCII));
        assertFailed(sender, 1, "cannot connect to", "it speaks no TLS");
      }
    }
  }

  @Test
  void aMissingFile() throws Exception {
    Path missing = folder.resolve("missing");
    assertFailed(
        pipe("send", NOBODY, missing.toString()),
        1,
        "cannot read " + missing + ": no such file or folder");
  }

  @Test
  void aFolder() throws Exception {
    assertFailed(
        pipe("send", NOBODY, folder.toString()), 1, "cannot read " + folder + ": it is a folder");
    assertFailed(
        pipe("listen", "--out", folder.toString()),
        1,
        "cannot write " + folder + ": is a directory");
  }

  @Test
  void noPermission() throws Exception {
    Path file = file("file", 1);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    assumeForbidden(Files.isReadable(file));
    assertFailed(
        pipe("send", NOBODY, file.toString()), 1, "cannot read " + file + ": permission denied");
    assertFailed(
        pipe("listen", "--out", file.toString()),
        1,
        "cannot write " + file + ": permission denied");
  }

  @Test
  void anOutputInNoFolder() throws Exception {
    Path out = folder.resolve("missing").resolve("copy");
    assertFailed(
        pipe("listen", "--out", out.toString()),
        1,
        "cannot write " + out + ": no such file or folder");
  }

  @Test
  void anOutputThatIsFull() throws Exception {
    Path full = fullDevice();
    RunningProgram listener = listen("--out", full.toString());
    RunningProgram sender = send(listener, file("file", 3 << 20));
    String why = "cannot write " + full + ": no space left on device";
    assertFailed(sender, 1, "the other side gave up: " + why);
    assertFailed(listener, 1, why, "is not the whole (0 bytes)");
  }

  @Test
  void aStandardOutputThatIsFull() throws Exception {
    RunningProgram listener = listening(pipeInto(fullDevice(), "listen"));
    RunningProgram sender = send(listener, file("file", 1));
    String why = "cannot write standard output: no space left on device";
    assertFailed(sender, 1, "the other side gave up: " + why);
    assertFailed(listener, 1, why);
  }
}
