// SPDX-License-Identifier: Apache-2.0
/**
 * Who and where a peer is: its key, the address that follows from it, and the endpoints it is
 * dialled at.
 */
@NullMarked
package io.dittobus.api.peer;

import org.jspecify.annotations.NullMarked;
