// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.admission.AdmissionCallback;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.core.transport.OwnerLoop;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A question to the application whether a peer may join, with its clock. Anything but a yes in time
 * is a no. On the link's loop, but for the answer.
 */
final class AskedAdmission {

  /** How long the application may think. */
  static final long TIMEOUT_NANOS = 10_000_000_000L;

  private final OwnerLoop loop;
  private final Consumer<@Nullable String> decision;
  private OwnerLoop.@Nullable Timer timer;
  private boolean decided;

  /**
   * A question.
   *
   * @param decision told once, on the loop: null for yes, or why not
   */
  AskedAdmission(OwnerLoop loop, Consumer<@Nullable String> decision) {
    this.loop = loop;
    this.decision = decision;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // its end is what it is listened for
  void ask(AdmissionCallback callback, DittoAddress peer, String remote) {
    timer =
        loop.schedule(
            () -> decide("the admission callback did not answer within 10 s"), TIMEOUT_NANOS);
    try {
      CompletionStage<Boolean> answer = callback.mayJoin(peer, remote);
      if (answer == null) {
        decideLater("the admission callback returned null");
      } else {
        answer.whenComplete((yes, error) -> loop.execute(() -> answered(yes, error)));
      }
    } catch (Throwable e) {
      decideLater("the admission callback failed: " + UserCode.describe(e));
      UserCode.rethrowFatal(e);
    }
  }

  /** Not from within the question: the one who asks has not come to its end. */
  private void decideLater(String refusal) {
    loop.execute(() -> decide(refusal));
  }

  private void answered(@Nullable Boolean yes, @Nullable Throwable error) {
    if (error != null) {
      decide("the admission callback failed: " + UserCode.describe(error));
    } else {
      decide(Boolean.TRUE.equals(yes) ? null : "the admission callback said no");
    }
  }

  /** The answer is no longer wanted: the link has ended. */
  void cancel() {
    decided = true;
    if (timer != null) {
      timer.cancel();
    }
  }

  private void decide(@Nullable String refusal) {
    if (decided) {
      return;
    }
    cancel();
    decision.accept(refusal);
  }
}
