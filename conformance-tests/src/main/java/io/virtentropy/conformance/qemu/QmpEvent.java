package io.virtentropy.conformance.qemu;

import jakarta.json.JsonObject;

/**
 * Something QEMU told without having been asked, such as {@code STOP}.
 *
 * @param name as in the QMP reference
 * @param data what came with it, empty if nothing did
 */
public record QmpEvent(String name, JsonObject data) {}
