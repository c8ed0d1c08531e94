// SPDX-License-Identifier: Apache-2.0
package io.dittobus.test.node;

import static org.assertj.core.api.Assertions.fail;

import io.dittobus.core.simulation.Sabotage;
import io.dittobus.core.simulation.SabotagedCode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves the simulations of whole nodes: each named fault, put into the node's source and compiled
 * beside it, must be caught by some seed.
 */
class NodeSabotageTest {

  private static final int SEEDS = 3_000;

  private static final String DRIVER = "node/LinkDriver.java";
  private static final String SESSION = "node/PeerSession.java";

  static Stream<Sabotage> sabotages() {
    return Stream.of(
        new Sabotage(
            "the former link is not fenced",
            SESSION,
            "      carrier.fence();\n      carrier = null;\n    }\n    cancelTimer();",
            "      carrier = null;\n    }\n    cancelTimer();"),
        new Sabotage(
            "what was told on the former link does not count",
            SESSION,
            "Math.max(told, session().receiptedFrames())",
            "told"),
        new Sabotage(
            "all is written again",
            SESSION,
            "moveTo(link, ready, after, ready.arrived());",
            "moveTo(link, ready, 0, ready.arrived());"),
        new Sabotage(
            "nothing is written again",
            SESSION,
            "moveTo(link, ready, ready.arrived(), ready.after());",
            "moveTo(link, ready, ready.arrived() + 1, ready.after());"),
        new Sabotage(
            "a fenced link still ends its session",
            DRIVER,
            "    session = null;\n    OwnerLoop.Timer unused",
            "    OwnerLoop.Timer unused"),
        new Sabotage(
            "what came early is forgotten",
            DRIVER,
            "        if (session != null) {\n          session.bytesReceived(early);\n        }",
            ""),
        new Sabotage(
            "another life of the peer is taken for this one",
            SESSION,
            "} else if (link.remote().incarnation() != incarnation()) {\n"
                + "      yieldTo(link);\n"
                + "    } else if (carrier",
            "} else if (carrier"),
        new Sabotage(
            "an epoch is used twice",
            "node/Epochs.java",
            "latest(peer, incarnation)) + 1;",
            "0) + (other > 0 ? 0 : 1);"),
        new Sabotage(
            "nobody dials again",
            "node/Reconnector.java",
            "if (!lost || of != link || stopped) {",
            "if (!lost || of != link || !stopped) {"),
        new Sabotage(
            "one attempt is all",
            "node/Reconnector.java",
            "if (lost && attempt.of == link && !stopped && timer == null) {",
            "if (!lost && attempt.of == link && !stopped && timer == null) {"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sabotages")
  @DisplayName("caught: ")
  void isCaught(Sabotage sabotage, @TempDir Path folder) throws Exception {
    List<Path> tests = List.of(Path.of("target/classes"), Path.of("target/test-classes"));
    try (SabotagedCode code =
        SabotagedCode.of(sabotage, Path.of("../bus-core"), "io.dittobus.test.", tests, folder)) {
      List<Method> runs = new ArrayList<>();
      for (Class<?> each : List.of(BreakingRun.class, RestartRun.class, GlareTest.class)) {
        Method run = code.loadClass(each.getName()).getDeclaredMethod("run", long.class);
        run.setAccessible(true);
        runs.add(run);
      }
      for (long seed = 0; seed < SEEDS; seed++) {
        for (Method run : runs) {
          try {
            run.invoke(null, seed);
          } catch (InvocationTargetException e) {
            String line = String.valueOf(e.getCause().getMessage()).strip().replace('\n', ' ');
            System.out.println("sabotage '" + sabotage.name() + "' caught: " + line);
            return;
          }
        }
      }
    }
    fail("'" + sabotage.name() + "' was not caught by " + SEEDS + " seeds");
  }
}
