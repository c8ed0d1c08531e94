// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.DropCounts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Writes random frames of every type, and says what a reader has to make of each. */
final class RandomFrames {

  /** Number of different types. */
  static final int TYPES = 19;

  private static final long[] BORDERS = {
    0, 1, 63, 64, (1 << 14) - 1, 1 << 14, (1 << 30) - 1, 1 << 30, Varint.MAX - 1, Varint.MAX
  };

  private static final String[] TEXTS = {"", "x", "a longer line, all plain", "äöü", "日本", "🙂"};

  private final Random random;

  RandomFrames(Random random) {
    this.random = random;
  }

  /** Writes a frame of a random type; returns what {@link FrameLog} is to note of it. */
  List<String> write(ByteBuf out) {
    return write(random.nextInt(TYPES), out);
  }

  List<String> write(int type, ByteBuf out) {
    long a = number();
    long b = number();
    long c = number();
    long d = number();
    long e = number();
    EndCause cause = cause();
    String seen = FrameLog.cause(cause, !cause.local());
    return switch (type) {
      case 0 -> hello(out);
      case 18 -> auth(out);
      case 1 -> {
        FrameWriter.ready(out, new Ready(a, b, c, d, e));
        yield List.of(FrameLog.line("READY", a, b, c, d, e));
      }
      case 2 -> {
        FrameWriter.reject(out, cause);
        yield List.of(FrameLog.line("REJECT", seen));
      }
      case 3 -> open(out, a, b, c, d);
      case 4 -> {
        Metadata metadata = metadata();
        FrameWriter.accept(out, a, b, c, d, metadata);
        yield List.of(FrameLog.line("ACCEPT", a, b, c, d, metadata));
      }
      case 5 -> {
        FrameWriter.refuse(out, a, b, cause);
        yield List.of(FrameLog.line("REFUSE", a, b, seen));
      }
      case 6 -> {
        FrameWriter.fin(out, a, b, c, d, cause);
        yield List.of(FrameLog.line("FIN", a, b, c, d, seen));
      }
      case 7 -> {
        boolean drain = random.nextBoolean();
        FrameWriter.stop(out, a, b, drain, cause);
        yield List.of(FrameLog.line("STOP", a, b, drain, seen));
      }
      case 8 -> {
        FrameWriter.reset(out, a, b, c, d, cause);
        yield List.of(FrameLog.line("RESET", a, b, c, d, seen));
      }
      case 9 -> {
        FrameWriter.done(out, a, b, c, d, cause);
        yield List.of(FrameLog.line("DONE", a, b, c, d, seen));
      }
      case 10 -> data(out, a);
      case 11 -> {
        FrameWriter.ack(out, a, b, c, d, e);
        yield List.of(FrameLog.line("ACK", a, b, c, d, e));
      }
      case 12 -> {
        FrameWriter.receipt(out, a);
        yield List.of(FrameLog.line("RECEIPT", a));
      }
      case 13 -> {
        FrameWriter.ping(out, a);
        yield List.of(FrameLog.line("PING", a));
      }
      case 14 -> {
        FrameWriter.pong(out, a);
        yield List.of(FrameLog.line("PONG", a));
      }
      case 15 -> {
        DropCounts counts = new DropCounts(b, c, d, e, number(), number());
        FrameWriter.drops(out, a, counts);
        yield List.of(FrameLog.line("DROPS", a, counts));
      }
      case 16 -> {
        SingleResult result = List.of(SingleResult.values()).get(random.nextInt(3));
        FrameWriter.result(out, a, b, result);
        yield List.of(FrameLog.line("RESULT", a, b, result));
      }
      default -> {
        FrameWriter.goAway(out, a, b, cause);
        yield List.of(FrameLog.line("GOAWAY", a, b, seen));
      }
    };
  }

