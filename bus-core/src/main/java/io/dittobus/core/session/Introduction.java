// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.api.peer.PeerKey;
import org.jspecify.annotations.Nullable;

/**
 * What one side knows of a link before a word is said on it.
 *
 * @param dialler whether this side has dialled, so that it shows first who it is (HS-8)
 * @param dialled the key that must answer; null if any may
 * @param proven the key that the link has proven; null if it proves none
 * @param credentials what this side shows and wants to be shown
 */
public record Introduction(
    boolean dialler,
    @Nullable PeerKey dialled,
    @Nullable PeerKey proven,
    Credentials credentials) {}
