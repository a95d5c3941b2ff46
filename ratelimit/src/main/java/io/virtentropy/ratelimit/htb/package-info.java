/** Rate limits as a tree of classes that share one source. */
package io.virtentropy.ratelimit.htb;
