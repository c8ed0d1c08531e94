// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.StreamException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import reactor.core.Exceptions;

/** Says failures in one line each, for people. */
public final class Complaints {

  private Complaints() {}

  /** One line: what was wrong and, where that is known, what to do. */
  public static String of(Throwable error) {
    Throwable cause = unwrap(error);
    if (cause instanceof ProgramFailure) {
      return Text.oneLine(String.valueOf(cause.getMessage()));
    }
    if (cause instanceof StreamException ended) {
      return ofStream(ended);
    }
    if (cause instanceof DittoBusException failure) {
      return Text.oneLine(failure.getMessage() + ". " + failure.code().remedy());
    }
    if (cause instanceof IOException failure) {
      return ofFile(failure);
    }
    if (cause instanceof OutOfMemoryError) {
      return "out of memory: give it more, with DITTOBUS_JAVA_OPTS=-Xmx512m";
    }
    return Text.oneLine(
        "this should not happen ("
            + cause
            + "); please report it, with what DITTOBUS_JAVA_OPTS=-Ddittobus.trace=true shows");
  }

  /** What was wrong with a file, without its name: "no such file", "no space left on device". */
  public static String reason(IOException error) {
    if (error instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (error instanceof AccessDeniedException) {
      return "permission denied";
    }
    String reason =
        error instanceof FileSystemException ofFile ? ofFile.getReason() : error.getMessage();
    return Text.oneLine(reason == null ? error.getClass().getSimpleName() : lowerFirst(reason));
  }

  private static String ofFile(IOException error) {
    return error instanceof FileSystemException ofFile && ofFile.getFile() != null
        ? Text.oneLine(ofFile.getFile()) + ": " + reason(error)
        : reason(error);
  }

  private static String ofStream(StreamException ended) {
    String text = Text.oneLine(ended.end().text());
    String code = " (" + ended.code() + ")";
    return switch (ended.reason()) {
      case APPLICATION_ERROR -> "the other side gave up: " + text + code;
      case PEER_LOST -> "the other side is gone: " + text + code;
      case CLOSED_BY_REMOTE, SHUT_DOWN -> "the other side ended before all was done" + code;
      case REFUSED_NO_HANDLER, REFUSED_LIMIT, REFUSED_FORBIDDEN ->
          "the other side refused: " + text + code;
      default -> Text.oneLine(ended.getMessage() + ". " + ended.code().remedy());
    };
  }

  private static Throwable unwrap(Throwable error) {
    Throwable cause = Exceptions.unwrap(error);
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  private static String lowerFirst(String text) {
    return text.length() > 1 && Character.isLowerCase(text.charAt(1))
        ? Character.toLowerCase(text.charAt(0)) + text.substring(1)
        : text;
  }
}
