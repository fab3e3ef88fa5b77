/** Trades of exchanges as they happen: what their streams say, the proof by their ids that none is missing, and bars of minutes that still run. */
package io.cryptodm.producer.market;
