// SPDX-License-Identifier: Apache-2.0
/** A bus and a stream that hold to the contract of bus-api, with the test for a peer. */
@NullMarked
package io.dittobus.reactor.fake;

import org.jspecify.annotations.NullMarked;
