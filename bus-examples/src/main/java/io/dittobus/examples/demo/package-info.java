// SPDX-License-Identifier: Apache-2.0
/** The program {@code demo}: demand, credit and acks at work between two processes. */
@NullMarked
package io.dittobus.examples.demo;

import org.jspecify.annotations.NullMarked;
