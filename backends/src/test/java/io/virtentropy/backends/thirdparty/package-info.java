/** Sources as somebody else would write them, for the tests of finding and opening them. */
package io.virtentropy.backends.thirdparty;
