// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.options;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A bounded list of keys and bytes that travels with the opening of a stream. Immutable. A key may
 * stand more than once; the order is kept.
 *
 * <p>Keys are 1 to {@value #MAX_KEY_BYTES} bytes of UTF-8, values up to {@value #MAX_TOTAL_BYTES}
 * bytes, and all keys and values together at most {@value #MAX_TOTAL_BYTES} bytes in at most
 * {@value #MAX_ENTRIES} entries. Keys that start with {@value #RESERVED_PREFIX} are the library's
 * own: they can be read as any other, and are not for applications to set.
 */
public final class Metadata {

  /** Longest key, in bytes of UTF-8. */
  public static final int MAX_KEY_BYTES = 255;

  /** All keys and values together, in bytes. */
  public static final int MAX_TOTAL_BYTES = 8 * 1024;

  /** Most entries of one list. */
  public static final int MAX_ENTRIES = 64;

  /** Prefix of the keys that are the library's own. */
  public static final String RESERVED_PREFIX = "dittobus.";

  private static final Metadata EMPTY = new Metadata(List.of());

  private final List<Entry> entries;

  private Metadata(List<Entry> entries) {
    this.entries = entries;
  }

  /** The empty list. */
  public static Metadata empty() {
    return EMPTY;
  }

  /** One entry with a text for a value. */
  public static Metadata of(String key, String value) {
    return EMPTY.with(key, value);
  }

  /** This list and one entry more, with a text (UTF-8) for a value. */
  public Metadata with(String key, String value) {
    return with(key, value.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * This list and one entry more. The value is copied.
   *
   * @throws IllegalArgumentException if a bound would be passed, or the key is one of the library's
   *     own
   */
  public Metadata with(String key, byte[] value) {
    if (key.startsWith(RESERVED_PREFIX)) {
      throw new IllegalArgumentException(
          "Keys that start with " + RESERVED_PREFIX + " are the library's own; this is " + key);
    }
    return withAnyKey(key, value);
  }

  /**
   * This list and one entry more, whose key may be one of the library's own: for the library and
   * what extends it, not for applications. The value is copied.
   *
   * @throws IllegalArgumentException if a bound would be passed
   */
  public Metadata withAnyKey(String key, byte[] value) {
    List<Entry> longer = new ArrayList<>(entries);
    longer.add(new Entry(key, value.clone()));
    long total = 0;
    for (Entry entry : longer) {
      total += entry.sizeBytes();
    }
    if (total > MAX_TOTAL_BYTES || longer.size() > MAX_ENTRIES) {
      throw new IllegalArgumentException(
          "Metadata holds at most "
              + MAX_ENTRIES
              + " entries and "
              + MAX_TOTAL_BYTES
              + " bytes; this would be "
              + longer.size()
              + " and "
              + total);
    }
    return new Metadata(List.copyOf(longer));
  }

  /** The first value under this key, a copy. */
  public Optional<byte[]> bytes(String key) {
    return entries.stream().filter(e -> e.key.equals(key)).findFirst().map(Entry::value);
  }

  /** The first value under this key, read as UTF-8. */
  public Optional<String> text(String key) {
    return bytes(key).map(value -> new String(value, StandardCharsets.UTF_8));
  }

  /** All entries, in order. */
  public List<Entry> entries() {
    return entries;
  }

  /** Whether there is no entry. */
  public boolean isEmpty() {
    return entries.isEmpty();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Metadata metadata && entries.equals(metadata.entries);
  }

  @Override
  public int hashCode() {
    return entries.hashCode();
  }

  /** The keys and the sizes of the values; never the values. */
  @Override
  public String toString() {
    return entries.toString();
  }

  /** One key with its value. */
  public static final class Entry {
    private final String key;
    private final byte[] value;
    private final int keyBytes;

    private Entry(String key, byte[] value) {
      this.key = key;
      this.value = value;
      this.keyBytes = Utf8.checkedLength("A metadata key", key, MAX_KEY_BYTES);
    }

    /** The key. */
    public String key() {
      return key;
    }

    /** The value, a copy. */
    public byte[] value() {
      return value.clone();
    }

    /** Bytes of key and value together. */
    public int sizeBytes() {
      return keyBytes + value.length;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Entry entry
          && key.equals(entry.key)
          && Arrays.equals(value, entry.value);
    }

    @Override
    public int hashCode() {
      return 31 * key.hashCode() + Arrays.hashCode(value);
    }

    @Override
    public String toString() {
      return key + "(" + value.length + " bytes)";
    }
  }
}
