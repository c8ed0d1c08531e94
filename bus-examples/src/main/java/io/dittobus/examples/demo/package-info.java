// SPDX-License-Identifier: Apache-2.0
/**
 * The program {@code demo}: demand, credit and acks at work; this process is the one that sends.
 */
@NullMarked
package io.dittobus.examples.demo;

import org.jspecify.annotations.NullMarked;
