// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Cuts bytes into messages. All of them together are the bytes, whatever these are. */
interface Cutter {

  /**
   * The next message, of at least one byte, or null at the end. Blocks until there is one. One
   * thread at a time.
   */
  byte @Nullable [] next() throws IOException;

  /** Messages of a size, or of what is there now: nothing waits to become larger. */
  static Cutter chunks(InputStream in, int chunkBytes) {
    byte[] buffer = new byte[chunkBytes];
    return () -> {
      int read = in.read(buffer);
      return read < 0 ? null : Arrays.copyOf(buffer, read);
    };
  }

  /**
   * A message for each line, with its line feed; the last one may have none.
   *
   * @param maxBytes longer lines are cut into several messages
   */
  static Cutter lines(InputStream in, int maxBytes) {
    return new Lines(new BufferedInputStream(in, 1 << 16), maxBytes);
  }

  /** See {@link #lines}. */
  final class Lines implements Cutter {
    private final InputStream in;
    private final int maxBytes;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(256);

    private Lines(InputStream in, int maxBytes) {
      this.in = in;
      this.maxBytes = maxBytes;
    }

    @Override
    public byte @Nullable [] next() throws IOException {
      line.reset();
      while (line.size() < maxBytes) {
        int next = in.read();
        if (next < 0) {
          break;
        }
        line.write(next);
        if (next == '\n') {
          break;
        }
      }
      return line.size() == 0 ? null : line.toByteArray();
    }
  }
}
