// SPDX-License-Identifier: Apache-2.0
/** The program {@code keygen}: makes network secrets and identities. */
@NullMarked
package io.dittobus.examples.keygen;

import org.jspecify.annotations.NullMarked;
