/** The producer of quotes: where bars come from, and when one is worth sending. */
package io.cryptodm.producer.crypto;
