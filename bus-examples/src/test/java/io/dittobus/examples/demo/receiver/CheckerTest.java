// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.receiver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the checker finds, against damage whose extent is known. */
class CheckerTest {

  private static final int SEEDS = 200;

  private static byte[] message(long index, byte[] payload) {
    return ByteBuffer.allocate(8 + payload.length).putLong(index).put(payload).array();
  }

  private static List<byte[]> messages(Random random, int count) {
    List<byte[]> messages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] payload = new byte[1 + random.nextInt(50)];
      random.nextBytes(payload);
      messages.add(message(i, payload));
    }
    return messages;
  }

  private static Findings check(List<byte[]> messages) {
    Checker checker = new Checker();
    messages.forEach(checker::accept);
    return checker.findings();
  }

  private static String sha256(List<byte[]> messages) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    messages.forEach(message -> digest.update(message, 8, message.length - 8));
    return HexFormat.of().formatHex(digest.digest());
  }

  @Test
  void nothingIsFoundInWhatIsWhole() throws Exception {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      List<byte[]> messages = messages(random, random.nextInt(100));
      Findings findings = check(messages);
      assertThat(findings.complete(messages.size())).as("seed %d", seed).isTrue();
      assertThat(findings.lost(messages.size())).as("seed %d", seed).isZero();
      assertThat(findings.sha256()).as("seed %d", seed).isEqualTo(sha256(messages));
    }
  }

  @Test
  void eachMissingMessageIsCounted() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      List<byte[]> messages = messages(random, 100);
      int missing = 1 + random.nextInt(100);
      for (int i = 0; i < missing; i++) {
        messages.remove(random.nextInt(messages.size()));
      }
      Findings findings = check(messages);
      assertThat(findings.lost(100)).as("seed %d", seed).isEqualTo(missing);
      assertThat(findings.duplicated() + findings.reordered()).as("seed %d", seed).isZero();
      assertThat(findings.complete(100)).as("seed %d", seed).isFalse();
    }
  }

  @Test
  void eachRepeatedMessageIsCountedWhereverItComes() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      List<byte[]> messages = messages(random, 100);
      int repeated = 1 + random.nextInt(20);
      for (int i = 0; i < repeated; i++) {
        int from = random.nextInt(messages.size());
        int to = from + 1 + random.nextInt(messages.size() - from);
        messages.add(to, messages.get(from));
      }
      Findings findings = check(messages);
      assertThat(findings.duplicated()).as("seed %d", seed).isEqualTo(repeated);
      assertThat(findings.lost(100)).as("seed %d", seed).isZero();
      assertThat(findings.reordered()).as("seed %d", seed).isZero();
      assertThat(findings.complete(100)).as("seed %d", seed).isFalse();
    }
  }

  @Test
  void eachDelayedMessageIsCounted() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      List<byte[]> messages = messages(random, 100);
      Set<Integer> delayed = new HashSet<>();
      for (int i = 0; i < 10; i++) {
        delayed.add(2 * random.nextInt(50)); // even ones, each swapped with its successor
      }
      for (int index : delayed) {
        messages.add(index, messages.remove(index + 1));
      }
      Findings findings = check(messages);
      assertThat(findings.reordered()).as("seed %d", seed).isEqualTo(delayed.size());
      assertThat(findings.lost(100)).as("seed %d", seed).isZero();
      assertThat(findings.duplicated()).as("seed %d", seed).isZero();
      assertThat(findings.complete(100)).as("seed %d", seed).isFalse();
    }
  }

  @Test
  void aFlippedBitOfAPayloadChangesTheHash() throws Exception {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      List<byte[]> messages = messages(random, 100);
      String whole = sha256(messages);
      byte[] victim = messages.get(random.nextInt(100));
      victim[8 + random.nextInt(victim.length - 8)] ^= (byte) (1 << random.nextInt(8));
      assertThat(check(messages).sha256()).as("seed %d", seed).isNotEqualTo(whole);
    }
  }

  @Test
  void messagesWithoutAValidIndexAreMalformed() {
    Findings findings =
        check(List.of(new byte[7], message(-1, new byte[1]), message(1L << 40, new byte[1])));
    assertThat(findings.malformed()).isEqualTo(3);
    assertThat(findings.complete(3)).isFalse();
  }

  @Test
  void findingsSurviveTheWayBack() {
    Findings findings = check(messages(new Random(1), 10));
    assertThat(Findings.parse(findings.toText())).isEqualTo(findings);
  }

  @ParameterizedTest
  @EnumSource(Sabotage.class)
  void sabotageDoesWhatItIsCalled(Sabotage sabotage) throws Exception {
    List<byte[]> messages = messages(new Random(1), 100);
    Checker checker = new Checker();
    Sabotage.Saboteur saboteur = sabotage.saboteur(100);
    messages.forEach(message -> saboteur.pass(message, checker::accept));
    saboteur.end(checker::accept);
    Findings findings = checker.findings();
    assertThat(findings.lost(100)).isEqualTo(sabotage == Sabotage.DROP ? 3 : 0);
    assertThat(findings.duplicated()).isEqualTo(sabotage == Sabotage.DUP ? 3 : 0);
    assertThat(findings.reordered()).isEqualTo(sabotage == Sabotage.REORDER ? 3 : 0);
    assertThat(findings.sha256().equals(sha256(messages))).isEqualTo(sabotage == Sabotage.NONE);
  }

  @Test
  void whatIsHeldBackAtTheEndStillComes() {
    Checker checker = new Checker();
    Sabotage.Saboteur saboteur = Sabotage.REORDER.saboteur(4);
    messages(new Random(1), 1).forEach(message -> saboteur.pass(message, checker::accept));
    assertThat(checker.findings().messages()).isZero();
    saboteur.end(checker::accept);
    assertThat(checker.findings().messages()).isEqualTo(1);
  }
}
