// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import java.lang.reflect.Field;

/** A field that a class keeps to itself. Looked up once, as tests make objects by the million. */
record Inside(Field field) {

  static Inside of(Class<?> owner, String name) {
    try {
      Field field = owner.getDeclaredField(name);
      field.setAccessible(true);
      return new Inside(field);
    } catch (NoSuchFieldException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unchecked") // the test knows what it is
  <T> T get(Object from) {
    try {
      return (T) field.get(from);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
