// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The names that {@code docs/ditto-bus.md} speaks of are there. */
class NamesTest {

  private static final Path PAGE = Path.of("../docs/ditto-bus.md");
  private static final Pattern MEMBER = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)[^`]*`");

  /** The seed's names, each of which has a row of the table. */
  private static final List<String> SEED =
      List.of(
          "DittoBus",
          "DittoBusCallback",
          "sendSingleReliableMessage",
          "sendSingleUnreliableMessage",
          "finishedSendingSingleMessage",
          "singleMessageReceived",
          "openStreamToAddress",
          "streamOpenSucceeded",
          "streamOpenFailed",
          "newIncomingStream",
          "DittoBusStream",
          "streamID",
          "reliability",
          "isReady",
          "enqueueMessage",
          "close",
          "streamSendCompleted",
          "streamRemoteAck",
          "streamMessageReceived",
          "streamClosed",
          "ReliabilityMode",
          "BusSingleSendResult",
          "BusCompletionReason");

  @Test
  @DisplayName("every Type.member of the page exists in the API")
  void members() throws IOException {
    List<String> missing = new ArrayList<>();
    int found = 0;
    Matcher member = MEMBER.matcher(Files.readString(PAGE));
    while (member.find()) {
      Optional<Class<?>> type = apiType(member.group(1));
      if (type.isPresent()) {
        found++;
        if (!names(type.get()).anyMatch(member.group(2)::equals)) {
          missing.add(member.group());
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(found).isGreaterThan(25);
  }

  @Test
  @DisplayName("every name of the seed has its row")
  void seed() throws IOException {
    List<String> rows =
        Files.readAllLines(PAGE).stream().filter(line -> line.startsWith("| `")).toList();
    for (String name : SEED) {
      assertThat(rows).anyMatch(row -> row.matches("\\| `" + name + "[`(].*"));
    }
    assertThat(rows).hasSameSizeAs(SEED);
  }

  private static Optional<Class<?>> apiType(String name) {
    return Stream.of("", "options.", "peer.", "result.")
        .map(part -> "io.dittobus.api." + part + name)
        .map(NamesTest::load)
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<Class<?>> load(String name) {
    try {
      return Optional.of(Class.forName(name));
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    }
  }

  private static Stream<String> names(Class<?> type) {
    return Stream.concat(
        Arrays.stream(type.getMethods()).map(Method::getName),
        Arrays.stream(type.getFields()).map(Field::getName));
  }
}
