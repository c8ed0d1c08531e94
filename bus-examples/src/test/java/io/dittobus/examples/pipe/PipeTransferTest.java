// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dittobus.examples.support.CuttableRelay;
import io.dittobus.examples.support.RunningProgram;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Transfers that go well, between two processes. */
class PipeTransferTest extends PipeProcesses {

  /**
   * How far the sender may be ahead of what the receiver wrote: by the window and its own queue;
   * and by what the pipe between this test and the sender holds.
   */
  private static final long MOST_AHEAD_BYTES = BusSettings.MAX_WINDOW + (1 << 20) + (512 << 10);

  private static final Pattern WITHOUT_CREDIT =
      Pattern.compile("sent \\d+ bytes in .* (\\d+\\.\\d) s without credit");

  private Path copy() {
    return folder.resolve("copy");
  }

  private static String sha256(byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }

  @Test
  void aFileGoesOver() throws Exception {
    Path file = file("file", (6 << 20) + 12_345);
    Files.write(copy(), new byte[7 << 20]); // which is longer, and is replaced
    RunningProgram listener = listen("--out", copy().toString());
    RunningProgram sender = send(listener, file);

    assertTransferred(listener, sender, sha256(Files.readAllBytes(file)));
    assertThat(copy()).hasSameBinaryContentAs(file);
    assertThat(sender.err()).contains("sent 6303801 bytes in 97 messages, ");
    assertThat(listener.err())
        .contains("receiving file (6.0 MiB) from peer ")
        .contains("received 6303801 bytes in 97 messages, ");
    assertThat(listener.out() + sender.out()).isEmpty();
  }

  @Test
  void aFileThatIsLargerThanTheirMemoryGoesOver() throws Exception {
    Path file = Path.of(System.getProperty("java.home"), "lib", "modules"); // over 100 MB
    RunningProgram listener = listen("--out", copy().toString());
    RunningProgram sender = send(listener, file);

    assertThat(sender.status()).as(sender::err).isZero();
    assertThat(listener.status()).as(listener::err).isZero();
    assertThat(Files.mismatch(file, copy())).isEqualTo(-1);
  }

  @Test
  void aConnectionThatIsLostComesBackAndNothingIsLost() throws Exception {
    Path file = file("file", 8 << 20);
    RunningProgram listener = listen("--slow", "4M", "--out", copy().toString());
    String where = endpoint(listener);
    try (CuttableRelay relay =
        CuttableRelay.to(Integer.parseInt(where.substring(where.lastIndexOf(':') + 1)))) {
      RunningProgram sender = pipe("send", "127.0.0.1:" + relay.port(), file.toString());
      for (int cuts = 1; cuts <= 2; cuts++) {
        long before = cuts == 1 ? 0 : Files.size(copy());
        await().atMost(PATIENCE).until(() -> Files.exists(copy()) && Files.size(copy()) > before);
        relay.cut(Duration.ofMillis(100));
        int times = cuts;
        await().atMost(PATIENCE).until(() -> said(sender, "going on: ") == times);
      }
      assertTransferred(listener, sender, sha256(Files.readAllBytes(file)));
      assertThat(copy()).hasSameBinaryContentAs(file);
      for (RunningProgram each : List.of(listener, sender)) {
        assertThat(said(each, "waiting for the connection to come back"))
            .as(each::err)
            .isEqualTo(2);
        assertThat(said(each, "going on: the connection was gone for ")).isEqualTo(2);
      }
    }
  }

  private static long said(RunningProgram program, String words) {
    return program.errLines().stream().filter(line -> line.contains(words)).count();
  }

  @Test
  void standardInputComesOutOfStandardOutput() throws Exception {
    byte[] content = Files.readAllBytes(file("file", 1_234_567));
    RunningProgram listener = listen();
    RunningProgram sender = send(listener, "-");
    try (OutputStream stdin = sender.stdin()) {
      stdin.write(content);
    }

    assertTransferred(listener, sender, sha256(content));
    assertThat(listener.outFile()).hasBinaryContent(content);
    assertThat(listener.err()).contains("receiving a stream from peer ");
  }

