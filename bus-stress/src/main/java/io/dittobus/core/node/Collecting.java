// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.MessageCallback;
import io.dittobus.api.result.DropCause;
import org.jspecify.annotations.Nullable;

/** What a loop takes out of an {@link Emits}: counts, and whether the sequences have no gap. */
final class Collecting implements Emits.Drain {

  int messages;
  long drops;
  long last;
  boolean inOrder = true;

  @Override
  public void message(long sequence, Emission emission, boolean crowded) {
    inOrder &= sequence == last + 1;
    last = sequence;
    messages++;
    emission.message().release();
  }

  @Override
  public void dropped(
      long upToSequence, long count, DropCause cause, @Nullable MessageCallback callback) {
    inOrder &= upToSequence == last + count;
    last = upToSequence;
    drops += count;
  }
}
