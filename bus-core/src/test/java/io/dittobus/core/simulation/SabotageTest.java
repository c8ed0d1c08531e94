// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

import static org.assertj.core.api.Assertions.fail;

import io.dittobus.core.session.HandshakeOrders;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves the simulation: each named fault, put into the core's source and compiled beside it, must
 * be caught by some seed. All of them: {@code mvn test -pl bus-core -am -Dtest=SabotageTest
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class SabotageTest {

  private static final int HANDSHAKES = 50;
  private static final int SEEDS = 2_000;

  static Stream<Sabotage> sabotages() {
    return Stream.of(Sabotage.ALL);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sabotages")
  @DisplayName("caught: ")
  void isCaught(Sabotage sabotage, @TempDir Path folder) throws Exception {
    try (SabotagedCode loader = sabotaged(sabotage, folder)) {
      Method simulation = runner(loader, Simulation.class);
      Method overdraft = runner(loader, Overdraft.class);
      Method handshake = runner(loader, HandshakeOrders.class);
      for (long seed = 0; seed < SEEDS; seed++) {
        try {
          simulation.invoke(null, seed);
          overdraft.invoke(null, seed);
          handshakes(handshake, seed);
        } catch (InvocationTargetException e) {
          String line = String.valueOf(e.getCause().getMessage()).lines().findFirst().orElse("");
          System.out.println("sabotage '" + sabotage.name() + "' caught: " + line);
          return;
        }
      }
    }
    fail("'" + sabotage.name() + "' was not caught by " + SEEDS + " seeds");
  }

  @Test
  @DisplayName("the loader itself spoils nothing: untouched, the same seeds pass")
  void untouchedPasses(@TempDir Path folder) throws Exception {
    String original = "return requested > delivered;";
    Sabotage none = new Sabotage("none", "flow/ReceiveCredit.java", original, original);
    try (SabotagedCode loader = sabotaged(none, folder)) {
      Method simulation = runner(loader, Simulation.class);
      Method overdraft = runner(loader, Overdraft.class);
      Method handshake = runner(loader, HandshakeOrders.class);
      for (long seed = 0; seed < SEEDS; seed++) {
        simulation.invoke(null, seed);
        overdraft.invoke(null, seed);
        handshakes(handshake, seed);
      }
    }
  }

  /** They are short: so many for each of the others. */
  private static void handshakes(Method handshake, long seed) throws ReflectiveOperationException {
    for (int i = 0; i < HANDSHAKES; i++) {
      handshake.invoke(null, seed * HANDSHAKES + i);
    }
  }

  private static SabotagedCode sabotaged(Sabotage sabotage, Path folder) throws IOException {
    List<Path> tests = List.of(Path.of("target/test-classes"));
    return SabotagedCode.of(sabotage, Path.of("."), "io.dittobus.core.", tests, folder);
  }

  private static Method runner(ClassLoader loader, Class<?> simulation) throws Exception {
    return loader.loadClass(simulation.getName()).getMethod("run", long.class);
  }
}