  private List<String> auth(ByteBuf out) {
    List<byte[]> items = new ArrayList<>();
    List<String> log = new ArrayList<>();
    int kind = random.nextInt(256);
    int count = random.nextInt(Auth.MAX_ITEMS + 1);
    log.add(FrameLog.line("AUTH", kind, count));
    for (int i = 0; i < count; i++) {
      byte[] item = new byte[random.nextInt(random.nextBoolean() ? 4 : 1500)];
      random.nextBytes(item);
      items.add(item);
      log.add(FrameLog.line("AUTH", (Object) item));
    }
    FrameWriter.auth(out, new Auth(kind, items));
    return log;
  }

  private List<String> hello(ByteBuf out) {
    Hello hello =
        new Hello(
            random.nextInt(256),
            random.nextInt(256),
            number(),
            PeerKey.of(bytes(PeerKey.LENGTH)),
            random.nextLong(),
            Nonce.of(bytes(Nonce.LENGTH)),
            random.nextInt(Integer.MAX_VALUE),
            Integer.MAX_VALUE,
            random.nextInt(2),
            random.nextInt(100_000),
            random.nextInt(100_000),
            random.nextInt(Integer.MAX_VALUE));
    FrameWriter.hello(out, hello);
    FrameLog log = new FrameLog();
    log.onHello(hello);
    return log.lines;
  }

  private List<String> open(ByteBuf out, long control, long id, long messages, long offset) {
    ReliabilityMode mode = ReliabilityMode.of(1 + random.nextInt(3));
    String label = random.nextBoolean() ? text() : "x".repeat(StreamOptions.MAX_LABEL_BYTES);
    Metadata metadata = metadata();
    byte[] first = random.nextBoolean() ? null : bytes(random.nextInt(40));
    ByteBuf message = first == null ? null : Unpooled.wrappedBuffer(first);
    FrameWriter.open(out, control, id, mode, messages, offset, label, metadata, message);
    Object seen = first == null ? "none" : first;
    return List.of(
        FrameLog.line("OPEN", control, id, mode, messages, offset, label, metadata, seen));
  }

  private List<String> data(ByteBuf out, long id) {
    boolean first = random.nextBoolean();
    boolean last = random.nextBoolean();
    boolean ackNow = random.nextBoolean();
    boolean hasMetadata = first && random.nextBoolean();
    long sequence = random.nextBoolean() ? number() : -1;
    int least = first ? 0 : 1;
    int most = random.nextInt(8) == 0 ? FrameType.MAX_PAYLOAD : 40;
    byte[] payload = bytes(least + random.nextInt(most - least + 1));
    long total = payload.length + 1L + random.nextInt(1000);
    FrameWriter.data(
        out,
        id,
        first,
        last,
        ackNow,
        hasMetadata,
        sequence,
        total,
        Unpooled.wrappedBuffer(payload),
        payload.length);
    long seen = !first ? -1 : last ? payload.length : total;
    return List.of(
        FrameLog.line("DATA", id, first, last, ackNow, hasMetadata, sequence, seen, payload));
  }

  private Metadata metadata() {
    Metadata metadata = Metadata.empty();
    if (random.nextInt(10) == 0) {
      return metadata.with(
          "k".repeat(Metadata.MAX_KEY_BYTES), bytes(Metadata.MAX_TOTAL_BYTES - 255));
    }
    int entries = random.nextInt(10) == 0 ? Metadata.MAX_ENTRIES : random.nextInt(3);
    for (int i = 0; i < entries; i++) {
      metadata = metadata.with("k" + text(), bytes(random.nextInt(20)));
    }
    return metadata;
  }

  private EndCause cause() {
    List<EndCause.Kind> kinds = new ArrayList<>(List.of(EndCause.Kind.values()));
    kinds.remove(EndCause.Kind.LINK_LOST);
    EndCause.Kind kind = kinds.get(random.nextInt(kinds.size()));
    return new EndCause(kind, random.nextBoolean(), random.nextLong(), text());
  }

  private String text() {
    return TEXTS[random.nextInt(TEXTS.length)];
  }

  private long number() {
    return random.nextBoolean()
        ? BORDERS[random.nextInt(BORDERS.length)]
        : (random.nextLong() & Varint.MAX) >>> random.nextInt(62);
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
