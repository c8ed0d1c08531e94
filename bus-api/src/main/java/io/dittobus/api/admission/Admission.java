// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.admission;

import io.dittobus.api.peer.PeerKey;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Who may join: one explicit choice for each bus. Both sides of a connection decide, each by its
 * own choice, before anything of a session happens. Whole keys are compared, never site ids; and
 * but for {@link #insecure()} the key has been proven before anybody is asked. Immutable, any
 * thread.
 */
public sealed interface Admission {

  /** Only the peers with these keys. */
  static Admission allow(PeerKey... keys) {
    return new Allow(Set.of(keys));
  }

  /** Only the peers with these keys. */
  static Admission allow(Collection<PeerKey> keys) {
    return new Allow(Set.copyOf(keys));
  }

  /**
   * Only peers that know a secret, which they prove without saying it. With several, a peer needs
   * to know one: so a secret is changed by giving every bus the new one beside the old one first,
   * and then taking the old one away.
   *
   * @throws IllegalArgumentException if there is none, or more than {@value Secrets#MAX}
   */
  static Admission networkSecret(NetworkSecret... secrets) {
    return new Secrets(List.of(secrets));
  }

  /**
   * The same with one secret as text.
   *
   * @throws IllegalArgumentException if it is no secret, see {@link NetworkSecret#parse}
   */
  static Admission networkSecret(String secret) {
    return new Secrets(List.of(NetworkSecret.parse(secret)));
  }

  /** Only peers whose key an authority has certified; see {@link CertifiedIdentity}. */
  static Admission certificateAuthority(CertifiedIdentity own, X509Certificate... authorities) {
    return new Authority(own, List.of(authorities));
  }

  /** Only peers that this callback says yes to. */
  static Admission ask(AdmissionCallback callback) {
    return new Ask(callback);
  }

  /** Said in so many words: any peer that proves its key, whichever that is. */
  static Admission anyone() {
    return new Anyone();
  }

  /**
   * Said in so many words: connections are neither encrypted nor authenticated, and whoever can
   * reach the port can join, read and claim to be anyone. For tests, and for networks where nobody
   * else is.
   */
  static Admission insecure() {
    return new Insecure();
  }

  /**
   * {@link #allow}.
   *
   * @param keys of the peers that may join
   */
  record Allow(Set<PeerKey> keys) implements Admission {
    /** A copy of these keys. */
    public Allow {
      keys = Set.copyOf(keys);
    }
  }

  /**
   * {@link #networkSecret}.
   *
   * @param secrets of which a peer must know one; 1 to {@value #MAX}
   */
  record Secrets(List<NetworkSecret> secrets) implements Admission {
    /** Most secrets at a time. */
    public static final int MAX = 8;

    /** A copy of these secrets. */
    public Secrets {
      secrets = List.copyOf(secrets);
      if (secrets.isEmpty() || secrets.size() > MAX) {
        throw new IllegalArgumentException(
            "A bus has 1 to " + MAX + " network secrets; these are " + secrets.size());
      }
    }
  }

  /**
   * {@link #certificateAuthority}.
   *
   * @param own what this bus shows
   * @param authorities whose word counts
   */
  record Authority(CertifiedIdentity own, List<X509Certificate> authorities) implements Admission {
    /** A copy of these authorities. */
    public Authority {
      authorities = List.copyOf(authorities);
      if (authorities.isEmpty()) {
        throw new IllegalArgumentException("A certificate authority is needed");
      }
    }
  }

  /**
   * {@link #ask}.
   *
   * @param callback which decides
   */
  record Ask(AdmissionCallback callback) implements Admission {}

  /** {@link #anyone()}. */
  record Anyone() implements Admission {}

  /** {@link #insecure()}. */
  record Insecure() implements Admission {}
}
