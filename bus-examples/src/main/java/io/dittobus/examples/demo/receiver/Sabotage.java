// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.receiver;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Ways to spoil three messages between the bus and the checker, so that it has to find them. */
public enum Sabotage {
  /** Spoils nothing. */
  NONE,
  /** A message vanishes. */
  DROP,
  /** A message comes twice. */
  DUP,
  /** A message comes after its successor. */
  REORDER,
  /** A bit of the payload is flipped. */
  CORRUPT;

  /** What passes messages on, for a stream of so many; used by one thread at a time. */
  Saboteur saboteur(long messages) {
    return new Saboteur(this, Math.max(1, messages / 4));
  }

  /** Spoils the messages at one, two and three quarters. */
  static final class Saboteur {
    private final Sabotage way;
    private final long every;
    private long position;
    private byte @Nullable [] heldBack;

    private Saboteur(Sabotage way, long every) {
      this.way = way;
      this.every = every;
    }

    /** Passes a message on, if its turn has not come. */
    void pass(byte[] message, Consumer<byte[]> next) {
      position++;
      boolean spoil = position % every == 0 && position / every <= 3;
      byte[] late = heldBack;
      heldBack = null;
      switch (spoil ? way : NONE) {
        case NONE -> next.accept(message);
        case DROP -> {}
        case DUP -> {
          next.accept(message);
          next.accept(message);
        }
        case REORDER -> heldBack = message;
        case CORRUPT -> {
          byte[] spoiled = message.clone();
          spoiled[spoiled.length - 1] ^= 1;
          next.accept(spoiled);
        }
      }
      if (late != null) {
        next.accept(late);
      }
    }

    /** The stream is over: passes on what is held back. */
    void end(Consumer<byte[]> next) {
      byte[] late = heldBack;
      heldBack = null;
      if (late != null) {
        next.accept(late);
      }
    }
  }
}
