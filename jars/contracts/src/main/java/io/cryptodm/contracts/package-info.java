/**
 * What the JVM modules share with each other and with TypeScript: the {@link io.cryptodm.contracts.Spec}, the wire forms of quotes and trades with
 * strict parsers, and the command line.
 */
package io.cryptodm.contracts;
