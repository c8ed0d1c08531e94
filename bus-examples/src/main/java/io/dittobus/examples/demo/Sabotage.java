// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A way to spoil what arrives, to see that the checks of the demo find it. */
enum Sabotage {
  /** One message is left out. */
  drop,
  /** One message comes twice. */
  dup,
  /** Two messages change places. */
  reorder,
  /** One bit of one message is turned over. */
  corrupt;

  /** Stands between the bus and the checks; for one stream and one thread. */
  static final class Saboteur {
    private final Sabotage what;
    private final long victim;
    private @Nullable FileChunk heldBack;

    /**
     * A saboteur.
     *
     * @param victim index of the message that it happens to
     */
    Saboteur(Sabotage what, long victim) {
      this.what = what;
      this.victim = victim;
    }

    /** What becomes of a message: none, one or two. */
    List<FileChunk> apply(FileChunk chunk) {
      FileChunk late = heldBack;
      if (late != null) {
        heldBack = null;
        return List.of(chunk, late);
      }
      if (chunk.index() != victim) {
        return List.of(chunk);
      }
      return switch (what) {
        case drop -> List.of();
        case dup -> List.of(chunk, chunk);
        case reorder -> {
          heldBack = chunk;
          yield List.of();
        }
        case corrupt -> List.of(corrupted(chunk));
      };
    }

    private static FileChunk corrupted(FileChunk chunk) {
      byte[] data = chunk.data().clone();
      data[data.length / 2] ^= 1;
      return new FileChunk(chunk.index(), data);
    }
  }

  /** The names, as one types them. */
  static List<String> names() {
    List<String> names = new ArrayList<>();
    for (Sabotage sabotage : values()) {
      names.add(sabotage.name());
    }
    return names;
  }
}
