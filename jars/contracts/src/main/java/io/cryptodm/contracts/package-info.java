/**
 * What every part of the lake agrees on: the rendered {@link io.cryptodm.contracts.Spec}, and the wire forms of quotes and trades with the
 * strict parsers that the stream jobs use. Everything here is immutable and free of side effects.
 */
package io.cryptodm.contracts;
