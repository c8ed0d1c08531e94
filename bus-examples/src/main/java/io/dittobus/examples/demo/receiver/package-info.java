// SPDX-License-Identifier: Apache-2.0
/** The process that receives, and what the sender has to know of it. */
@NullMarked
package io.dittobus.examples.demo.receiver;

import org.jspecify.annotations.NullMarked;
