// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests that {@code docs/delivery.md} names for its sentences are there. */
class DeliveryPageTest {

  private static final Path REPOSITORY = Path.of("..");
  private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w*(?:Test|Run))(?:#(\\w+))?`");

  @Test
  void namedTestsExist() throws IOException {
    Map<String, String> tests = new HashMap<>();
    try (Stream<Path> files = Files.walk(REPOSITORY, 12)) {
      for (Path file :
          files.filter(f -> f.toString().matches(".*/src/test/java/.*\\.java")).toList()) {
        tests.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
      }
    }
    Matcher named = NAMED.matcher(Files.readString(REPOSITORY.resolve("docs/delivery.md")));
    int found = 0;
    while (named.find()) {
      assertThat(tests).containsKey(named.group(1));
      if (named.group(2) != null) {
        assertThat(tests.get(named.group(1))).contains("void " + named.group(2) + "(");
      }
      found++;
    }
    assertThat(found).isGreaterThan(10);
  }
}
