// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** The core with one fault in it, and what tests it, both loaded anew. */
public final class SabotagedCode extends URLClassLoader {

  private static final String SOURCES = "src/main/java/io/dittobus/core";

  private final String testPackage;

  private SabotagedCode(URL[] classes, String testPackage) {
    super(classes, SabotagedCode.class.getClassLoader());
    this.testPackage = testPackage;
  }

  /**
   * Compiles the fault.
   *
   * @param core the folder of the core's module
   * @param testPackage how the names of the tests' own classes begin
   * @param tests the folders where these are, with what else of their package they use
   * @param folder where to put what was compiled
   */
  public static SabotagedCode of(
      Sabotage sabotage, Path core, String testPackage, List<Path> tests, Path folder)
      throws IOException {
    Path classes = compile(sabotage, core.resolve(SOURCES), folder);
    List<URL> urls = new ArrayList<>();
    urls.add(classes.toUri().toURL());
    urls.add(core.resolve("target/classes/").toUri().toURL());
    for (Path each : tests) {
      urls.add(each.toUri().toURL());
    }
    return new SabotagedCode(urls.toArray(URL[]::new), testPackage);
  }

  private static Path compile(Sabotage sabotage, Path sources, Path folder) throws IOException {
    String source = Files.readString(sources.resolve(sabotage.file()));
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

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      if (!name.startsWith("io.dittobus.core.") && !name.startsWith(testPackage)) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : findClass(name);
    }
  }
}
