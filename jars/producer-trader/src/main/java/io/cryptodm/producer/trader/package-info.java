/** The producer of simulated trades. */
package io.cryptodm.producer.trader;
