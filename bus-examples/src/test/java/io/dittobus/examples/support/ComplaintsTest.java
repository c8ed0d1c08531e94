// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.api.result.StreamEnd.Origin;
import io.dittobus.api.result.StreamException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Exceptions;

/** Every failure is one line for people. */
class ComplaintsTest {

  private static StreamException ended(BusCompletionReason reason, String text) {
    return new StreamException(StreamEnd.unopened(reason, Origin.REMOTE, text));
  }

  @Test
  void ourOwnFailuresAreTheirLine() {
    assertThat(Complaints.of(new ProgramFailure("cannot read x"))).isEqualTo("cannot read x");
    assertThat(Complaints.of(new ProgramFailure("a\nb\u001b"))).isEqualTo("a b?");
  }

  @Test
  void whatFailuresAreWrappedInDoesNotShow() {
    ProgramFailure failure = new ProgramFailure("cannot read x");
    Throwable wrapped = new CompletionException(new ExecutionException(failure));
    assertThat(Complaints.of(wrapped)).isEqualTo("cannot read x");
    IOException checked = new IOException("Broken pipe");
    assertThat(Complaints.of(Exceptions.propagate(checked))).isEqualTo("broken pipe");
  }

  @Test
  void failuresOfTheBusComeWithCodeAndRemedy() {
    String line = Complaints.of(new DittoBusException(ErrorCode.OVERFLOW, "no room"));
    assertThat(line).isEqualTo("DITTO-202: no room. " + ErrorCode.OVERFLOW.remedy());
  }

  @ParameterizedTest
  @CsvSource({
    "APPLICATION_ERROR, the other side gave up: why (DITTO-151)",
    "PEER_LOST, the other side is gone: why (DITTO-122)",
    "CLOSED_BY_REMOTE, the other side ended before all was done (DITTO-101)",
    "SHUT_DOWN, the other side ended before all was done (DITTO-141)",
    "REFUSED_NO_HANDLER, the other side refused: why (DITTO-111)",
    "REFUSED_LIMIT, the other side refused: why (DITTO-112)",
    "REFUSED_FORBIDDEN, the other side refused: why (DITTO-113)",
  })
  void endsOfStreams(BusCompletionReason reason, String line) {
    assertThat(Complaints.of(ended(reason, "why"))).isEqualTo(line);
  }

  @ParameterizedTest
  @EnumSource(BusCompletionReason.class)
  void everyEndIsOneLineWithItsCode(BusCompletionReason reason) {
    assertThat(Complaints.of(ended(reason, "first\nsecond\r\u001b[31m")))
        .contains(reason.errorCode().toString())
        .doesNotContainPattern("\\p{Cntrl}");
  }

  @Test
  void failuresOfFiles() {
    assertThat(Complaints.of(new NoSuchFileException("x"))).isEqualTo("x: no such file or folder");
    assertThat(Complaints.of(new AccessDeniedException("x"))).isEqualTo("x: permission denied");
    assertThat(Complaints.of(new FileSystemException("x", null, "Is a directory")))
        .isEqualTo("x: is a directory");
    assertThat(Complaints.of(new IOException("No space left on device")))
        .isEqualTo("no space left on device");
    assertThat(Complaints.reason(new IOException())).isEqualTo("IOException");
    assertThat(Complaints.reason(new IOException("EOF"))).isEqualTo("EOF");
    assertThat(Complaints.reason(new FileSystemException("x"))).isEqualTo("FileSystemException");
  }

  @Test
  void tooLittleMemoryComesWithARemedy() {
    assertThat(Complaints.of(new OutOfMemoryError("Java heap space")))
        .contains("out of memory", "DITTOBUS_JAVA_OPTS=-Xmx512m");
  }

  @Test
  void whatShouldNotHappenIsOneLineToo() {
    assertThat(Complaints.of(new IllegalStateException("line\nline")))
        .startsWith("this should not happen (java.lang.IllegalStateException: line line)")
        .contains("please report it");
    assertThat(Complaints.of(new NullPointerException())).contains("NullPointerException");
    assertThat(Complaints.of(new ProgramFailure("x".repeat(10_000)))).hasSize(500);
  }
}
