// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.inbound;

import java.util.Set;

/**
 * Tells a cancel that is due to a failure from one that is wanted.
 *
 * <p>Reactor never lets an exception out of {@code onNext}: an operator whose function throws
 * cancels its source and fails towards its subscriber, and so does {@code subscribe(consumer)}. To
 * the source this looks the same as {@code take(n)}, and a transfer whose receiver has failed would
 * look like one that was ended on purpose. What differs is who calls: {@code
 * reactor.core.publisher.Operators.on…Error}, by which all operators do it, or one of the few that
 * do it by themselves. Looked at once in the life of a stream, when it is cancelled. If Reactor
 * changes, a failure looks like a cancel again, which the tests of this class would tell.
 */
final class FailedConsumer {

  private static final int MAX_FRAMES = 64;

  private static final String REACTOR = "reactor.core.publisher.";

  /** Methods that only pass a cancel on. */
  private static final Set<String> PASSING = Set.of("cancel", "terminate", "cancelMain", "dispose");

  /**
   * Methods in which operators fail by themselves; they never cancel their source for another
   * reason.
   */
  private static final Set<String> FAILING = Set.of("innerError", "maybeOnError");

  private static final StackWalker WALKER = StackWalker.getInstance();

  private FailedConsumer() {}

  /** Whether the caller, which is being cancelled, is so because of a failure of its consumer. */
  static boolean isCancelling() {
    return WALKER.walk(
        frames ->
            frames
                .limit(MAX_FRAMES)
                .dropWhile(FailedConsumer::passesOn)
                .findFirst()
                .map(FailedConsumer::fails)
                .orElse(false));
  }

  private static boolean passesOn(StackWalker.StackFrame frame) {
    return frame.getClassName().equals(FailedConsumer.class.getName())
        || PASSING.contains(frame.getMethodName());
  }

  private static boolean fails(StackWalker.StackFrame frame) {
    String type = frame.getClassName();
    String method = frame.getMethodName();
    if (!type.startsWith(REACTOR)) {
      return false;
    }
    if (type.equals(REACTOR + "Operators")) {
      return method.startsWith("on") && method.endsWith("Error");
    }
    return FAILING.contains(method)
        || (type.equals(REACTOR + "LambdaSubscriber") && method.equals("onNext"));
  }
}
