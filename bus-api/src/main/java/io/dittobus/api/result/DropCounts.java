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
 * @param noLink see {@link DropCause#NO_LINK}
 */
public record DropCounts(
    long noCredit, long replaced, long expired, long overflow, long ended, long noLink) {

  /** Nothing was dropped. */
  public static final DropCounts NONE = new DropCounts(0, 0, 0, 0, 0, 0);

  /** Messages dropped for this cause. */
  public long of(DropCause cause) {
    return switch (cause) {
      case NO_CREDIT -> noCredit;
      case REPLACED -> replaced;
      case EXPIRED -> expired;
      case OVERFLOW -> overflow;
      case ENDED -> ended;
      case NO_LINK -> noLink;
    };
  }

  /** These counts and some more for this cause. */
  public DropCounts plus(DropCause cause, long messages) {
    return new DropCounts(
        noCredit + (cause == DropCause.NO_CREDIT ? messages : 0),
        replaced + (cause == DropCause.REPLACED ? messages : 0),
        expired + (cause == DropCause.EXPIRED ? messages : 0),
        overflow + (cause == DropCause.OVERFLOW ? messages : 0),
        ended + (cause == DropCause.ENDED ? messages : 0),
        noLink + (cause == DropCause.NO_LINK ? messages : 0));
  }

  /** Messages dropped for any cause. */
  public long total() {
    return noCredit + replaced + expired + overflow + ended + noLink;
  }
}
