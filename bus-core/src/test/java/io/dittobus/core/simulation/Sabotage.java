// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

/**
 * A named fault of one line in the core: a piece of its source, which must stand there exactly
 * once, and what is put in its place.
 */
record Sabotage(String name, String file, String original, String fault) {

  private static final String FLOW = "flow/";
  private static final String STREAM = "stream/";
  private static final String SESSION = "session/";

  static final Sabotage[] ALL = {
    new Sabotage(
        "ack on receipt",
        FLOW + "ReceiveCredit.java",
        "consumption.received(Charge.of(payloadBytes));",
        "consumption.received(Charge.of(payloadBytes));"
            + " consumption.consumeUpTo(consumption.received());"),
    new Sabotage(
        "a later acknowledgement covers a gap",
        FLOW + "ConsumptionTracker.java",
        "while (consumed < received && ring[index(consumed + 1)] < 0) {",
        "while (consumed < received && ring[index(consumed + 1)] != 0) {"),
    new Sabotage(
        "additive credit",
        FLOW + "SendCredit.java",
        "maxMessages = Math.max(maxMessages, newMaxMessages);",
        "maxMessages = maxMessages + newMaxMessages;"),
    new Sabotage(
        "prefetch counted twice",
        FLOW + "ReceiveCredit.java",
        "Charge.saturatedSum(requested, prefetch)",
        "Charge.saturatedSum(requested, 2L * prefetch)"),
    new Sabotage(
        "limit lowered by delivery",
        FLOW + "ReceiveCredit.java",
        "Math.max(openMessages, Charge.saturatedSum(requested, prefetch))",
        "Math.max(openMessages, Charge.saturatedSum(requested - delivered, prefetch))"),
    new Sabotage(
        "window moves on receipt",
        FLOW + "ReceiveCredit.java",
        "Charge.saturatedSum(consumption.consumedOffset(), window.bytes())",
        "Charge.saturatedSum(offset, window.bytes())"),
    new Sabotage(
        "delivery beyond demand",
        FLOW + "ReceiveCredit.java",
        "return requested > delivered;",
        "return requested >= delivered;"),
    new Sabotage(
        "the receiver miscounts the charge",
        FLOW + "ReceiveCredit.java",
        "offset += Charge.of(payloadBytes);",
        "offset += Charge.of(payloadBytes) + 1;"),
    new Sabotage(
        "credit not enforced by the sender",
        STREAM + "SendHalf.java",
        "&& credit.availableMessages() > 0",
        "&& credit.availableMessages() > -1"),
    new Sabotage(
        "message credit not enforced by the receiver",
        FLOW + "ReceiveCredit.java",
        "return begun <= announcedMessages && offset <= announcedOffset;",
        "return offset <= announcedOffset;"),
    new Sabotage(
        "byte credit not enforced by the receiver",
        FLOW + "ReceiveCredit.java",
        "return begun <= announcedMessages && offset <= announcedOffset;",
        "return begun <= announcedMessages;"),
    new Sabotage(
        "one stream's fault ends the session",
        SESSION + "Endings.java",
        "cut(stream, EndCause.local(kind, line));",
        "session.fail(EndCause.local(kind, line));"),
    new Sabotage(
        "FIN overtakes data",
        STREAM + "SendHalf.java",
        "return state == State.FINISHING && current == null && queue.isEmpty();",
        "return state == State.FINISHING;"),
    new Sabotage(
        "a message that is cut leaks",
        STREAM + "SendHalf.java",
        "OutboundQueue.release(current);",
        "current.touch();"),
    new Sabotage(
        "newest message first",
        STREAM + "ReceiveHalf.java",
        "waiting.add(message);",
        "waiting.addFirst(message);"),
    new Sabotage(
        "completed when delivered, not when consumed",
        STREAM + "ReceiveHalf.java",
        "return state == State.DELIVERED && credit.consumed() == credit.received();",
        "return state == State.DELIVERED;"),
    new Sabotage(
        "completion overtakes what waits",
        STREAM + "ReceiveHalf.java",
        "&& !declined && !hasWaiting();",
        "&& !declined;"),
    new Sabotage(
        "acknowledgements wait for further traffic",
        SESSION + "Acknowledgements.java",
        "delayed.add(stream);",
        "nextTimeoutNanos();"),
    new Sabotage(
        "first demand waits for the delay",
        FLOW + "ReceiveCredit.java",
        "if (maxMessages() > announcedMessages && messagesUnused <= messagesWindow / 2) {",
        "if (maxMessages() > announcedMessages && messagesUnused > messagesWindow) {"),
    new Sabotage(
        "large messages are never let in",
        SESSION + "Admission.java",
        "if (!stream.awaitsAdmission && needsAdmission(stream)) {",
        "if (stream.awaitsAdmission && needsAdmission(stream)) {"),
    new Sabotage(
        "the reassembly budget is not given back",
        SESSION + "Admission.java",
        "freeBytes += bytes;",
        "freeBytes += 0;"),
    new Sabotage(
        "prefetched messages pass the window",
        SESSION + "Admission.java",
        "&& receive.credit().isRequested()",
        ""),
    new Sabotage(
        "STOP ignored",
        SESSION + "Endings.java",
        "      resetOutbound(stream, cause);\n    }\n  }\n\n  /** DONE came",
        "      considerInboundEnd(stream);\n    }\n  }\n\n  /** DONE came"),
    new Sabotage(
        "the sender has the last word",
        SESSION + "Endings.java",
        "stream.send().end(cause);\n    stream.said(Control.FIN);",
        "stream.send().end(stream.send().cause());\n    stream.said(Control.FIN);"),
    new Sabotage(
        "a window is not given back", STREAM + "ReceiveHalf.java", "    credit.release();\n", ""),
  };

  @Override
  public String toString() {
    return name;
  }
}
