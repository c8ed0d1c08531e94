// SPDX-License-Identifier: Apache-2.0
/** Files with something in them that only their owner may know. For the library's own use. */
@NullMarked
package io.dittobus.api.file;

import org.jspecify.annotations.NullMarked;
