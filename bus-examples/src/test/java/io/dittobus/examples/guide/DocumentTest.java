// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every Java block of the pages is code that runs, of {@link GuideTest}, {@link SecurityPageTest}
 * or an example: it stands below a line {@code <!-- guide: name -->}. To write the blocks anew:
 * {@code mvn test -pl bus-examples -am -Dtest=DocumentTest -Ddocs.write=true
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class DocumentTest {

  private static final Path ROOT = Path.of("..");
  private static final Path EXAMPLES = Path.of("src/main/java/io/dittobus/examples/callback");
  private static final List<Path> SOURCES =
      List.of(
          Path.of("src/test/java/io/dittobus/examples/guide/GuideTest.java"),
          Path.of("src/test/java/io/dittobus/examples/guide/SecurityPageTest.java"),
          EXAMPLES.resolve("StreamExample.java"),
          EXAMPLES.resolve("SingleMessageExample.java"),
          EXAMPLES.resolve("SequencedExample.java"));
  private static final String README = "README.md";
  private static final String GUIDE = "docs/guide.md";
  private static final String DITTO_BUS = "docs/ditto-bus.md";
  private static final String SECURITY = "docs/security.md";

  private static final Pattern BLOCK =
      Pattern.compile("(?:<!-- guide: (\\S+) -->\\n)?```java\\n(.*?)```", Pattern.DOTALL);

  @ParameterizedTest
  @ValueSource(strings = {README, GUIDE, DITTO_BUS, SECURITY})
  @DisplayName("the Java blocks of the pages are code that runs")
  void blocksAreRun(String page) throws IOException {
    Map<String, String> snippets = snippets();
    Path file = ROOT.resolve(page);
    String text = Files.readString(file);
    List<String> unknown = new ArrayList<>();
    String expected =
        BLOCK
            .matcher(text)
            .replaceAll(
                block -> {
                  String name = block.group(1);
                  String code = name == null ? null : snippets.get(name);
                  if (code == null) {
                    unknown.add(name == null ? block.group(2) : name);
                    return Matcher.quoteReplacement(block.group());
                  }
                  return Matcher.quoteReplacement(
                      "<!-- guide: " + name + " -->\n```java\n" + code + "```");
                });
    assertThat(unknown).as("blocks of %s without code that runs", page).isEmpty();
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(file, expected);
    }
    assertThat(Files.readString(file)).isEqualTo(expected);
  }

  @Test
  @DisplayName("all the code that was written for the pages is shown")
  void allIsShown() throws IOException {
    String pages =
        Files.readString(ROOT.resolve(README))
            + Files.readString(ROOT.resolve(GUIDE))
            + Files.readString(ROOT.resolve(DITTO_BUS))
            + Files.readString(ROOT.resolve(SECURITY));
    assertThat(snippets().keySet())
        .allSatisfy(name -> assertThat(pages).contains("<!-- guide: " + name + " -->"));
  }

  private static Map<String, String> snippets() throws IOException {
    Map<String, String> snippets = new HashMap<>();
    Pattern region = Pattern.compile("( *)// guide: (\\S+)\\n(.*?) *// end\\n", Pattern.DOTALL);
    for (Path source : SOURCES) {
      Matcher found = region.matcher(Files.readString(source));
      while (found.find()) {
        String code = found.group(3).replaceAll("(?m)^" + found.group(1), "");
        snippets.put(found.group(2), code.strip() + "\n");
      }
    }
    return snippets;
  }
}
