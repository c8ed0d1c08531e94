// SPDX-License-Identifier: Apache-2.0
/** Tests of the session and the handshake against peers that write what they like. */
@NullMarked
package io.dittobus.core.session;

import org.jspecify.annotations.NullMarked;
