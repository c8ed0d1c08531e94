// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLogger;
import reactor.blockhound.BlockingOperationError;
import reactor.core.scheduler.NonBlocking;

/** That the nets under all tests, set up in the parent pom, are really there. */
class TestEnvironmentTest {

  @Test
  void leakDetectionIsParanoidAndItsReportsAreSeen() {
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    assertThat(LoggerFactory.getLogger(ResourceLeakDetector.class))
        .isNotInstanceOf(NOPLogger.class)
        .matches(logger -> logger.isErrorEnabled());
  }

  @Test
  void blockingOnAThreadOfNettyIsFound() throws Exception {
    assertThat(errorOfBlockingOnAThreadOf(new DefaultThreadFactory("netty")))
        .isInstanceOf(BlockingOperationError.class);
  }

  @Test
  void blockingOnAThreadOfReactorIsFound() throws Exception {
    assertThat(errorOfBlockingOnAThreadOf(NonBlockingThread::new))
        .isInstanceOf(BlockingOperationError.class);
  }

  private static Throwable errorOfBlockingOnAThreadOf(ThreadFactory factory) throws Exception {
    AtomicReference<Throwable> error = new AtomicReference<>();
    Thread thread =
        factory.newThread(
            () -> {
              try {
                Thread.sleep(1);
              } catch (Throwable e) {
                error.set(e);
              }
            });
    thread.start();
    thread.join();
    return error.get();
  }

  private static final class NonBlockingThread extends Thread implements NonBlocking {
    NonBlockingThread(Runnable task) {
      super(task, "reactor");
    }
  }
}
