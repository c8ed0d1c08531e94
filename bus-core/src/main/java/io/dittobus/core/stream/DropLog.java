// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.stream;

import io.dittobus.api.result.DropCause;
import io.dittobus.api.result.DropCounts;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Messages of one direction that were dropped before they were on the wire: how many in all, and
 * those that nobody has been told of, in runs.
 */
public final class DropLog {

  /**
   * Messages that were dropped, one after the other, for one cause.
   *
   * @param first sequence of the first one
   * @param last sequence of the last one
   * @param chargeBytes what they cost while they waited
   */
  public record Run(long first, long last, DropCause cause, long chargeBytes) {}

  private DropCounts counts = DropCounts.NONE;
  private final ArrayDeque<Run> untold = new ArrayDeque<>(2);
  private boolean changed;

  /** One or several messages were dropped. */
  void add(long first, long last, DropCause cause, long chargeBytes) {
    count(cause, last - first + 1);
    Run before = untold.peekLast();
    if (before != null && before.cause == cause && before.last == first - 1) {
      untold.removeLast();
      untold.add(new Run(before.first, last, cause, before.chargeBytes + chargeBytes));
    } else {
      untold.add(new Run(first, last, cause, chargeBytes));
    }
  }

  /** Messages were dropped of which the owner knows otherwise. */
  void count(DropCause cause, long messages) {
    if (messages > 0) {
      counts = counts.plus(cause, messages);
      changed = true;
    }
  }

  /** The next run that the owner has not been told of; null if there is none. */
  public @Nullable Run poll() {
    return untold.poll();
  }

  /** Whether the other side does not know all of it. */
  public boolean isChanged() {
    return changed;
  }

  /** The counts; the other side knows them now. */
  public DropCounts tell() {
    changed = false;
    return counts;
  }

  /** The counts. */
  public DropCounts counts() {
    return counts;
  }
}
