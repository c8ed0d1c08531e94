// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SendCreditTest {

  private record Grant(long messages, long offset) {}

  @Test
  @DisplayName("FC-1: grants may come late, twice, conflated or in any order")
  void anyOrder() {
    for (long seed = 0; seed < 1_000; seed++) {
      Random random = new Random(seed);
      List<Grant> grants = new ArrayList<>();
      long messages = 0;
      long offset = 0;
      for (int i = 0; i < 20; i++) {
        messages += random.nextInt(5);
        offset += random.nextInt(10_000);
        grants.add(new Grant(messages, offset));
        if (random.nextBoolean()) {
          grants.add(grants.get(random.nextInt(grants.size())));
        }
      }
      Grant last = grants.stream().max((a, b) -> Long.compare(a.offset, b.offset)).orElseThrow();
      Collections.shuffle(grants, random);
      SendCredit credit = new SendCredit();
      for (Grant grant : grants) {
        long messagesBefore = credit.maxMessages();
        long offsetBefore = credit.maxOffset();
        boolean raised = credit.grant(grant.messages, grant.offset);
        assertThat(credit.maxMessages())
            .as("seed %d", seed)
            .isEqualTo(Math.max(messagesBefore, grant.messages));
        assertThat(credit.maxOffset())
            .as("seed %d", seed)
            .isEqualTo(Math.max(offsetBefore, grant.offset));
        assertThat(raised)
            .as("seed %d", seed)
            .isEqualTo(grant.messages > messagesBefore || grant.offset > offsetBefore);
      }
      assertThat(credit.maxMessages()).as("seed %d", seed).isEqualTo(messages);
      assertThat(credit.maxOffset()).as("seed %d", seed).isEqualTo(last.offset);
    }
  }

  @Test
  @DisplayName("FC-5: a sender cannot pass a limit, by a message or a byte")
  void neverBeyond() {
    SendCredit credit = new SendCredit();
    assertThatIllegalStateException().isThrownBy(new SendCredit()::beginMessage);
    credit.grant(1, 42);
    assertThat(credit.availableMessages()).isEqualTo(1);
    assertThat(credit.availableBytes()).isEqualTo(42);
    credit.beginMessage();
    credit.write(10);
    assertThat(credit.availableMessages()).isZero();
    assertThat(credit.availableBytes()).isZero();
    assertThat(credit.messages()).isEqualTo(1);
    assertThat(credit.offset()).isEqualTo(42);
    assertThatIllegalStateException()
        .isThrownBy(() -> credit.write(1))
        .withMessage("Sent beyond the grant: messages 1/1, offset 43/42");
    SendCredit other = new SendCredit();
    other.grant(1, 1_000);
    other.beginMessage();
    assertThatIllegalStateException().isThrownBy(other::beginMessage);
  }

  @Test
  @DisplayName("FC-2: no limit is a limit as any other")
  void unlimited() {
    SendCredit credit = new SendCredit();
    assertThat(credit.grant(Charge.UNLIMITED, Charge.UNLIMITED)).isTrue();
    assertThat(credit.grant(Charge.UNLIMITED, Charge.UNLIMITED)).isFalse();
    credit.beginMessage();
    credit.write(Integer.MAX_VALUE);
    assertThat(credit.availableMessages()).isEqualTo(Charge.UNLIMITED - 1);
    assertThat(credit.availableBytes()).isEqualTo(Charge.UNLIMITED - Charge.of(Integer.MAX_VALUE));
  }
}
