/**
 * Which pools there are: defined, started, listed and forgotten with libvirt's meanings by {@link
 * io.virtentropy.distribution.registry.PoolRegistry}, and kept through crashes by {@link
 * io.virtentropy.distribution.registry.DirectoryStore}.
 *
 * <pre>
 *            define               create
 *   absent ──────────▶ inactive ──────────▶ active
 *          ◀──────────          ◀──────────
 *            undefine             destroy
 * </pre>
 *
 * <p>A definition that is changed while its pool is active holds from the next start on.
 */
package io.virtentropy.distribution.registry;
