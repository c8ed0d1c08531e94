// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.Set;
import java.util.Timer;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * Holds the arrows between the modules and the packages.
 *
 * <p>It lives here because this module sees all the others. When a rule fails, the arrow is wrong
 * far more often than the rule.
 */
class ArchitectureTest {

  private static final String ROOT = "io.dittobus";
  private static final String API = "io.dittobus.api..";
  private static final String CORE = "io.dittobus.core..";
  private static final String FLOW = "io.dittobus.core.flow..";
  private static final String FRAME = "io.dittobus.core.frame..";
  private static final String STREAM = "io.dittobus.core.stream..";
  private static final String SESSION = "io.dittobus.core.session..";
  private static final String NODE = "io.dittobus.core.node..";
  private static final String TRANSPORT_SPI = "io.dittobus.core.transport..";
  private static final String TCP = "io.dittobus.transport.tcp..";
  private static final String REACTOR_MODULE = "io.dittobus.reactor..";
  private static final String TEST = "io.dittobus.test..";
  private static final String EXAMPLES = "io.dittobus.examples..";

  /** Everything that is Reactor's: reactor-core, Reactor Netty, Reactive Streams. */
  private static final String[] REACTOR = {"reactor..", "org.reactivestreams.."};

  /** What a session, and everything under it, is made of. It knows no thread, clock or socket. */
  private static final String[] SANS_IO = {FRAME, STREAM, SESSION, FLOW};

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  @Test
  void apiDependsOnNothingButBuffersAndJSpecify() {
    check(
        classes()
            .that()
            .resideInAPackage(API)
            .should()
            .onlyDependOnClassesThat(
                resideInAnyPackage(
                    API, "java..", "org.jspecify..", "io.netty.buffer..", "io.netty.util.."))
            .because("bus-api is the vocabulary, and any bus may implement it"));
  }

  @Test
  void flowIsArithmeticOnly() {
    check(
        classes()
            .that()
            .resideInAPackage(FLOW)
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(FLOW, "java..", "org.jspecify.."))
            .because("credit is arithmetic, and is tested as such"));
  }

  @Test
  void theProtocolKnowsNoNodeAndNoTransport() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(SANS_IO)
            .should()
            .dependOnClassesThat(resideInAnyPackage(NODE, TRANSPORT_SPI))
            .because("the core is sans-IO: the node drives it"));
  }

  @Test
  void theProtocolKnowsNoThreads() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(SANS_IO)
            .should()
            .dependOnClassesThat(
                assignableTo(Executor.class)
                    .or(assignableTo(Thread.class))
                    .or(assignableTo(ThreadLocal.class))
                    .or(assignableTo(ForkJoinTask.class))
                    .or(equivalentTo(Timer.class))
                    .or(resideInAPackage("java.util.concurrent.locks.."))
                    .as("are executors, threads, timers or locks"))
            .because("a session is single-threaded; threads and timers live in the node only"));
  }

  @Test
  void theProtocolKnowsNoClockAndNoChance() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(SANS_IO)
            .should()
            .accessTargetWhere(readsAClockOrDrawsLots())
            .because("time is passed in and randomness injected, so that any seed replays"));
  }

  @Test
  void coreKnowsNoReactorAndNoChannel() {
    check(
        noClasses()
            .that()
            .resideInAPackage(CORE)
            .should()
            .dependOnClassesThat(
                resideInAnyPackage(REACTOR).or(resideInAPackage("io.netty.channel..")))
            .because("only a transport knows what carries its bytes"));
  }

  @Test
  void coreDependsOnNoModuleButApi() {
    check(
        noClasses()
            .that()
            .resideInAPackage(CORE)
            .should()
            .dependOnClassesThat(ours().and(not(resideInAnyPackage(CORE, API)))));
  }

  @Test
  void tcpMovesBytesOnly() {
    check(
        noClasses()
            .that()
            .resideInAPackage(TCP)
            .should()
            .dependOnClassesThat(
                resideInAnyPackage(FRAME, STREAM, SESSION, FLOW, REACTOR_MODULE, TEST, EXAMPLES))
            .because("a transport knows no frame, no stream and no credit"));
  }

  @Test
  void reactorWorksOnAnyBus() {
    check(
        noClasses()
            .that()
            .resideInAPackage(REACTOR_MODULE)
            .should()
            .dependOnClassesThat(ours().and(not(resideInAnyPackage(REACTOR_MODULE, API))))
            .because("bus-reactor works on any DittoBus, this project's or another's"));
  }

  @Test
  void testSupportDependsOnApiAndCoreOnly() {
    check(
        noClasses()
            .that()
            .resideInAPackage(TEST)
            .should()
            .dependOnClassesThat(ours().and(not(resideInAnyPackage(TEST, CORE, API)))));
  }

  @Test
  void nothingThatRunsDependsOnTestSupportOrExamples() {
    check(
        noClasses()
            .that(ours().and(not(resideInAnyPackage(TEST, EXAMPLES))))
            .should()
            .dependOnClassesThat(resideInAnyPackage(TEST, EXAMPLES)));
    check(
        noClasses()
            .that()
            .resideInAPackage(EXAMPLES)
            .should()
            .dependOnClassesThat(resideInAPackage(TEST)));
  }

  @Test
  void packagesHaveNoCycles() {
    check(slices().matching("io.dittobus.(**)").should().beFreeOfCycles());
  }

  @Test
  void everyPackageIsNullMarked() {
    Set<String> unmarked =
        CLASSES.stream()
            .map(JavaClass::getPackage)
            .distinct()
            .filter(p -> p.tryGetAnnotationOfType(NullMarked.class).isEmpty())
            .map(JavaPackage::getName)
            .collect(Collectors.toSet());

    assertThat(unmarked).as("packages without a @NullMarked package-info.java").isEmpty();
  }

  /** A rule that matches nothing, as when a package is renamed, fails. */
  private static void check(ArchRule rule) {
    rule.check(CLASSES);
  }

  private static DescribedPredicate<JavaClass> ours() {
    return resideInAPackage(ROOT + "..");
  }

  private static DescribedPredicate<JavaAccess<?>> readsAClockOrDrawsLots() {
    return describe(
        "reads a clock or draws random numbers of its own",
        access -> {
          JavaClass owner = access.getTargetOwner();
          String name = access.getTarget().getName();
          return (owner.isEquivalentTo(System.class)
                  && (name.equals("nanoTime") || name.equals("currentTimeMillis")))
              || (owner.isEquivalentTo(Instant.class) && name.equals("now"))
              || owner.isEquivalentTo(Clock.class)
              || owner.isEquivalentTo(ThreadLocalRandom.class)
              || (owner.isEquivalentTo(Math.class) && name.equals("random"));
        });
  }
}
