// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

/** A stream, or one direction of it, ended otherwise than by completing. */
public final class StreamException extends DittoBusException {

  private static final long serialVersionUID = 1L;

  private final transient StreamEnd end;

  /** The exception that tells of this end. */
  public StreamException(StreamEnd end) {
    super(end.reason().errorCode(), end.describe());
    this.end = end;
  }

  /** How the stream ended. */
  public StreamEnd end() {
    return end;
  }

  /** Why the stream ended. */
  public BusCompletionReason reason() {
    return end.reason();
  }
}
