// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.inbound;

import io.dittobus.api.options.Metadata;
import io.netty.buffer.ByteBuf;

/**
 * What subscribers get to see of a message.
 *
 * @param <T> what they get
 */
@FunctionalInterface
interface Conversion<T> {

  /**
   * Makes a value of a message.
   *
   * @param data borrowed until {@code onNext} of the value has returned
   */
  T convert(long sequence, Metadata metadata, ByteBuf data);
}
