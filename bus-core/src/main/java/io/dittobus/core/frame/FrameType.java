// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

/**
 * The types of frames (WF-4). Types from {@link #FIRST_OPTIONAL} on are skipped by who does not
 * know them.
 */
public final class FrameType {

  /** Longest payload of a DATA frame, in bytes: larger messages travel in fragments. */
  public static final int MAX_PAYLOAD = 16 * 1024;

  /** Most bytes that follow a frame's 4-byte head. */
  public static final int MAX_LENGTH = 32 * 1024;

  /** Bytes of a frame's head: 24 bits of length, 8 bits of type. */
  public static final int HEAD_BYTES = 4;

  static final int HELLO = 0x01;
  static final int AUTH = 0x02;
  static final int READY = 0x03;
  static final int REJECT = 0x04;

  static final int OPEN = 0x10;
  static final int ACCEPT = 0x11;
  static final int REFUSE = 0x12;
  static final int FIN = 0x13;
  static final int STOP = 0x14;
  static final int RESET = 0x15;
  static final int DONE = 0x16;
  static final int RESULT = 0x17;

  static final int DATA = 0x20;
  static final int ACK = 0x21;
  static final int DROPS = 0x22;

  static final int RECEIPT = 0x30;
  static final int PING = 0x31;
  static final int PONG = 0x32;
  static final int GOAWAY = 0x33;

  static final int FIRST_OPTIONAL = 0x80;

  /** The first fragment of a message. */
  static final int DATA_FIRST = 1;

  /** The last fragment of a message. */
  static final int DATA_LAST = 1 << 1;

  /** The sender wants an ACK as soon as the message is consumed. */
  static final int DATA_ACK_NOW = 1 << 2;

  /** The message's sequence is in the frame. */
  static final int DATA_SEQUENCE = 1 << 3;

  /** The message's bytes begin with metadata. */
  static final int DATA_METADATA = 1 << 4;

  static final int DATA_KNOWN_FLAGS =
      DATA_FIRST | DATA_LAST | DATA_ACK_NOW | DATA_SEQUENCE | DATA_METADATA;

  private FrameType() {}

  /**
   * Whether a frame of this type is kept by its writer until the other side has told that it has
   * arrived, and counted by both (RS-1).
   */
  public static boolean isKept(int type) {
    return type >= OPEN && type <= RESULT || type == DATA || type == DROPS;
  }

  static String name(int type) {
    return switch (type) {
      case HELLO -> "HELLO";
      case AUTH -> "AUTH";
      case READY -> "READY";
      case REJECT -> "REJECT";
      case OPEN -> "OPEN";
      case ACCEPT -> "ACCEPT";
      case REFUSE -> "REFUSE";
      case FIN -> "FIN";
      case STOP -> "STOP";
      case RESET -> "RESET";
      case DONE -> "DONE";
      case RESULT -> "RESULT";
      case DATA -> "DATA";
      case ACK -> "ACK";
      case DROPS -> "DROPS";
      case RECEIPT -> "RECEIPT";
      case PING -> "PING";
      case PONG -> "PONG";
      case GOAWAY -> "GOAWAY";
      default -> "type 0x" + Integer.toHexString(type);
    };
  }
}