  @Test
  void aMessageForEachLine() throws Exception {
    String text = "one\n\nthree\r\n" + "x".repeat(25) + "\nand no line feed";
    Path file = Files.writeString(folder.resolve("lines"), text);
    RunningProgram listener = listen("--out", copy().toString());
    RunningProgram sender = send(listener, file, "--lines", "--chunk", "20");

    assertTransferred(listener, sender, sha256(text.getBytes(StandardCharsets.UTF_8)));
    assertThat(copy()).hasContent(text).hasSameBinaryContentAs(file);
    assertThat(listener.err()).contains(" in 6 messages, "); // the line of 26 bytes makes two
    assertThat(sender.err()).contains(" in 6 messages, ");
  }

  @Test
  void anEmptyFileGoesOver() throws Exception {
    Path file = file("file", 0);
    Files.writeString(copy(), "what was there before");
    RunningProgram listener = listen("--out", copy().toString());
    RunningProgram sender = send(listener, file);

    assertTransferred(listener, sender, sha256(new byte[0]));
    assertThat(copy()).isEmptyFile();
    assertThat(sender.err()).contains("sent 0 bytes in 0 messages, ");
  }

  @Test
  void chunksAreOfTheSizeThatIsAskedFor() throws Exception {
    Path file = file("file", 10_241);
    RunningProgram listener = listen("--out", copy().toString());
    RunningProgram sender = send(listener, file, "--chunk", "1K");

    assertTransferred(listener, sender, sha256(Files.readAllBytes(file)));
    assertThat(copy()).hasSameBinaryContentAs(file);
    assertThat(sender.err()).contains("sent 10241 bytes in 11 messages, ");
  }

  /**
   * The sender's standard input is a pipe of this test, so what the sender has taken is known to
   * the byte; and so is what the receiver has written.
   */
  @Test
  void aSlowReceiverHoldsTheSender() throws Exception {
    byte[] content = Files.readAllBytes(file("file", 9 << 20));
    RunningProgram listener = listen("--slow", "6M", "--out", copy().toString());
    RunningProgram sender = send(listener, "-");
    AtomicLong taken = new AtomicLong();
    CompletableFuture<Void> feeding =
        CompletableFuture.runAsync(() -> feed(sender.stdin(), content, taken));

    AtomicLong mostAhead = new AtomicLong();
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              long before = taken.get();
              mostAhead.accumulateAndGet(before - Files.size(copy()), Math::max);
              return !sender.isAlive();
            });

    assertTransferred(listener, sender, sha256(content));
    feeding.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(mostAhead.get()).isPositive().isLessThanOrEqualTo(MOST_AHEAD_BYTES);
    Matcher report = WITHOUT_CREDIT.matcher(sender.err());
    assertThat(report.find()).as(sender::err).isTrue();
    assertThat(Double.parseDouble(report.group(1))).isPositive();
  }

  private static void feed(OutputStream stdin, byte[] content, AtomicLong taken) {
    try (stdin) {
      for (int at = 0; at < content.length; at += 1 << 16) {
        stdin.write(content, at, 1 << 16);
        taken.addAndGet(1 << 16);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aSecondSenderIsRefusedAndTheFirstGoesOn() throws Exception {
    byte[] content = new byte[100];
    RunningProgram listener = listen("--out", copy().toString());
    RunningProgram first = send(listener, "-");
    try (OutputStream stdin = first.stdin()) {
      stdin.write(content, 0, 50);
      stdin.flush();
      awaitBytesIn(copy());
      RunningProgram second = send(listener, file("file", 1));
      assertFailed(second, 1, "the other side refused: ");
      stdin.write(content, 50, 50);
    }

    assertTransferred(listener, first, sha256(content));
    assertThat(copy()).hasBinaryContent(content);
  }
}
