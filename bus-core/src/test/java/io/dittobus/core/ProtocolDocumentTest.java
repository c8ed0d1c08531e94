// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Holds {@code docs/protocol.md} and the tests together: each rule has a test of this module that
 * names it. A test names rules at the start of its {@code @DisplayName}, as in {@code "FC-1 FC-2:
 * what is shown"}, so that reports name them too.
 */
class ProtocolDocumentTest {

  private static final Path REPOSITORY = Path.of("..");
  private static final Path TEST_CLASSES = Path.of("target/test-classes");

  private static final String ID = "[A-Z]{2}-[0-9]+";
  private static final Pattern RULE = Pattern.compile("^\\*\\*(" + ID + ")\\b", Pattern.MULTILINE);
  private static final Pattern NAMED = Pattern.compile("^(" + ID + "(?: " + ID + ")*): .+");

  private static String document() throws IOException {
    return Files.readString(REPOSITORY.resolve("docs/protocol.md"));
  }

  private static List<String> rules() throws IOException {
    return RULE.matcher(document()).results().map(match -> match.group(1)).toList();
  }

  @Test
  @DisplayName("each rule of docs/protocol.md has a test that names it")
  void rulesHaveTests() throws Exception {
    Set<String> untested = new TreeSet<>(rules());
    assertThat(untested).hasSizeGreaterThan(40);
    untested.removeAll(testsByRule().keySet());
    assertThat(untested).as("rules without a test").isEmpty();
  }

  @Test
  @DisplayName("each rule stands once, and those of a section are counted from 1")
  void rulesAreCounted() throws IOException {
    Map<String, Integer> last = new TreeMap<>();
    for (String rule : rules()) {
      String section = rule.substring(0, 2);
      int number = Integer.parseInt(rule.substring(3));
      assertThat(number).as(rule).isEqualTo(last.getOrDefault(section, 0) + 1);
      last.put(section, number);
    }
  }

  @Test
  @DisplayName("no test, source or document names a rule that does not exist")
  void namedRulesExist() throws Exception {
    Set<String> rules = new TreeSet<>(rules());
    assertThat(rules).containsAll(testsByRule().keySet());
    TreeSet<String> sections = new TreeSet<>();
    rules.forEach(rule -> sections.add(rule.substring(0, 2)));
    Pattern mention = Pattern.compile("\\b(?:" + String.join("|", sections) + ")-[0-9]+\\b");
    for (Path file : texts()) {
      Matcher mentions = mention.matcher(Files.readString(file));
      while (mentions.find()) {
        assertThat(rules).as("named in %s", file).contains(mentions.group());
      }
    }
  }

  private static List<Path> texts() throws IOException {
    List<Path> texts = new ArrayList<>();
    try (Stream<Path> files = Files.walk(REPOSITORY, 12)) {
      files
          .filter(file -> file.toString().matches(".*/src/.*\\.java|.*/docs/.*\\.md"))
          .filter(file -> !file.toString().contains("/target/"))
          .forEach(texts::add);
    }
    assertThat(texts).hasSizeGreaterThan(100);
    return texts;
  }

  /** Tests that run in every build, by the rules that they name. */
  private static Map<String, List<String>> testsByRule() throws Exception {
    Map<String, List<String>> tests = new TreeMap<>();
    for (Class<?> type : testClasses()) {
      for (Method method : type.getDeclaredMethods()) {
        DisplayName name = method.getAnnotation(DisplayName.class);
        if (name == null || !isTest(method) || isLeftOut(method) || isLeftOut(type)) {
          continue;
        }
        Matcher named = NAMED.matcher(name.value());
        if (named.matches()) {
          for (String rule : named.group(1).split(" ", -1)) {
            tests.computeIfAbsent(rule, r -> new ArrayList<>()).add(method.toString());
          }
        }
      }
    }
    return tests;
  }

  private static boolean isTest(Method method) {
    return method.isAnnotationPresent(Test.class)
        || method.isAnnotationPresent(ParameterizedTest.class);
  }

  private static boolean isLeftOut(AnnotatedElement element) {
    return element.isAnnotationPresent(Disabled.class)
        || Arrays.stream(element.getAnnotationsByType(Tag.class))
            .anyMatch(tag -> tag.value().equals("long"));
  }

  private static List<Class<?>> testClasses() throws Exception {
    List<Class<?>> classes = new ArrayList<>();
    List<Path> files;
    try (Stream<Path> walk = Files.walk(TEST_CLASSES)) {
      files = walk.filter(file -> file.toString().endsWith("Test.class")).toList();
    }
    for (Path file : files) {
      String name = TEST_CLASSES.relativize(file).toString();
      name = name.substring(0, name.length() - ".class".length()).replace('/', '.');
      classes.add(Class.forName(name, false, ProtocolDocumentTest.class.getClassLoader()));
    }
    return classes;
  }
}
