// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

/**
 * A named fault of one line in the core: a piece of its source, which must stand there exactly
 * once, and what is put in its place.
 */
public record Sabotage(String name, String file, String original, String fault) {

  private static final String FLOW = "flow/";
  private static final String STREAM = "stream/";
  private static final String SESSION = "session/";

  static final Sabotage[] ALL = {
    new Sabotage(
        "AUTH skipped",
        SESSION + "Handshake.java",
        "state = State.PROVING;",
        "state = State.ADMITTING;"),
    new Sabotage(
        "an objection is passed over",
        SESSION + "Handshake.java",
        "if (objection == null) {",
        "if (objection == null || objection.length() > 0) {"),
    new Sabotage(
        "READY is taken before AUTH",
        SESSION + "Handshake.java",
        "if (remote == null || state == State.PROVING || remoteReady != null) {",
        "if (remote == null || remoteReady != null) {"),
    new Sabotage(
        "READY is written before admission",
        SESSION + "Handshake.java",
        "authDue |= !introduction.dialler();",
        "authDue |= !introduction.dialler(); readyDue = new Ready(1, 1, 0, 0, 0);"),
    new Sabotage(
        "proven key not compared",
        SESSION + "Handshake.java",
        "!introduction.proven().equals(hello.key())",
        "introduction.proven().equals(own.key())"),
    new Sabotage(
        "dialled key not compared",
        SESSION + "Handshake.java",
        "!introduction.dialled().equals(hello.key())",
        "introduction.dialled().equals(own.key())"),
    new Sabotage(
        "the one who was dialled shows first",
        SESSION + "Handshake.java",
        "authDue = introduction.dialler();",
        "authDue = true;"),
    new Sabotage(
        "a refusal says why",
        SESSION + "Handshake.java",
        "refusal ? EndCause.local(EndCause.Kind.FORBIDDEN, \"\") : cause",
        "cause"),
    new Sabotage(
        "a proof is good for any handshake",
        SESSION + "Credentials.java",
        "mac.update(verifier.nonce().toBytes());",
        ""),
    new Sabotage(
        "a proof is good for both roles",
        SESSION + "Credentials.java",
        "mac.update((byte) (proverDialled ? 1 : 2));",
        ""),
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
        "Charge.saturatedSum(consumption.releasedOffset(), window.bytes())",
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
        "waiting.add(new Waiting(message, messageHasMetadata));",
        "waiting.addFirst(new Waiting(message, messageHasMetadata));"),
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
        "an unreliable message waits for credit",
        STREAM + "SendHalf.java",
        "if (how == ReliabilityMode.UNRELIABLE && !fits(message.readableBytes())) {",
        "if (how == ReliabilityMode.UNRELIABLE && emitted == 0) {"),
    new Sabotage(
        "an unreliable message is dropped despite credit",
        STREAM + "SendHalf.java",
        "return credit.availableMessages() > queue.size() && hasBytes",
        "return credit.availableMessages() > queue.size() + 1 && hasBytes"),
    new Sabotage(
        "what is old in a sequenced stream stays",
        STREAM + "SendHalf.java",
        "if (replaces && (crowded || linkIsDown || !lastFits())) {",
        "if (replaces && crowded) {"),
    new Sabotage(
        "a sequence is given when the message is written",
        STREAM + "SendHalf.java",
        "entry.sequence = emitted;",
        "entry.sequence = credit.messages() + queue.size();"),
    new Sabotage(
        "a message is written after its time",
        SESSION + "Expiries.java",
        "&& nowNanos - first.expiryNanos >= 0) {",
        "&& nowNanos - first.expiryNanos >= 400_000) {"),
    new Sabotage(
        "what was dropped is not told at the end",
        SESSION + "SessionWriter.java",
        "writeDrops(out, stream);\n    if (fin) {",
        "if (fin) {"),
    new Sabotage(
        "the count with an ack runs ahead of it",
        STREAM + "ReceiveHalf.java",
        "return sequences == null ? credit.received() : credit.consumed();",
        "return credit.received();"),
    new Sabotage(
        "an acknowledgement of an unreliable message covers a gap",
        STREAM + "ReceiveHalf.java",
        "sequences.consumed(credit.consumed());",
        "sequences.consumed(credit.received());"),
    new Sabotage(
        "an acknowledgement before ACCEPT is lost",
        SESSION + "SessionWriter.java",
        "stream.answerMetadata());\n        receive.limitsAnnounced();",
        "stream.answerMetadata());\n        receive.announced();"),
    new Sabotage(
        "a single message that is refused counts as delivered",
        SESSION + "Singles.java",
        "result == SingleResult.CONSUMED && number <= receive.ackedSequence();",
        "number <= receive.ackedSequence();"),
    new Sabotage(
        "a single message that is not ended holds up the others",
        FLOW + "ReceiveCredit.java",
        "new ReceiveCredit(0, window, new UnorderedConsumption());",
        "new ReceiveCredit(0, window, new ConsumptionTracker());"),
    new Sabotage(
        "a single message that ended gives no room back",
        SESSION + "Singles.java",
        "receive.credit().request(1);",
        ""),
    new Sabotage(
        "what has arrived is written again",
        SESSION + "ReplayLog.java",
        "skip(first, (int) (arrived - released));",
        "skip(first, 0);"),
    new Sabotage(
        "what has not arrived is not written again",
        SESSION + "ReplayLog.java",
        "replay.add(segment);",
        "segment.position = 0;"),
    new Sabotage(
        "what has not arrived is given back",
        SESSION + "ReplayLog.java",
        "&& released + first.frames <= receipted) {",
        "&& released < receipted) {"),
    new Sabotage(
        "a frame that was taken on the former link is taken again",
        SESSION + "Arrivals.java",
        "repeated = frames - number;",
        "repeated = 0;"),
    new Sabotage(
        "a frame of the new link is passed over",
        SESSION + "Arrivals.java",
        "repeated = frames - number;",
        "repeated = frames - number + 1;"),
    new Sabotage(
        "acknowledgements that the break has swallowed are not said again",
        SESSION + "Session.java",
        "acknowledgements.again(stream);",
        ""),
    new Sabotage(
        "acknowledgements are said again only with news",
        STREAM + "ReceiveHalf.java",
        "announcedAck = -1;",
        ""),
    new Sabotage(
        "an unreliable message waits for a link",
        STREAM + "SendHalf.java",
        "if (how == ReliabilityMode.UNRELIABLE && linkIsDown) {",
        "if (how == ReliabilityMode.UNRELIABLE && linkIsDown && emitted == 0) {"),
    new Sabotage(
        "what waited stays when the link is down",
        STREAM + "OutboundQueue.java",
        "case UNRELIABLE_SEQUENCED -> !isLast;",
        "case UNRELIABLE_SEQUENCED -> false;"),
    new Sabotage(
        "a session without a link outlives its window",
        SESSION + "Session.java",
        "if (now - resumeUntilNanos >= 0) {",
        "if (now - resumeUntilNanos > 0) {"),
    new Sabotage(
        "a window is not given back", STREAM + "ReceiveHalf.java", "    credit.release();\n", ""),
  };

  @Override
  public String toString() {
    return name;
  }
}
