// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.result;

/**
 * How many messages of one direction were dropped at its sender, by cause, since the stream was
 * opened.
 *
 * @param noCredit see {@link DropCause#NO_CREDIT}
 * @param replaced see {@link DropCause#REPLACED}
 * @param expired see {@link DropCause#EXPIRED}
 * @param overflow see {@link DropCause#OVERFLOW}
 * @param ended see {@link DropCause#ENDED}
 */
public record DropCounts(long noCredit, long replaced, long expired, long overflow, long ended) {

  /** Nothing was dropped. */
  public static final DropCounts NONE = new DropCounts(0, 0, 0, 0, 0);

  /** Messages dropped for this cause. */
  public long of(DropCause cause) {
    return switch (cause) {
      case NO_CREDIT -> noCredit;
      case REPLACED -> replaced;
      case EXPIRED -> expired;
      case OVERFLOW -> overflow;
      case ENDED -> ended;
    };
  }

  /** These counts and some more for this cause. */
  public DropCounts plus(DropCause cause, long messages) {
    return switch (cause) {
      case NO_CREDIT -> new DropCounts(noCredit + messages, replaced, expired, overflow, ended);
      case REPLACED -> new DropCounts(noCredit, replaced + messages, expired, overflow, ended);
      case EXPIRED -> new DropCounts(noCredit, replaced, expired + messages, overflow, ended);
      case OVERFLOW -> new DropCounts(noCredit, replaced, expired, overflow + messages, ended);
      case ENDED -> new DropCounts(noCredit, replaced, expired, overflow, ended + messages);
    };
  }

  /** Messages dropped for any cause. */
  public long total() {
    return noCredit + replaced + expired + overflow + ended;
  }
}
