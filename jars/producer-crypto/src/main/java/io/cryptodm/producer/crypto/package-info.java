/** The producer of quotes: sources of bars, and which bars are sent. */
package io.cryptodm.producer.crypto;
