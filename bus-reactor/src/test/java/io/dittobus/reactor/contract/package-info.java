// SPDX-License-Identifier: Apache-2.0
/** The contract of the Reactor view, over each way to carry a bus. */
@NullMarked
package io.dittobus.reactor.contract;

import org.jspecify.annotations.NullMarked;
