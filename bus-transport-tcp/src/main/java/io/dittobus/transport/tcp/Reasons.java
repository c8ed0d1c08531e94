// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Says in a few words for people why something with a socket failed, whatever the platform calls
 * it.
 */
final class Reasons {

  /** What is said of a host that there is none of. */
  static final String UNKNOWN_HOST = "unknown host";

  private static final int MOST_CHARS = 200;

  private Reasons() {}

  /** Why, in lower case and without a line break. */
  static String of(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    String known = known(cause, message.toLowerCase(Locale.ROOT));
    return known != null ? known : printable(cause.getClass().getSimpleName() + ": " + message);
  }

  /** The same as an exception whose message is the few words; what this side says itself stays. */
  static @Nullable IOException readable(@Nullable Throwable cause) {
    if (cause instanceof ProtocolException own) {
      return own;
    }
    return cause == null ? null : new IOException(of(cause), cause);
  }

  private static @Nullable String known(Throwable cause, String message) {
    if (cause instanceof DecoderException && cause.getCause() != null) {
      return of(cause.getCause());
    }
    if (cause instanceof NotSslRecordException) {
      return "it speaks no TLS (an insecure bus, or another program)";
    }
    if (cause instanceof SSLException) {
      return ofTls(cause, message);
    }
    if (cause instanceof CertificateException) {
      return printable(message(cause));
    }
    if (cause instanceof UnknownHostException) {
      return ofUnknownHost(cause.getCause());
    }
    if (message.contains("refused")) {
      return "connection refused";
    }
    if (message.contains("address already in use")) {
      return "address already in use";
    }
    if (message.contains("cannot assign requested address")
        || message.contains("can't assign requested address")) {
      return "not an address of this machine";
    }
    if (message.contains("permission denied")) {
      return "permission denied";
    }
    if (cause instanceof NoRouteToHostException || message.contains("no route to host")) {
      return "no route to host";
    }
    if (message.contains("network is unreachable")) {
      return "network is unreachable";
    }
    if (message.contains("timed out")) {
      return "timed out";
    }
    if (message.contains("too many open files")) {
      return "too many open files";
    }
    if (message.contains("reset") || message.contains("broken pipe")) {
      return "connection reset";
    }
    return null;
  }

  private static String message(Throwable cause) {
    return String.valueOf(cause.getMessage());
  }

  /** What is wrong with a certificate is said by a cause of it. */
  private static String ofTls(Throwable cause, String message) {
    for (Throwable inner = cause; inner != null; inner = inner.getCause()) {
      if (inner instanceof CertificateException) {
        return printable(message(inner));
      }
    }
    if (message.contains("fatal alert") || message.contains("alert_")) {
      return printable("the other side ended TLS: " + message(cause));
    }
    return printable("TLS: " + message(cause));
  }

  /** The resolver calls every host unknown that it cannot find, for whatever reason. */
  private static String ofUnknownHost(@Nullable Throwable cause) {
    String why = cause == null ? "" : String.valueOf(cause.getMessage());
    if (why.contains("timed out")) {
      return "the name server does not answer";
    }
    return cause instanceof IOException ? of(cause) : UNKNOWN_HOST;
  }

  private static String printable(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .limit(MOST_CHARS)
        .forEach(c -> line.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
    return line.toString();
  }
}
