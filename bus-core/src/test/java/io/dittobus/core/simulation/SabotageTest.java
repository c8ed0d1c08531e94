// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.dittobus.core.session.HandshakeOrders;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
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
  private static final Path SOURCES = Path.of("src/main/java/io/dittobus/core");

  static Stream<Sabotage> sabotages() {
    return Stream.of(Sabotage.ALL);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sabotages")
  @DisplayName("caught: ")
  void isCaught(Sabotage sabotage, @TempDir Path folder) throws Exception {
    Path classes = compile(sabotage, folder);
    try (SabotagedLoader loader = new SabotagedLoader(classes)) {
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
    try (SabotagedLoader loader = new SabotagedLoader(compile(none, folder))) {
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

  private static Method runner(ClassLoader loader, Class<?> simulation) throws Exception {
    return loader.loadClass(simulation.getName()).getMethod("run", long.class);
  }

  private static Path compile(Sabotage sabotage, Path folder) throws IOException {
    String source = Files.readString(SOURCES.resolve(sabotage.file()));
    int at = source.indexOf(sabotage.original());
    assertThat(at).as("'%s' stands in %s", sabotage.original(), sabotage.file()).isNotNegative();
    assertThat(source.lastIndexOf(sabotage.original())).as("only once").isEqualTo(at);
    Path file = folder.resolve(Path.of(sabotage.file()).getFileName().toString());
    Files.writeString(file, source.replace(sabotage.original(), sabotage.fault()));
    Path classes = Files.createDirectory(folder.resolve("classes"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter output = new StringWriter();
    List<String> arguments =
        List.of(
            "-proc:none", "-cp", System.getProperty("java.class.path"), "-d", classes.toString());
    boolean compiled =
        compiler
            .getTask(
                output,
                null,
                null,
                arguments,
                null,
                compiler.getStandardFileManager(null, null, null).getJavaFileObjects(file))
            .call();
    assertThat(compiled).as("'%s' compiles: %s", sabotage.name(), output).isTrue();
    return classes;
  }

  /** Loads the core and the simulation anew, the sabotaged class first. */
  private static final class SabotagedLoader extends URLClassLoader {

    SabotagedLoader(Path sabotaged) throws IOException {
      super(urls(sabotaged), SabotageTest.class.getClassLoader());
    }

    private static URL[] urls(Path sabotaged) throws IOException {
      return new URL[] {
        sabotaged.toUri().toURL(),
        Path.of("target/classes/").toUri().toURL(),
        Path.of("target/test-classes/").toUri().toURL()
      };
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        if (!name.startsWith("io.dittobus.core.")) {
          return super.loadClass(name, resolve);
        }
        Class<?> loaded = findLoadedClass(name);
        return loaded != null ? loaded : findClass(name);
      }
    }
  }
}
